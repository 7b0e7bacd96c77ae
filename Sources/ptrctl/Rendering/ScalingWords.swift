import ControlAPI

/// What the autoscaler does and why, as people say it.
struct ScalingWords: Sendable {
    let scaling: Status.Scaling

    init(_ status: Status) {
        scaling = status.scaling
    }

    /// `auto` or `pinned to 5`
    var mode: String {
        scaling.pinned.map { "pinned to \(Text.grouped($0))" } ?? Text.printable(scaling.mode.rawValue)
    }

    /// `target 5 within 1 to 64`
    var range: String {
        "target \(Text.grouped(scaling.target)) within \(Text.grouped(scaling.min)) to \(Text.grouped(scaling.max))"
    }

    /// Why; empty where the mode says it all.
    var reason: String {
        scaling.pinned != nil && scaling.reason.contains("pinned") ? "" : Self.forPeople(scaling.reason)
    }

    var sentence: String {
        "\(mode), \(range)" + (reason.isEmpty ? "" : ": \(reason)")
    }

    /// A reason of the daemon without the code word in front, which is for programs: `heldByWindow: stays at 8: …`; and what
    /// it calls the hold window, said for those who have not read of it.
    static func forPeople(_ reason: String) -> String {
        let reason = Text.printable(reason)
        let code = reason.prefix { $0.isASCII && $0.isLetter }
        let rest = reason.dropFirst(code.count)
        let isCode = code.first?.isLowercase == true && (code.contains { $0.isUppercase } || codes.contains(code))
        let sentence = isCode && rest.hasPrefix(": ") ? String(rest.dropFirst(2)) : reason
        return sentence.replacing("the hold window remembers more load", with: "there was more load a moment ago")
            .replacing(#/^stays at (\d[\d,]*): /#) { "stays at \($0.output.1), " }
    }

    /// Code words that look like any other.
    private static let codes: Set<Substring> = ["pinned", "draining"]
}
