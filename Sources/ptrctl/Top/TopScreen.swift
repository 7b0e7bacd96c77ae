import ControlAPI

/// What `ptrctl top` shows, and how keys change it.
struct TopScreen: ScreenModel {
    typealias Document = Top

    /// What the direct supervisors, or the workers, are sorted by.
    enum Order: String, Sendable {
        case name, busy, restarts, handled, rate, cpu, memory

        static let ofSupervisors: [Order] = [.name, .busy, .restarts, .handled, .rate]
        static let ofWorkers: [Order] = [.name, .busy, .restarts, .handled, .cpu, .memory]

        /// The one after it; the first if it is none of these.
        func next(among all: [Order]) -> Order {
            all[((all.firstIndex(of: self) ?? -1) + 1) % all.count]
        }
    }

    private(set) var top: Top
    private(set) var order = Order.name
    private(set) var isReversed = false
    private(set) var isPaused = false
    /// Messages a second of each direct supervisor, between the last two answers.
    private(set) var rates: [String: Double] = [:]
    /// The share of a processor that each worker's process used between the last two answers.
    private(set) var usage: [String: Double] = [:]
    /// Whether the direct supervisors are shown although there are workers that are processes.
    private(set) var prefersSupervisors = false
    var scroll = Scroll()
    let style: Style

    mutating func take(_ document: Top) {
        guard !isPaused else { return }
        rates = Self.rates(from: top, to: document)
        usage = Self.usage(from: top, to: document)
        top = document
    }

    mutating func take(_ key: Key) -> Bool {
        switch key {
        case .character("q"): return false
        case .character("p"), .character(" "): isPaused.toggle()
        case .character("s"): order = order.next(among: showsWorkers ? Order.ofWorkers : Order.ofSupervisors)
        case .character("w") where top.workers != nil:
            prefersSupervisors.toggle()
            order = .name
        case .character("r"): isReversed.toggle()
        default: scroll.take(key)
        }
        return true
    }

    /// Whether workers are shown, one by one: where they are processes.
    var showsWorkers: Bool { top.workers != nil && !prefersSupervisors }

    /// The direct supervisors in the chosen order; those that are alike by number.
    var supervisors: [SupervisorLoad] { sorted(top.supervisors, by: key) }

    /// The workers in the chosen order; those that are alike by number.
    var workers: [Worker] { sorted(top.workers ?? [], by: key) }

    private func sorted<Row>(_ rows: [Row], by key: (Row) -> Double) -> [Row] {
        let sorted = rows.enumerated().map { (offset: $0, row: $1, key: key($1)) }.sorted { left, right in
            // Figures: the greatest first. Names have no key: their order is that of the answer.
            left.key != right.key ? left.key > right.key : left.offset < right.offset
        }.map(\.row)
        return isReversed ? sorted.reversed() : sorted
    }

    private func key(_ worker: Worker) -> Double {
        switch order {
        case .name, .rate: 0
        case .busy: Double(worker.inHand ?? 0)
        case .restarts: Double(worker.restarts)
        case .handled: Double(worker.handled)
        case .cpu: usage[worker.id] ?? 0
        case .memory: Double(worker.residentBytes ?? 0)
        }
    }

    private func key(_ load: SupervisorLoad) -> Double {
        switch order {
        case .name, .cpu, .memory: 0
        case .busy: Double(load.busy)
        case .restarts: Double(load.restarts)
        case .handled: Double(load.handled)
        case .rate: rates[load.id] ?? 0
        }
    }

    /// A process that is another one than before began at 0.
    private static func usage(from old: Top, to new: Top) -> [String: Double] {
        let time = new.status.uptimeSeconds - old.status.uptimeSeconds
        guard time > 0, let workers = new.workers else { return [:] }
        let before = Dictionary((old.workers ?? []).map { ($0.id, $0) }) { first, _ in first }
        var usage: [String: Double] = [:]
        for worker in workers {
            guard let used = worker.cpuSeconds else { continue }
            let earlier = before[worker.id].flatMap { $0.pid == worker.pid ? $0.cpuSeconds : nil } ?? 0
            usage[worker.id] = max(used - earlier, 0) / time
        }
        return usage
    }

    /// A supervisor that was started anew counts from 0 again; its rate is that of its new life.
    private static func rates(from old: Top, to new: Top) -> [String: Double] {
        let time = new.status.uptimeSeconds - old.status.uptimeSeconds
        guard time > 0 else { return [:] }
        let before = Dictionary(old.supervisors.map { ($0.id, $0) }) { first, _ in first }
        var rates: [String: Double] = [:]
        for load in new.supervisors {
            let earlier = before[load.id].flatMap { $0.incarnation == load.incarnation ? $0.handled : nil } ?? 0
            rates[load.id] = Double(load.handled >= earlier ? load.handled - earlier : 0) / time
        }
        return rates
    }
}
