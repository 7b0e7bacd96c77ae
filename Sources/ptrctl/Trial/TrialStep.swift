/// Something that was seen of a stream that is tried.
struct TrialStep: Sendable {
    enum Kind: Sendable {
        /// A name has addresses.
        case resolved(name: String, addresses: [String])
        /// There is a connection: to one of several addresses, if that is known.
        case connected(address: String?)
        /// The server has answered; of the fields those that matter.
        case head(status: Int, reason: String, fields: [TrialField])
        /// It sent on to another URL.
        case redirected(url: String)
        /// An event came, which is shown.
        case event(TrialEvent)
        /// A comment came, the first one.
        case comment(String)
        /// The server wants so long a wait between connections.
        case retry(Duration)
        /// An event was too large.
        case skipped(limit: Int)
        /// It is over, for this reason.
        case ended(String, CheckStep.Mood)
    }

    /// How long after the beginning.
    let at: Duration
    let kind: Kind
}

/// A field of the head of an answer.
struct TrialField: Sendable, Hashable {
    let name: String
    let value: String
}

/// An event that is shown. Its texts hold no secret of the request, and are cut.
struct TrialEvent: Sendable, Encodable {
    let number: Int
    let type: String
    /// The last event id; empty: none.
    let id: String
    /// Whether it is its own, or goes on from an event before it.
    let hasOwnID: Bool
    /// Of its data.
    let bytes: Int
    /// At most 4096 characters of it.
    let data: String
    /// Whether a message of it would be worked on.
    let passes: Bool
    /// What would be printed of it; nil: its data as it is.
    let line: String?

    private enum CodingKeys: String, CodingKey {
        case number, type, id, bytes, data, passes, line
        case hasOwnID = "own_id"
    }
}

extension TrialStep {
    private static let timeWidth = 9

    /// For people: the time, a sign for who speaks, and what happened.
    func lines(_ style: Style) -> [String] {
        let time = Text.milliseconds(at / .milliseconds(1))
        let padding = String(repeating: " ", count: max(Self.timeWidth - Text.width(time), 0))
        let head = style.faint(padding + time) + "  "
        let inner = String(repeating: " ", count: Self.timeWidth + 4)
        func said(_ text: String, _ colour: Style.Colour? = nil) -> [String] {
            Self.lines(text, head: head, colour, style)
        }
        switch kind {
        case .resolved(let name, let addresses):
            let more = addresses.count > 1 ? " and \(addresses.count - 1) more" : ""
            return said("● \(Text.printable(name)) is \(addresses.first ?? "nowhere")\(more)")
        case .connected(let address):
            return said("● connected\(address.map { " to \($0)" } ?? ""), the request is sent")
        case .head(let status, let reason, let fields):
            let colour: Style.Colour = status == 200 ? .green : (300..<400).contains(status) ? .yellow : .red
            return said("← \(status) \(Text.printable(reason))", colour)
                + fields.map { Self.cut(inner + style.faint("\($0.name): ") + Text.printable($0.value), style) }
        case .redirected(let url): return said("→ on to \(Text.printable(url))")
        case .event(let event): return Self.lines(event, head: head, inner: inner, style)
        case .comment(let text):
            let shown = Text.printable(text).drop { $0 == " " }
            return [Self.cut("\(head)← \(shown.isEmpty ? "an empty comment" : "a comment: \(shown)")", style)]
        case .retry(let time): return said("← retry: \(Text.duration(time, .measured)) between connections")
        case .skipped(let limit): return said("✗ an event of more than \(Text.bytes(limit)), which is left out", .red)
        case .ended(let reason, let mood): return said("● \(Text.printable(reason))", mood.colour)
        }
    }

    /// Prose behind the time, which keeps its own colour.
    private static func lines(_ text: String, head: String, _ colour: Style.Colour?, _ style: Style) -> [String] {
        let lines = style.wrapped(text, first: head)
        return lines.enumerated().map { index, line in
            guard index == 0, line.hasPrefix(head) else { return style.coloured(line, colour) }
            return head + style.coloured(String(line.dropFirst(head.count)), colour)
        }
    }

    private static func lines(_ event: TrialEvent, head: String, inner: String, _ style: Style) -> [String] {
        let id: String? =
            event.id.isEmpty ? nil : "\(event.hasOwnID ? "id" : "still id") \(style.shortID(event.id))"
        let facts = [style.bold(Text.printable(event.type)), id, Text.bytes(event.bytes)]
        let first = "\(head)← event \(event.number): \(facts.compactMap(\.self).joined(separator: ", "))"
        var lines = [cut(first, style)]
        guard event.passes else {
            return lines + [cut(inner + style.coloured("the filter leaves it out", .yellow), style)]
        }
        // A file has no width.
        let data = Text.shortened(Text.printable(event.data), to: style.columns ?? 160)
        lines.append(cut(inner + (data.isEmpty ? style.faint("no data") : data), style))
        if let line = event.line {
            let shown = Text.shortened(line, to: style.columns ?? 160)
            lines.append(cut(inner + style.coloured("→ \(shown)", .green), style))
        }
        return lines
    }

    private static func cut(_ line: String, _ style: Style) -> String {
        style.columns.map { style.cut(line, to: $0) } ?? line
    }
}

extension CheckStep.Mood {
    /// None for what is plain.
    var colour: Style.Colour? {
        switch self {
        case .plain: nil
        case .good: .green
        case .doubtful: .yellow
        case .bad: .red
        }
    }
}
