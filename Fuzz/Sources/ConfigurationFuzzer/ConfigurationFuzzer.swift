import PtrConfiguration

/// What libFuzzer calls with every input it thinks of: a configuration, alone and as a drop-in beside a good one. A broken
/// property is a trap, which it reports with the input; so is whatever would have ended a daemon that reads the file.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    // What is not UTF-8 is refused before it is looked at.
    guard let text = String(validating: UnsafeBufferPointer(start: start, count: count), as: UTF8.self) else {
        return 0
    }
    let lines = 1 + text.utf8.count { $0 == UInt8(ascii: "\n") }
    for prefix in ["", "stream.fuzz.url = \"http://h/\"\n"] {
        let shift = prefix.isEmpty ? 0 : 1
        do throws(ConfigurationError) {
            let configuration = try Configuration.parse(prefix + text, file: "f")
            require(!configuration.streams.isEmpty, "a configuration without streams is right")
            require((try? Configuration.parse(prefix + text, file: "f")) == configuration, "it reads otherwise again")
            require(configuration.changes(to: configuration) { $0 }.isEmpty, "it differs from itself")
        } catch {
            require(!error.problems.isEmpty, "refused without a problem")
            for problem in error.problems {
                require(1...(lines + shift) ~= problem.line ?? 1, "a line that there is not")
                require(problem.column ?? 1 >= 1, "a column that there is not")
                require(!problem.message.isEmpty && !problem.mend.isEmpty, "a problem without words or mend")
            }
        }
    }
    return 0
}

/// A precondition that says in an optimized build, too, what is broken.
private func require(_ isKept: Bool, _ complaint: StaticString) {
    if !isKept { fatalError("\(complaint)") }
}
