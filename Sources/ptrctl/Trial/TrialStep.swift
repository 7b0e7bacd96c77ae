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
struct TrialEvent: Sendable {
    let number: Int
    let type: String
    /// The last event id; empty: none.
    let id: String
    /// Whether it is its own, or goes on from an event before it.
    let hasOwnID: Bool
    /// Of its data.
    let bytes: Int
    let data: String
    /// Whether a message of it would be worked on.
    let passes: Bool
    /// What would be printed of it; nil: its data as it is.
    let line: String?
}

extension TrialStep {
    private static let timeWidth = 9

    /// For people: the time, a sign for who speaks, and what happened.
    func lines(_ style: Style) -> [String] {
        let time = Text.milliseconds(at / .milliseconds(1))
        let padding = String(repeating: " ", count: max(Self.timeWidth - Text.width(time), 0))
        let head = style.faint(padding + time) + "  "
        let inner = String(repeating: " ", count: Self.timeWidth + 4)
        switch kind {
        case .resolved(let name, let addresses):
            let more = addresses.count > 1 ? " and \(addresses.count - 1) more" : ""
            return style.wrapped("● \(Text.printable(name)) is \(addresses.first ?? "nowhere")\(more)", first: head)
        case .connected(let address):
            return style.wrapped("● connected\(address.map { " to \($0)" } ?? ""), the request is sent", first: head)
        case .head(let status, let reason, let fields):
            let colour: Style.Colour = status == 200 ? .green : (300..<400).contains(status) ? .yellow : .red
            let answer = style.wrapped("← \(status) \(Text.printable(reason))", first: head)
                .map { style.coloured($0, colour) }
            return answer
                + fields.map { Self.cut(inner + style.faint("\($0.name): ") + Text.printable($0.value), style) }
        case .redirected(let url): return style.wrapped("→ on to \(Text.printable(url))", first: head)
        case .event(let event): return Self.lines(event, head: head, inner: inner, style)
        case .comment(let text):
            let shown = text.isEmpty ? "an empty comment, a sign of life" : "a comment: \(Text.printable(text))"
            return [Self.cut("\(head)← \(shown)", style)]
        case .retry(let time):
            return style.wrapped("← retry: \(Text.duration(time, .measured)) between connections", first: head)
        case .skipped(let limit):
            return style.wrapped("✗ an event of more than \(Text.bytes(limit)), which is left out", first: head)
                .map { style.coloured($0, .red) }
        case .ended(let reason, let mood):
            return style.wrapped("● \(Text.printable(reason))", first: head).map { style.coloured($0, mood.colour) }
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
        let data = Text.printable(event.data)
        lines.append(cut(inner + (data.isEmpty ? style.faint("no data") : data), style))
        if let line = event.line { lines.append(cut(inner + style.coloured("→ \(line)", .green), style)) }
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
