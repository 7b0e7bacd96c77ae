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

/// Why the pool has the size it has: the last decisions of the autoscaler.
struct DecisionsPage: Sendable {
    let decisions: Decisions
    let style: Style

    var lines: [String] {
        style.wrapped(headline)
            + (decisions.decisions.isEmpty ? ["No decision has been taken yet."] : [""] + table)
    }

    private var headline: String {
        let target = "target \(Text.count(decisions.target, "direct supervisor"))"
        guard decisions.mode == .manual else { return "\(Text.printable(decisions.mode.rawValue)), \(target)" }
        let other = decisions.automatic.map { "; auto would aim at \(Text.grouped($0))" } ?? ""
        return "pinned, \(target)\(other)"
    }

    private var table: [String] {
        Table<Decision>([
            .left("TIME") { style.time($0.time) },
            .right("TICKS", rank: 4) { Text.grouped($0.repeated) },
            .right("IN FLIGHT", rank: 3) { Text.grouped($0.inFlight) },
            .right("MEAN", rank: 5) { Text.decimal($0.mean, places: 1) },
            .right("WANTED", rank: 2) { Text.grouped($0.raw) },
            .left("SIZE", colour: { $0.to > $0.from ? .green : $0.to < $0.from ? .yellow : nil }) {
                $0.from == $0.to ? "\($0.to)" : "\($0.from) → \($0.to)"
            },
            .left("WHY", rank: 1, least: 32, narrowing: .prose) {
                ScalingWords.forPeople($0.text.isEmpty ? Self.words($0.reason) : $0.text)
            },
        ]).lines(of: decisions.decisions, style)
    }

    /// `heldByWindow` is held by window.
    private static func words(_ code: String) -> String {
        Text.printable(code).map { $0.isUppercase ? " \($0.lowercased())" : String($0) }.joined()
    }
}
