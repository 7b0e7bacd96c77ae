import ControlAPI

/// The streams, one in a line, with what is wrong with them under it.
struct StreamsTable: Sendable {
    let streams: [Status.Stream]
    let style: Style
    /// What has been said already.
    var troubles: [Trouble] = []

    var lines: [String] {
        guard !streams.isEmpty else { return ["No streams are configured."] }
        var table = Table(columns: [
            .init(heading: "STREAM", alignment: .left, least: 12, narrowing: .middle),
            .init(heading: "STATE", alignment: .left),
            .init(heading: "EVENTS", alignment: .right, rank: 1), .init(heading: "READ", alignment: .right, rank: 4),
            .init(heading: "RECONNECTS", alignment: .right, rank: 5),
            .init(heading: "LAST ID", alignment: .left, rank: 3, least: 8, narrowing: .middle),
            .init(heading: "URL", alignment: .left, rank: 2, least: 20, narrowing: .middle),
        ])
        for stream in streams {
            let colour = colour(of: stream.state)
            table.rows.append([
                .init(Text.printable(stream.name)),
                .init(Text.printable(stream.state.rawValue)) { [style] in style.coloured($0, colour) },
                .init(Text.grouped(stream.events)), .init(Text.bytes(stream.bytes)),
                .init(Text.grouped(stream.reconnects)), .init(lastID(of: stream)), .init(Text.printable(stream.url)),
            ])
        }
        return table.lines(style) + errors + notes
    }

    private var errors: [String] {
        streams.flatMap { stream -> [String] in
            guard !troubles.contains(where: { $0.stream == stream.name }) else { return [] }
            // While it connects for the first time there is nothing wrong with it.
            let isNew = stream.error == nil && (stream.attempts ?? 0) <= 1
            let words = [isNew ? nil : stream.downtime, stream.error].compactMap { $0 }.map(Text.printable)
            return words.isEmpty ? [] : line(stream, words.joined(separator: ": "), .red)
        }
    }

    private var notes: [String] {
        streams.flatMap { stream in
            [
                stream.pausedForSeconds.map { "paused for \(Text.duration($0, .left)) more" },
                stream.state == .failed
                    ? "the server told it to stop; try again with `ptrctl resume \(stream.name)`" : nil,
                stream.refusedPositions.flatMap { count in
                    count > 0
                        ? "the server refused \(Text.count(count, "position")): something may have been missed, or comes again"
                        : nil
                },
                stream.possibleGaps > 0
                    ? "\(Text.count(stream.possibleGaps, "reconnect")) without an id: something may have been missed"
                    : nil,
                stream.skipped > 0
                    ? "\(Text.count(stream.skipped, "event")) larger than max_event_bytes left out" : nil,
            ].compactMap { $0 }.flatMap { line(stream, Text.printable($0), .yellow) }
        }
    }

    private func line(_ stream: Status.Stream, _ text: String, _ colour: Style.Colour) -> [String] {
        let name = style.columns.map { style.cutInTheMiddle(Text.printable(stream.name), to: max($0 / 2, 12)) }
        return style.wrapped(
            style.coloured(text, colour), first: (name ?? Text.printable(stream.name)) + ": ", rest: "  ")
    }

    private func colour(of state: Status.Stream.State) -> Style.Colour {
        switch state {
        case .open: .green
        case .failed: .red
        default: .yellow
        }
    }

    /// An id can be of any length: what does not fit is cut.
    private func lastID(of stream: Status.Stream) -> String {
        let id = Text.printable(stream.lastEventID)
        return id.isEmpty ? "-" : style.cut(id, to: 24)
    }
}
