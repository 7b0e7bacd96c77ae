import ControlAPI

/// What `ptrctl top` shows, and how keys change it.
struct TopScreen: ScreenModel {
    typealias Document = Top

    /// What the direct supervisors are sorted by.
    enum Order: String, Sendable, CaseIterable {
        case name, busy, restarts, handled, rate

        var next: Order {
            let all = Self.allCases
            let index = all.firstIndex(of: self) ?? 0
            return all[(index + 1) % all.count]
        }
    }

    private(set) var top: Top
    private(set) var order = Order.name
    private(set) var isReversed = false
    private(set) var isPaused = false
    /// Messages a second of each direct supervisor, between the last two answers.
    private(set) var rates: [String: Double] = [:]
    var scroll = Scroll()
    let style: Style

    mutating func take(_ document: Top) {
        guard !isPaused else { return }
        rates = Self.rates(from: top, to: document)
        top = document
    }

    mutating func take(_ key: Key) -> Bool {
        switch key {
        case .character("q"): return false
        case .character("p"), .character(" "): isPaused.toggle()
        case .character("s"): order = order.next
        case .character("r"): isReversed.toggle()
        default: scroll.take(key)
        }
        return true
    }

    /// The direct supervisors in the chosen order; those that are alike by number.
    var supervisors: [SupervisorLoad] {
        let numbered = Array(top.supervisors.enumerated())
        let sorted = numbered.sorted { left, right in
            let (a, b) = (key(left.element), key(right.element))
            // Figures: the greatest first. Names have no key: their order is that of the answer.
            return a != b ? a > b : left.offset < right.offset
        }.map(\.element)
        return isReversed ? sorted.reversed() : sorted
    }

    private func key(_ load: SupervisorLoad) -> Double {
        switch order {
        case .name: 0
        case .busy: Double(load.busy)
        case .restarts: Double(load.restarts)
        case .handled: Double(load.handled)
        case .rate: rates[load.id] ?? 0
        }
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
