import ControlAPI

/// The streams, one in a line, with what is wrong with them under it.
struct StreamsTable: Sendable {
    let streams: [Status.Stream]
    let style: Style

    var lines: [String] {
        guard !streams.isEmpty else { return ["No streams are configured."] }
        var table = Table(columns: [
            .init(heading: "STREAM", alignment: .left), .init(heading: "STATE", alignment: .left),
            .init(heading: "EVENTS", alignment: .right), .init(heading: "READ", alignment: .right),
            .init(heading: "RECONNECTS", alignment: .right), .init(heading: "LAST ID", alignment: .left),
            .init(heading: "URL", alignment: .left),
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
        return table.lines(heading: style.faint) + errors + notes
    }

    private var errors: [String] {
        streams.compactMap { stream in
            // While it connects for the first time there is nothing wrong with it.
            let isNew = stream.error == nil && (stream.attempts ?? 0) <= 1
            let words = [isNew ? nil : stream.downtime, stream.error].compactMap { $0 }.map(Text.printable)
            guard !words.isEmpty else { return nil }
            return "\(Text.printable(stream.name)): " + style.coloured(words.joined(separator: ": "), .red)
        }
    }

    private var notes: [String] {
        streams.flatMap { stream in
            [
                stream.pausedForSeconds.map { "paused for \(Text.left(.seconds($0))) more" },
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
            ].compactMap { $0 }.map { note in
                "\(Text.printable(stream.name)): " + style.coloured(Text.printable(note), .yellow)
            }
        }
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
        return id.isEmpty ? "-" : Text.shortened(id, to: 24)
    }
}
