import ControlAPI

extension Status {
    /// What is wrong, the worst first: the daemon's problems; of an older one, which has no such list, its one sentence.
    var troubles: [Trouble] {
        if let problems { return problems.map(Trouble.init) }
        return degradedBecause.map { [Trouble(subject: nil, text: Text.printable($0))] } ?? []
    }

    /// Whether something needs somebody, also while the daemon drains.
    var isUnwell: Bool { state == .degraded || !troubles.isEmpty }
}

/// Something that is wrong, in words.
struct Trouble: Sendable, Hashable {
    /// What has it: `stream slow`.
    let subject: String?
    let text: String
    var since: String?
    /// The name of the stream that it is about.
    var stream: String?

    /// `stream slow: down 1m10s, try 6: connection refused`
    var sentence: String {
        guard let subject, !subject.isEmpty, !text.hasPrefix(subject) else { return text }
        return "\(subject): \(text)"
    }

    /// `✗ stream slow: down 1m10s, try 6: connection refused, since 09:31:05`
    func line(_ style: Style) -> String {
        "✗ " + sentence + (since.map { ", since \(style.time($0).replacing(" ", with: "\u{A0}"))" } ?? "")
    }

    /// In one line of so many columns: a part of the name, and the two ends of what is wrong with it, of which the last is
    /// mostly the reason.
    func short(_ style: Style, to columns: Int) -> String {
        let name =
            (stream.map(Text.printable) ?? subject).map { style.cutInTheMiddle($0, to: columns / 3) + ": " } ?? ""
        let head = style.spelled("✗ \(name)")
        return head + style.cutInTheMiddle(text, to: max(columns - Text.width(head), 1))
    }

    func lines(_ style: Style) -> [String] {
        style.wrapped(line(style), rest: "  ").map { style.coloured($0, .red) }
    }
}

extension Trouble {
    init(_ problem: Problem) {
        let subject = Text.printable(problem.subject)
        let isOfStream = [.streamDown, .streamRefused, .streamFailed].contains(problem.kind)
        self.init(
            subject: !isOfStream ? subject : subject.isEmpty ? "stream" : "stream \(subject)",
            text: Text.printable(problem.text), since: problem.since, stream: isOfStream ? problem.subject : nil)
    }
}
