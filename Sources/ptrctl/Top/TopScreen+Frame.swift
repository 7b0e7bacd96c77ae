import ControlAPI

/// The picture: what is wrong, the head, the graph, the direct supervisors or the workers, the slowest messages, the keys. On a small
/// screen the last of these go first.
extension TopScreen {
    mutating func frame(_ size: ScreenSize) -> [String] {
        var style = style
        style.columns = size.columns
        let picture = Picture(screen: self, style: style, columns: size.columns)
        // Half of the screen at most, so that there is something to see besides.
        let head = picture.title + picture.troubles(rows: max(size.rows / 2 - 1, 1)) + picture.facts
        let keys = size.rows > head.count + 1 ? [picture.keys] : []
        let free = max(size.rows - head.count - keys.count, 0)
        // What is left is shared: a fifth for the graph, a third of the rest for the slowest messages.
        let graph = free >= 10 ? picture.graph(rows: min(max(free / 5, 2), 8)) : []
        let lists = free - graph.count
        let slowestRows = min(top.slowest.count + 2, max(lists / 3, 0))
        let slowest = slowestRows > 2 ? picture.slowest(rows: slowestRows) : []
        let list = showsWorkers ? picture.workers(workers) : picture.supervisors(supervisors)
        let rows = max(lists - slowest.count, 0)
        let supervisors = rows > 1 ? [list[0]] + scroll.visible(Array(list.dropFirst()), rows: rows - 1) : []
        var lines = head + graph + supervisors
        let gap = size.rows - keys.count - slowest.count - lines.count
        lines += Array(repeating: "", count: max(gap, 0)) + slowest + keys
        return lines.prefix(size.rows).map { style.cut($0, to: size.columns) }
    }
}

/// The parts of the picture.
private struct Picture {
    let screen: TopScreen
    let style: Style
    let columns: Int

    private var status: Status { screen.top.status }

    // MARK: Head

    var title: [String] {
        let state = style.coloured(
            Text.printable(status.state.rawValue), status.state == .running && !status.isUnwell ? .green : .yellow)
        let parts = [
            "\(style.bold("ptrd")) \(Text.printable(status.version))", state,
            screen.isPaused ? style.coloured("[paused]", .yellow) : "", "up \(Text.duration(status.uptimeSeconds))",
            "pid \(status.pid)",
        ]
        return [joined(parts, separator: "  ")]
    }

    /// What is wrong, in so many lines; what finds no room is counted.
    func troubles(rows: Int) -> [String] {
        let all = status.troubles.map { $0.lines(style) }
        let lines = all.flatMap(\.self)
        guard lines.count > rows else { return lines }
        // One line for each, if need be.
        let short = status.troubles.map { style.coloured($0.short(style, to: columns), .red) }
        guard short.count > rows else { return short }
        guard rows > 1 else { return Array(short.prefix(1)) }
        let more = "  and \(Text.grouped(short.count - rows + 1)) more: ptrctl status"
        return short.prefix(rows - 1) + [style.coloured(more, .red)]
    }

    var facts: [String] {
        let messages = status.messages
        let scaling = ScalingWords(status)
        let open = status.streams.count { $0.state == .open }
        let read = status.streams.map(\.bytes).reduce(UInt64(0)) { $0.addingReportingOverflow($1).partialValue }
        let workers = status.workers
        let width = min(20, max(columns / 5, 4))
        return [
            labelled(
                "Streams",
                ["\(open) of \(status.streams.count) open"] + unwell + ["\(Text.bytes(read)) read"]),
            labelled(
                "Messages",
                [
                    "\(Text.decimal(messages.ratePerSecond, places: 1))/s",
                    "\(Text.grouped(messages.inFlight)) in flight",
                    "\(Text.grouped(messages.deadLettered)) dead-lettered", "\(Text.grouped(messages.retried)) retried",
                    "\(Text.grouped(messages.received)) received", "\(Text.grouped(messages.killed)) killed",
                ]),
            labelled(
                "Workers",
                [
                    "\(Text.bar(workers.busy, of: workers.total, width: width))"
                        + " \(Text.grouped(workers.busy)) of \(Text.grouped(workers.total)) busy"
                ] + processes + [
                    Text.count(workers.restarts, "restart"), Text.count(status.directSupervisors, "direct supervisor"),
                ]),
            labelled("Scaling", [scaling.mode, scaling.range, scaling.reason]),
            labelled("Latency", status.latencyFacts.map { $0.replacing("\u{A0}", with: " ") }),
        ]
    }

    /// What of the workers is worth a word where they are processes.
    private var processes: [String] {
        guard let workers = screen.top.workers else { return [] }
        let memory = workers.compactMap(\.residentBytes).reduce(0) { $0.addingReportingOverflow($1).partialValue }
        return [
            "\(Text.bytes(memory)) in \(Text.count(workers.count { $0.pid != nil }, "process", plural: "processes"))",
            Text.some(status.workers.backingOff, "backing off"), Text.some(status.workers.starting, "starting"),
            Text.some(status.workers.stopping, "stopping"),
        ].compactMap(\.self)
    }

    private func labelled(_ label: String, _ facts: [String]) -> String {
        let padding = String(repeating: " ", count: max(0, 10 - label.count))
        return joined([style.faint(label) + padding + (facts.first ?? "")] + facts.dropFirst(), separator: "   ")
    }

    /// As many of the parts as fit, whole; if not even two do, the line is cut.
    private func joined(_ parts: [String], separator: String) -> String {
        let parts = parts.filter { !$0.isEmpty }
        var line = parts.first ?? ""
        for (index, part) in parts.enumerated().dropFirst() {
            let next = line + separator + part
            let isLast = index == parts.count - 1
            // The last is a sentence, or as good as one: its beginning is worth something.
            if Text.width(style.spelled(next)) > columns {
                let room = columns - Text.width(style.spelled(line))
                return isLast && room >= 24 ? style.cut(next, to: columns) : line
            }
            line = next
        }
        return line
    }

    /// The streams that are not open and have not been named yet.
    private var unwell: [String] {
        let named = Set(status.troubles.compactMap(\.stream))
        return status.streams.filter { ![.open, .finished, .standby].contains($0.state) && !named.contains($0.name) }
            .map {
                stream in
                let left =
                    stream.pausedForSeconds.map { " for \(Text.duration($0, .left)) more" }
                    ?? (stream.state == .paused ? nil : stream.downtime.map { ", \($0)" }) ?? ""
                let name = style.cutInTheMiddle(Text.printable(stream.name), to: max(columns / 3, 8))
                return style.coloured("\(name) \(Text.printable(stream.state.rawValue))\(left)", .yellow)
            }
    }

    // MARK: Graph

    func graph(rows: Int) -> [String] {
        let history = screen.top.history
        let graph = Graph(values: history.inFlight, columns: columns, rows: rows - 1)
        let seconds = Double(min(history.inFlight.count, columns)) * history.intervalSeconds
        let peak = "at most \(Text.grouped(graph.peak))"
        let title = style.faint("In flight") + " over \(Text.duration(seconds)), \(peak)"
        return [title] + graph.lines
    }

    // MARK: Lists

    func supervisors(_ loads: [SupervisorLoad]) -> [String] {
        Table<SupervisorLoad>([
            .left("SUPERVISOR") { Text.printable($0.id) },
            .left("STATE", rank: 2, colour: { $0.state == .running ? .green : .yellow }) {
                Text.printable($0.state.rawValue)
            },
            .left("LOAD", rank: 1) { Text.bar($0.busy, of: $0.workers, width: 10) },
            .right("BUSY", rank: 3) { Text.grouped($0.busy) },
            .right("WORKERS", rank: 6) { Text.grouped($0.workers) },
            .right("RESTARTS", rank: 4) { Text.grouped($0.restarts) },
            .right("HANDLED", rank: 7) { Text.grouped($0.handled) },
            .right("PER S", rank: 5) { Text.decimal(screen.rates[$0.id] ?? 0, places: 1) },
        ]).lines(of: loads, style)
    }

    func workers(_ workers: [Worker]) -> [String] {
        Table<Worker>([
            .left("WORKER") { Text.printable($0.id) },
            .left("STATE", colour: WorkersTable.colour) { Text.words($0.state.rawValue) },
            .right("PID", rank: 1) { $0.pid.map { "\($0)" } ?? "-" },
            .right("CPU", rank: 3) { "\(Text.decimal((screen.usage[$0.id] ?? 0) * 100, places: 0)) %" },
            .right("MEMORY", rank: 2) { $0.residentBytes.map { Text.bytes($0) } ?? "-" },
            .right("AGE", rank: 4) { $0.ageSeconds.map { Text.duration($0) } ?? "-" },
            .right("IN HAND", rank: 5) { Text.grouped($0.inHand ?? 0) },
            .right("RESTARTS", rank: 6) { Text.grouped($0.restarts) },
            .right("HANDLED", rank: 7) { Text.grouped($0.handled) },
        ]).lines(of: workers, style)
    }

    func slowest(rows: Int) -> [String] {
        let table = Table<HeldBy>([
            .right("SLOWEST") { Text.milliseconds($0.message.heldForMilliseconds) },
            .left("WORKER") { Text.printable($0.worker) },
            .right("MESSAGE", rank: 2) { "\($0.message.sequence)" },
            .left("STREAM", rank: 1, least: 8, narrowing: .middle) { Text.printable($0.message.stream) },
            .right("ATTEMPT", rank: 3) { "\($0.message.attempt)" },
            .left("EVENT ID", rank: 4, least: 8, narrowing: .middle) { style.shortID($0.message.eventID) },
        ])
        return [""] + table.lines(of: Array(screen.top.slowest.prefix(max(rows - 2, 0))), style)
    }

    var keys: String {
        let direction = screen.isReversed ? ", reversed" : ""
        let parts =
            [
                "q quit", "s sort (\(screen.order.rawValue)\(direction))", "p \(screen.isPaused ? "go on" : "pause")",
                "r reverse", "↑↓ scroll",
            ] + (screen.top.workers == nil ? [] : ["w \(screen.showsWorkers ? "supervisors" : "workers")"])
        return style.faint(joined(parts, separator: "  "))
    }
}

/// Values over time as a picture of several lines, one column a value, the newest at the right.
struct Graph: Sendable {
    let values: [Int]
    let columns: Int
    let rows: Int

    private static let blocks: [Character] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

    /// The greatest of the values that are shown.
    var peak: Int { shown.max() ?? 0 }

    private var shown: ArraySlice<Int> { values.suffix(max(columns, 0)) }

    var lines: [String] {
        guard rows > 0, columns > 0 else { return [] }
        let top = max(peak, 1)
        // In eighths of a line; what is there at all is to be seen.
        let heights = shown.map { value in
            value <= 0 ? 0 : max(1, (Double(value) / Double(top) * Double(rows * 8)).rounded())
        }.map { Int($0) }
        let blank = String(repeating: " ", count: columns - heights.count)
        return (0..<rows).map { row in
            let below = (rows - 1 - row) * 8
            return blank + String(heights.map { Self.blocks[min(max($0 - below, 0), 8)] })
        }
    }
}
