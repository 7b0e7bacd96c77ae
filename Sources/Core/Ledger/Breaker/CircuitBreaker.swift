/// Keeps a broken handler from burning the streams into dead letters: when most attempts of a window have failed, nothing is
/// admitted and nothing is dealt any more, until one message, tried alone, is done.
///
///             most attempts of the window failed
///     closed ───────────────────────────────────▶ open ◀──────────────────────┐
///       ▲                                          │ the backoff is over      │ failed: the
///       │                                          ▼                          │ backoff doubles
///       │                                         due ───────────────▶ trying ┤
///       │                                          ▲    one is dealt          │
///       │                                          └──────────────────────────┤ neither
///       └─────────────────────────────────────────────────────────────────────┘ done
///
/// A value without a clock. It lies in the ledger, so it outlives whoever acts by it. What was handed out before it opened
/// says nothing new, and moves it no more.
package struct CircuitBreaker: Sendable {
    package enum State: Sendable, Hashable {
        case closed
        case open(until: Duration)
        /// The next message that is dealt is the trial.
        case due
        /// The trial, by the number of its hand-out.
        case trying(UInt64)
    }

    /// Why it is open.
    package struct Trouble: Sendable, Hashable {
        /// What was counted when it opened.
        package var attempts: Int
        var failures: Int
        /// When it opened.
        package var since: Duration
        /// Over how long.
        package var window: Duration
        /// The last failure that moved it.
        package var reason: String
        var failedTrials = 0
    }

    /// Something that is worth a line in the log.
    package enum Change: Sendable, Hashable {
        case opened(Trouble, trialAfter: Duration)
        case trying(sequence: UInt64)
        case trialFailed(Trouble, trialAfter: Duration)
        case closed(after: Duration)
        case switchedOff
    }

    package private(set) var policy: BreakerPolicy
    private(set) var state = State.closed
    /// Nil while it is closed.
    private(set) var trouble: Trouble?
    private var window: FailureWindow
    /// How long it will be open the next time.
    private var backoff: Duration
    private var closedAt: Duration?
    /// Whether there may be no later trial.
    private(set) var isHurried = false
    /// Outcomes up to this hand-out do not count.
    private var lastUncounted: UInt64 = 0
    /// For the log.
    package var changes = UntoldChanges<Change>()

    /// Of a reason so many characters are kept.
    private static let reasonLength = 200

    package init(_ policy: BreakerPolicy) {
        self.policy = policy
        window = FailureWindow(policy.window)
        backoff = policy.initialBackoff
    }

    /// Goes on by other settings. What was counted over another length of time means nothing any more.
    package mutating func apply(_ policy: BreakerPolicy) {
        guard policy != self.policy else { return }
        if policy.window != self.policy.window { window = FailureWindow(policy.window) }
        self.policy = policy
        backoff = isClosed ? policy.initialBackoff : min(backoff, max(policy.maximumBackoff, policy.initialBackoff))
        guard !policy.isEnabled, !isClosed else { return }
        state = .closed
        trouble = nil
        window = FailureWindow(policy.window)
        changes.append(.switchedOff)
    }

    // MARK: - What it lets through

    package var isClosed: Bool { state == .closed }

    /// Whether the next message that is dealt is the trial.
    package var isDue: Bool { state == .due }

    /// Whether a message may be dealt.
    var deals: Bool {
        switch state {
        case .closed, .due: true
        case .open, .trying: false
        }
    }

    /// Whether a message may be admitted: with nothing in the queue that could be tried, one.
    func admits(queued: Int) -> Bool {
        switch state {
        case .closed: true
        case .due: queued == 0
        case .open, .trying: false
        }
    }

    /// When its backoff is over.
    package var nextTrial: Duration? {
        if case .open(let until) = state { until } else { nil }
    }

    // MARK: - What moves it

    /// Notes the time.
    package mutating func advance(to now: Duration) {
        if case .open(let until) = state, until <= now { state = .due }
    }

    /// Tries a message at once, whatever is left of the backoff: there may be no later.
    package mutating func hurry() {
        isHurried = true
        if case .open = state { state = .due }
    }

    /// Whether a hand-out is the trial.
    func isTrial(_ number: UInt64) -> Bool { state == .trying(number) }

    /// A message was handed out.
    mutating func handedOut(_ number: UInt64, sequence: UInt64) {
        guard case .due = state else { return }
        state = .trying(number)
        changes.append(.trying(sequence: sequence))
    }

    /// A message came back, and not by a fault of its own.
    mutating func takenBack(_ number: UInt64) {
        if state == .trying(number) { state = .due }
    }

    /// A message was handled.
    ///
    /// - Parameter isReplay: it was a dead letter before, so it says little when it fails again: an operator who replays bad
    ///   ones must not stop the streams. As a trial it says as much as there is to be heard: it is tried only when there is
    ///   nothing else.
    package mutating func finished(_ number: UInt64, _ verdict: Verdict, isReplay: Bool = false, at now: Duration) {
        guard policy.isEnabled else { return }
        switch (state, Weight(verdict)) {
        case (.closed, .neutral): return
        case (.closed, .failure), (.closed, .refusal):
            if !isReplay { lost(number, reason: verdict.reason ?? "", at: now) }
        case (_, .success): done(number, 1, at: now)
        case (.trying(number), .failure): stayOpen(verdict.reason ?? "", at: now)
        case (.trying(number), .neutral), (.trying(number), .refusal): state = .due
        case (.trying, _), (.open, _), (.due, _): return
        }
    }

    /// So many messages of a hand were handled and are done.
    package mutating func done(_ number: UInt64, _ count: Int, at now: Duration) {
        guard policy.isEnabled else { return }
        switch state {
        case .closed where number > lastUncounted: window.record(count, isFailure: false, at: now)
        case .trying(number): close(number, at: now)
        case .closed, .trying, .open, .due: return
        }
    }

    /// A hand was lost as one: that is one failure, however many messages it had.
    package mutating func lost(_ number: UInt64, reason: String, at now: Duration) {
        guard policy.isEnabled, isClosed, number > lastUncounted else { return }
        window.record(isFailure: true, at: now)
        guard window.attempts >= policy.minimum,
            Double(window.failures) > policy.threshold * Double(window.attempts)
        else { return }
        open(reason, at: now)
    }

    /// What a verdict says about the handler.
    private enum Weight {
        case success
        case failure
        /// The handler works, and would not have the message: as a rule a failure, but no bad sign in a trial.
        case refusal
        case neutral

        init(_ verdict: Verdict) {
            switch verdict {
            case .done: self = .success
            case .failed, .crashed: self = .failure
            case .rejected: self = .refusal
            // It stopped its worker as it was meant to; the handler has not even seen it.
            case .killed: self = .neutral
            }
        }
    }

    private mutating func open(_ reason: String, at now: Duration) {
        // One good message does not mean that all is well: what opens again soon goes on doubling.
        if closedAt.map({ now - $0 > policy.window }) ?? true { backoff = policy.initialBackoff }
        let trouble = Trouble(
            attempts: window.attempts, failures: window.failures, since: now, window: policy.window,
            reason: reason.oneLine(Self.reasonLength))
        self.trouble = trouble
        changes.append(.opened(trouble, trialAfter: waitForTrial(from: now)))
    }

    private mutating func stayOpen(_ reason: String, at now: Duration) {
        trouble?.failedTrials += 1
        trouble?.reason = reason.oneLine(Self.reasonLength)
        let wait = waitForTrial(from: now)
        if let trouble { changes.append(.trialFailed(trouble, trialAfter: wait)) }
    }

    /// Returns how long.
    private mutating func waitForTrial(from now: Duration) -> Duration {
        let wait = backoff
        state = .open(until: now + wait)
        backoff = min(wait * 2, max(policy.maximumBackoff, policy.initialBackoff))
        return wait
    }

    private mutating func close(_ trial: UInt64, at now: Duration) {
        changes.append(.closed(after: now - (trouble?.since ?? now)))
        state = .closed
        trouble = nil
        window = FailureWindow(policy.window)
        closedAt = now
        lastUncounted = trial
    }

    // MARK: - What is said of it

    /// Why it is open and what comes next, in words; nil while it is closed.
    package func complaint(at now: Duration) -> String? {
        guard let trouble else { return nil }
        let next: String =
            switch state {
            case .closed, .due: "tries one message next"
            case .trying: "is trying one message"
            case .open(let until): "tries one message in \(max(until - now, .zero).inSeconds)"
            }
        return "circuit breaker open: \(trouble); \(next)"
    }
}

extension CircuitBreaker.Trouble: CustomStringConvertible {
    package var description: String {
        let trials =
            switch failedTrials {
            case 0: ""
            case 1: " and 1 trial since"
            default: " and \(failedTrials) trials since"
            }
        return "\(failures) of \(attempts) attempts failed in \(window.inSeconds)\(trials), the last: \(reason)"
    }
}

extension CircuitBreaker.Change: CustomStringConvertible {
    package var isBad: Bool {
        switch self {
        case .opened, .trialFailed: true
        case .trying, .closed, .switchedOff: false
        }
    }

    /// What the journal's catalog explains it by; a trial needs no explanation.
    package var messageID: String? {
        switch self {
        case .opened, .trialFailed: "breaker-open"
        case .closed, .switchedOff: "breaker-closed"
        case .trying: nil
        }
    }

    /// In words, for the log.
    package var description: String {
        switch self {
        case .opened(let trouble, let wait):
            "circuit breaker opens: \(trouble); intake pauses, one message is tried in \(wait.inSeconds)"
        case .trying(let sequence): "circuit breaker: message \(sequence) is tried"
        case .trialFailed(let trouble, let wait):
            "circuit breaker stays open: the message that was tried failed: \(trouble.reason); another in \(wait.inSeconds)"
        case .closed(let time): "circuit breaker closes after \(time.inSeconds): the message that was tried is done"
        case .switchedOff: "circuit breaker closes: it was switched off"
        }
    }
}
