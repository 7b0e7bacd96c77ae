import Testing

@testable import Ledger

@Suite("What is kept of the end of a process")
struct PostMortemTests {
    @Test("are the last lines, at most twenty")
    func lines() {
        let found = PostMortem(exit: .status(1), errorLines: (1...50).map { "line \($0)" })
        #expect(found.errorLines == (31...50).map { "line \($0)" })
    }

    @Test("is at most 4 KiB of them: of a line that is longer the beginning, and nothing before it")
    func bytes() {
        let found = PostMortem(exit: .status(1), errorLines: ["before", String(repeating: "é", count: 5000), "after"])
        #expect(found.errorLines.count == 2)
        #expect(found.errorLines.last == "after")
        #expect(found.errorLines.reduce(0) { $0 + $1.utf8.count } <= PostMortem.bytes)
        #expect(found.errorLines.first?.hasSuffix("é…") == true)
    }

    @Test(
        "is said by name",
        arguments: [
            (BodyExit.status(0), "exit status 0"), (.signal(11), "SIGSEGV"),
            (.signal(6, dumpedCore: true), "SIGABRT (core dumped)"), (.signal(40), "signal 40"),
        ])
    func words(exit: BodyExit, text: String) {
        #expect("\(exit)" == text)
    }

    @Test("names the last line that says something")
    func lastWords() {
        #expect(PostMortem(exit: .status(3), errorLines: ["why", ""]).words == "; the last on its standard error: why")
        #expect(PostMortem(exit: .status(3)).summary() == "ended with exit status 3")
    }
}
