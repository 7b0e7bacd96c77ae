import Glibc
import ProgramKit
import Testing

@Suite("The name of a signal")
struct SignalNameTests {
    @Test("is found by its number, and the number by the name, with SIG or without")
    func bothWays() {
        for number in Int32(1)...31 {
            let name = SignalName.of(number)
            #expect(name.hasPrefix("SIG"), "\(number)")
            #expect(SignalName.number(of: name) == number)
            #expect(SignalName.number(of: SignalName.short(of: number)) == number)
        }
        #expect(SignalName.of(SIGSEGV) == "SIGSEGV" && SignalName.short(of: SIGSEGV) == "SEGV")
    }

    @Test("is a number for one that has none, and there is none for a name that nobody has")
    func unknown() {
        #expect(SignalName.of(34) == "signal 34" && SignalName.short(of: 34) == "34")
        #expect(SignalName.number(of: "SIGWHAT") == nil)
    }
}
