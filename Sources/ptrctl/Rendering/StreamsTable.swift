import ControlAPI

/// The streams, one in a line, with what is wrong with them under it.
struct StreamsTable: Sendable {
    let streams: [Status.Stream]
    let style: Style
    /// What has been said already.
    var troubles: [Trouble] = []
    /// So many lines of the table are shown: those that are not open first. What is wrong is said of all.
    var most = Int.max

    /// The streams that have a line.
    private var shown: [Status.Stream] {
        guard streams.count > most else { return streams }
        let down = streams.filter { $0.state != .open }.prefix(most)
        return Array(down + streams.filter { $0.state == .open }.prefix(most - down.count))
    }

    private var rest: [String] {
        guard streams.count > most else { return [] }
        let open = Text.grouped(streams.count { $0.state == .open })
        let words = "\(Text.grouped(streams.count)) streams, \(open) of them open; all of them: `ptrctl streams`"
        return style.wrapped(words, rest: "  ")
    }

    var lines: [String] {
        guard !streams.isEmpty else { return ["No streams are configured."] }
        var columns: [Table<Status.Stream>.Column] = [
            .left("STREAM", least: 12, narrowing: .middle) { Text.printable($0.name) },
            .left("STATE", colour: colour) { Text.printable($0.state.rawValue) },
            .right("EVENTS", rank: 1) { Text.grouped($0.events) },
            .right("READ", rank: 4) { Text.bytes($0.bytes) },
            .right("RECONNECTS", rank: 5) { Text.grouped($0.reconnects) },
            .left("LAST ID", rank: 3, least: 8, narrowing: .middle) { style.shortID($0.lastEventID) },
            .left("URL", rank: 2, least: 20, narrowing: .middle) { Text.printable($0.url) },
        ]
        if streams.contains(where: { $0.compressedBytes != nil }) {
            columns.insert(.right("SENT", rank: 6) { $0.compressedBytes.map(Text.bytes) ?? "" }, at: 4)
        }
        if streams.contains(where: { ($0.filtered ?? 0) > 0 }) {
            columns.insert(.right("FILTERED", rank: 2) { Text.grouped($0.filtered ?? 0) }, at: 3)
        }
        if streams.contains(where: { $0.lease != nil }) {
            columns.insert(.left("HOLDER", rank: 2, least: 8, narrowing: .middle) { holder($0.lease) }, at: 2)
            columns.insert(.right("EPOCH", rank: 3) { $0.lease.map { Text.grouped($0.epoch) } ?? "" }, at: 3)
        }
        return Table(columns).lines(of: shown, style) + rest + errors + notes
    }

    private var errors: [String] {
        let told = Set(troubles.map(\.stream))
        return streams.flatMap { stream -> [String] in
            guard !told.contains(stream.name) else { return [] }
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
                held(of: stream),
                stream.state == .failed && stream.broker == nil
                    ? "the server told it to stop; try again with `ptrctl resume \(stream.name)`" : nil,
                stream.state == .finished
                    ? "the event came that ends it; ask again with `ptrctl resume \(stream.name)`" : nil,
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

    /// What its broker says; of one that is down it is old, or not known.
    private func held(of stream: Status.Stream) -> String? {
        guard let broker = stream.broker, [.open, .paused].contains(stream.state) else { return nil }
        return [
            "\(Text.grouped(broker.pending)) pending at the broker", "\(Text.grouped(broker.ackPending)) delivered",
            "\(Text.grouped(broker.held)) held here",
            broker.oldestSeconds.map { "the oldest \(Text.duration($0)) old" },
            broker.redelivered > 0 ? Text.count(broker.redelivered, "redelivery", plural: "redeliveries") : nil,
        ].compactMap(\.self).joined(separator: ", ")
    }

    private func line(_ stream: Status.Stream, _ text: String, _ colour: Style.Colour) -> [String] {
        let name = style.columns.map { style.cutInTheMiddle(Text.printable(stream.name), to: max($0 / 2, 12)) }
        return style.wrapped(
            style.coloured(text, colour), first: (name ?? Text.printable(stream.name)) + ": ", rest: "  ")
    }

    private func holder(_ lease: StreamHolder?) -> String {
        guard let lease else { return "" }
        let name = lease.holder.map(Text.printable) ?? "-"
        return lease.role == .doubtful ? "\(name)?" : name
    }

    private func colour(of stream: Status.Stream) -> Style.Colour {
        switch stream.state {
        case .open, .finished, .standby: .green
        case .failed: .red
        default: .yellow
        }
    }
}

extension Status.Stream {
    /// Since when it is down, how often it was tried, and when it is tried again: `down 1m10s, try 6, next in 12 s`. Nil
    /// while it is open, and of a daemon that does not say.
    var downtime: String? {
        guard let downForSeconds else { return nil }
        var words = ["down \(Text.duration(downForSeconds))"]
        if let attempts, attempts > 0, state != .failed { words.append("try \(Text.grouped(attempts))") }
        if let next = nextAttemptInSeconds { words.append("next in \(Text.duration(next, .left))") }
        return words.joined(separator: ", ")
    }
}
