import Locking

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
