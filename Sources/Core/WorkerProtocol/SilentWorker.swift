/// A worker that says nothing: in most cases its answers lie in a buffer of its own, which is written when 4 KiB have come
/// together. Standard output is a pipe, and who writes into a pipe does that.
public enum SilentWorker {
    /// Why a worker that was waited for has said nothing, and what its author can do.
    ///
    /// - Parameters:
    ///   - unreadBytes: how many bytes of its frames it has not read; nil: that is not known.
    ///   - command: the program and its arguments, which tell which mend is the right one.
    public static func fault(unreadBytes: Int?, command: [String]) -> ProtocolFault {
        if let unreadBytes, unreadBytes > 0 {
            return ProtocolFault(
                "it has not read \(unreadBytes) bytes of its stdin, and answered nothing",
                mend: "read stdin line by line, and answer each line before the next one is read")
        }
        let start = unreadBytes == nil ? "it answered nothing" : "it read all of its stdin and answered nothing"
        return ProtocolFault("\(start): its answer may lie in a buffer", mend: mend(for: command))
    }

    /// Why a worker said nothing before its stdin had ended.
    public static func provenFault(command: [String]) -> ProtocolFault {
        ProtocolFault("it wrote only when its stdin had ended: its answers lay in a buffer", mend: mend(for: command))
    }

    /// How a command is made to write its answers at once; of one that is not known, all ways that are.
    public static func mend(for command: [String]) -> String {
        let programs = command.flatMap { words(of: $0) }
        for mend in mends where programs.contains(where: { isProgram($0, mend.program) }) { return mend.text }
        return (mends.map { "\($0.program): \($0.text)" } + ["others: stdbuf -oL COMMAND"]).joined(separator: "; ")
    }

    private static let mends: [(program: String, text: String)] = [
        ("python", "print(…, flush=True), or python3 -u"),
        ("mawk", "mawk -W interactive"),
        ("jq", "jq --unbuffered"),
        ("sed", "sed -u"),
        ("grep", "grep --line-buffered"),
    ]

    /// The last parts of the paths among the words, also of a script's text behind `-c`.
    private static func words(of argument: String) -> [Substring] {
        argument.utf8.count > 4096 ? [] : argument.split { !$0.isLetter && !$0.isNumber && !"._-".contains($0) }
    }

    /// Also with a version behind it.
    private static func isProgram(_ word: Substring, _ program: String) -> Bool {
        word.hasPrefix(program) && word.dropFirst(program.count).allSatisfy { $0.isNumber || $0 == "." }
    }
}

extension ProtocolFault {
    /// A worker that ended by itself, in good order, with messages in hand.
    ///
    /// - Parameters:
    ///   - answers: how many it had answered for.
    ///   - unreadBytes: how many bytes of its frames it has not read; nil: that is not known.
    public static func endedEarly(answers: Int, unreadBytes: Int?) -> ProtocolFault {
        let what =
            if answers > 0 {
                "it ended with messages in hand, after \(answers == 1 ? "one answer" : "\(answers) answers")"
            } else if let unreadBytes, unreadBytes > 0 { "it ended before it had read what it was given" } else {
                "it ended without an answer"
            }
        return ProtocolFault(
            what,
            mend:
                "a resident worker reads and answers until its stdin ends; mode = \"oneshot\" starts one for each message"
        )
    }
}
