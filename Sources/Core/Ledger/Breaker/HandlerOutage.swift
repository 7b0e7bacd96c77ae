/// Holds what is to be handed out while what the handler needs is down: a body said *unavailable*. What is held costs nothing, and
/// intake goes on until the window is full.
///
///                  unavailable
///     none ────────────────────▶ holding ◀─────────────────────┐
///      ▲                            │ the backoff is over       │ unavailable, or the worker
///      │                            ▼                           │ ended: the backoff doubles
///      │                           due ───────────────▶ trying ─┤
///      │                            ▲    one is dealt           │
///      │                            └───────────────────────────┤ given back
///      └────────────────────────────────────────────────────────┘ done, failed, rejected: it was reached
///
/// A value without a clock, in the ledger as the circuit breaker is. What was handed out before it began says nothing new.
package struct HandlerOutage: Sendable {
    package enum State: Sendable, Hashable {
        case none
        case holding(until: Duration)
        /// The next message that is dealt is the trial.
        case due
        /// The trial, by the number of its hand-out.
        case trying(UInt64)
    }

    /// Something that is worth a line in the log.
    package enum Change: Sendable, Hashable {
        case began(reason: String, trialAfter: Duration)
        case ended(after: Duration)
    }

    /// How long it is held at first; each trial in vain doubles it.
    package static let initialBackoff = Duration.milliseconds(250)
    package static let maximumBackoff = Duration.seconds(30)
    /// In a drain there may be no later.
    static let hurriedBackoff = Duration.seconds(1)

    /// The longest wait that a handler may ask for.
    package var longestAsked = Duration.seconds(300)
    private(set) var state = State.none
    package private(set) var since: Duration?
    private var reason = ""
    private var trials = 0
    private var backoff = initialBackoff
    private var isHurried = false
    /// What was handed out up to this number is not heard.
    private var lastUnheard: UInt64 = 0
    /// For the log.
    package var changes = UntoldChanges<Change>()

    package var isNone: Bool { state == .none }
    package var isDue: Bool { state == .due }

    /// Whether something may be dealt.
    var deals: Bool { isNone || isDue }

    /// When the backoff is over.
    package var nextTrial: Duration? {
        if case .holding(let until) = state { until } else { nil }
    }

    /// Notes the time.
    package mutating func advance(to now: Duration) {
        if case .holding(let until) = state, until <= now { state = .due }
    }

    /// Tries a message at once, and more often from now on.
    package mutating func hurry() {
        isHurried = true
        if case .holding = state { state = .due }
    }

    func isTrial(_ number: UInt64) -> Bool { state == .trying(number) }

    mutating func handedOut(_ number: UInt64) {
        if isDue { state = .trying(number) }
    }

    /// A message came back because what its handler needs is down.
    ///
    /// - Parameters:
    ///   - after: how long the handler says that it will be so at least.
    ///   - last: the number of the last hand-out so far.
    mutating func unavailable(_ number: UInt64, _ reason: String, after: Duration?, last: UInt64, at now: Duration) {
        switch state {
        case .none where number > lastUnheard:
            since = now
            trials = 0
            backoff = Self.initialBackoff
            hold(reason, after: after, last: last, at: now)
            changes.append(.began(reason: self.reason, trialAfter: (nextTrial ?? now) - now))
        case .trying(number):
            trials += 1
            hold(reason, after: after, last: last, at: now)
        case .holding(let until):
            if let after { state = .holding(until: max(until, now + bounded(after))) }
        case .due:
            if let after { state = .holding(until: now + bounded(after)) }
        case .none, .trying: return
        }
    }

    /// Somebody has ended with a message, and so the handler was reached, or its worker has ended over it.
    package mutating func finished(_ number: UInt64, _ verdict: Verdict, last: UInt64, at now: Duration) {
        guard isTrial(number) else { return }
        switch verdict {
        case .done, .failed, .rejected:
            changes.append(.ended(after: now - (since ?? now)))
            state = .none
            since = nil
            lastUnheard = last
        case .crashed(let reason):
            trials += 1
            hold(reason, after: nil, last: last, at: now)
        case .killed: state = .due
        }
    }

    /// A message came back, and not by a fault of its own.
    mutating func takenBack(_ number: UInt64) {
        if isTrial(number) { state = .due }
    }

    private mutating func hold(_ reason: String, after: Duration?, last: UInt64, at now: Duration) {
        self.reason = reason.oneLine(200)
        let wait = max(isHurried ? min(backoff, Self.hurriedBackoff) : backoff, after.map(bounded) ?? .zero)
        backoff = min(backoff * 2, Self.maximumBackoff)
        lastUnheard = last
        state = .holding(until: now + wait)
    }

    private func bounded(_ after: Duration) -> Duration { min(after, isHurried ? Self.hurriedBackoff : longestAsked) }

    // MARK: - What is said of it

    /// What is down and what comes next, in words; nil: nothing is.
    package func complaint(at now: Duration) -> String? {
        guard let since else { return nil }
        let next: String =
            switch state {
            case .none, .due: "one message is tried next"
            case .trying: "one message is being tried"
            case .holding(let until): "one message is tried in \(max(until - now, .zero).inSeconds)"
            }
        let tried = trials == 0 ? "" : ", \(trials) trial\(trials == 1 ? "" : "s") in vain"
        return
            "the handler has been unavailable for \((now - since).inSeconds)\(tried): \(reason); what came is held, \(next)"
    }
}

extension HandlerOutage.Change: CustomStringConvertible {
    package var isBad: Bool { if case .began = self { true } else { false } }

    /// What the journal's catalog explains it by.
    package var messageID: String { isBad ? "handler-unavailable" : "handler-available" }

    package var description: String {
        switch self {
        case .began(let reason, let wait):
            "the handler is unavailable: \(reason); what came is held, one message is tried in \(wait.inSeconds)"
        case .ended(let time): "the handler is available again after \(time.inSeconds)"
        }
    }
}

/// What has changed and was not told yet, of a value that says it later; of many, the last. So it grows under nobody's absence.
package struct UntoldChanges<Change: Sendable>: Sendable {
    private static var most: Int { 16 }

    private var changes: [Change] = []

    package mutating func append(_ change: Change) {
        if changes.count == Self.most { changes.removeFirst() }
        changes.append(change)
    }

    /// All of them; they count as told from now on.
    package mutating func take() -> [Change] {
        guard !changes.isEmpty else { return [] }
        defer { changes = [] }
        return changes
    }
}
