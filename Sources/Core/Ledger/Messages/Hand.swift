internal import Locking

/// What a worker is handed at once: one message, or several as its handler demands.
///
/// Its body answers for each message once, in any order, from any thread, also after ``WorkerBody/handle(_:)`` has returned. A
/// hand whose messages are all answered for makes room for another one.
public final class Hand: Sendable {
    /// One message of it.
    public struct Entry: Sendable {
        /// What is to be handled.
        public let message: Message
        /// Which attempt this is, from 1.
        public let attempt: Int
        package let slot: Int

        package init(message: Message, attempt: Int, slot: Int) {
            self.message = message
            self.attempt = attempt
            self.slot = slot
        }

        fileprivate func lease(of holder: Holder, _ number: UInt64) -> Lease {
            Lease(sequence: message.sequence, attempt: attempt, holder: holder, number: number, slot: slot)
        }
    }

    /// Its messages, the oldest first; at least one.
    public let entries: [Entry]
    /// The name of the worker.
    public let worker: String
    /// The number of the hand-out.
    package let number: UInt64
    package let holder: Holder
    /// Whether its worker gets nothing else as long as it has this.
    package let isAlone: Bool
    private let keeper: any HandKeeper

    package init(
        _ entries: [Entry], number: UInt64, holder: Holder, worker: String, isAlone: Bool = false,
        keeper: any HandKeeper
    ) {
        self.entries = entries
        self.isAlone = isAlone
        self.number = number
        self.holder = holder
        self.worker = worker
        self.keeper = keeper
    }

    /// Makes a hand outside of a tree, to try a body with.
    ///
    /// - Parameter onAnswer: told each answer as it comes; of one that ``settle(_:)`` gives, nothing but those that are left.
    public convenience init(
        _ messages: [Message], worker: String, onAnswer: @escaping @Sendable (Answer) -> Void
    ) {
        self.init(
            messages.map { Entry(message: $0, attempt: 1, slot: 0) }, number: 0,
            holder: Holder(worker: 0, supervisor: 0), worker: worker,
            keeper: LooseHand(count: messages.count, onAnswer: onAnswer))
    }

    /// Answers for some of its messages, in one step.
    ///
    /// - Returns: how many answers counted: one that comes after somebody else has answered for its message (it took too long, or
    ///   its worker was given up) does not, nor does a second one.
    @discardableResult
    public func report(_ answers: [Answer]) -> Int { keeper.take(answers, of: self) }

    /// Answers for one of its messages.
    ///
    /// - Returns: whether it counted; see ``report(_:)``.
    @discardableResult
    public func report(_ outcome: Outcome, at index: Int) -> Bool { keeper.take(outcome, at: index, of: self) }

    /// Answers for all that is not answered for yet, with one outcome.
    ///
    /// `failed` and `rejected` name nobody if there are several: then all are given back, and each is dealt alone the next time.
    ///
    /// - Returns: how many messages that were.
    @discardableResult
    public func settle(_ outcome: Outcome) -> Int { keeper.settle(outcome, of: self) }

    /// Answers for hands of one worker in one step, in this order, as if it were done one by one.
    ///
    /// - Parameter goesOn: whether its body may be given another hand in the same step.
    package static func report(_ reports: [HandReport], goesOn: Bool) {
        // Hands of a worker have one keeper; those that no tree has dealt have one each.
        reports.first?.hand.keeper.take(reports, goesOn: goesOn)
    }

    /// Says that the work is done and that only handing over its result remains: from here on the worker's timeout does not run.
    ///
    /// A slow output is to slow the pool, and not to cost messages their attempts.
    ///
    /// - Returns: false when it has taken too long: its messages have been answered for, or will be, and the result must not be
    ///   handed over.
    public func beginsHandover() -> Bool { keeper.beginsHandover(of: self) }

    /// Says that the work goes on: the timeout of the oldest hand begins anew.
    public func progress() { keeper.progress(of: self) }

    package func lease(_ index: Int) -> Lease { entries[index].lease(of: holder, number) }

    package var leases: some Collection<Lease> { entries.indices.lazy.map(lease) }
}

/// What a body says of one of its hands.
package struct HandReport: Sendable {
    /// What it answers for.
    package enum Part: Sendable {
        case message(Int, Outcome)
        case some([Answer])
        /// All that is not answered for yet.
        case rest(Outcome)
    }

    package let hand: Hand
    package let part: Part

    package init(_ part: Part, of hand: Hand) {
        self.part = part
        self.hand = hand
    }

    /// Which messages it answers for, perhaps among others that were answered for before.
    package var indices: [Int] {
        switch part {
        case .message(let index, _): [index]
        case .some(let answers): answers.map(\.index)
        case .rest: Array(hand.entries.indices)
        }
    }
}

/// Where the answers of a hand go.
package protocol HandKeeper: AnyObject, Sendable {
    func take(_ reports: [HandReport], goesOn: Bool)
    func take(_ answers: [Answer], of hand: Hand) -> Int
    func take(_ outcome: Outcome, at index: Int, of hand: Hand) -> Bool
    func settle(_ outcome: Outcome, of hand: Hand) -> Int
    func beginsHandover(of hand: Hand) -> Bool
    func progress(of hand: Hand)
}

extension HandKeeper {
    package func take(_ reports: [HandReport], goesOn: Bool) {
        for report in reports {
            switch report.part {
            case .message(let index, let outcome): report.hand.report(outcome, at: index)
            case .some(let answers): report.hand.report(answers)
            case .rest(let outcome): report.hand.settle(outcome)
            }
        }
    }
}

/// Takes the answers of a hand that no tree has dealt.
final class LooseHand: HandKeeper {
    private let open: Locked<Set<Int>>
    private let onAnswer: @Sendable (Answer) -> Void

    package init(count: Int, onAnswer: @escaping @Sendable (Answer) -> Void) {
        open = Locked(Set(0..<count))
        self.onAnswer = onAnswer
    }

    package func take(_ answers: [Answer], of hand: Hand) -> Int {
        answers.count { take($0.outcome, at: $0.index, of: hand) }
    }

    package func take(_ outcome: Outcome, at index: Int, of hand: Hand) -> Bool {
        guard open.withLock({ $0.remove(index) }) != nil else { return false }
        onAnswer(Answer(index, outcome))
        return true
    }

    package func settle(_ outcome: Outcome, of hand: Hand) -> Int {
        let left = open.withLock { open in
            defer { open = [] }
            return open.sorted()
        }
        for index in left { onAnswer(Answer(index, outcome)) }
        return left.count
    }

    package func beginsHandover(of hand: Hand) -> Bool { true }

    package func progress(of hand: Hand) {}
}
