/// A frame that a worker was given, and what of it is answered for.
struct SentFrame: Sendable {
    let number: UInt64
    let isBatch: Bool
    /// The number of its first message, and those of the others.
    let first: UInt64
    let others: [UInt64]
    /// All of its numbers lie in this.
    let range: ClosedRange<UInt64>
    /// How many are not answered for.
    private(set) var open: Int
    /// Which are; empty: none.
    private var isAnswered: [Bool] = []
    /// Before this place all are.
    private var firstOpen = 0

    init(number: UInt64, message: UInt64) {
        self.number = number
        isBatch = false
        first = message
        others = []
        range = message...message
        open = 1
    }

    init(number: UInt64, batch: some Collection<UInt64>) {
        self.number = number
        isBatch = true
        first = batch.first ?? 0
        others = Array(batch.dropFirst())
        range = others.reduce(first...first) { min($0.lowerBound, $1)...max($0.upperBound, $1) }
        open = others.count + 1
    }

    var count: Int { others.count + 1 }

    /// The place of a message; nil: it is not in it.
    func index(of sequence: UInt64) -> Int? {
        guard range.contains(sequence) else { return nil }
        // Most workers answer in order.
        if firstOpen < count, self.sequence(at: firstOpen) == sequence { return firstOpen }
        return first == sequence ? 0 : others.firstIndex(of: sequence).map { $0 + 1 }
    }

    func sequence(at index: Int) -> UInt64 { index == 0 ? first : others[index - 1] }

    func isAnswered(_ index: Int) -> Bool { isAnswered.isEmpty ? open == 0 : isAnswered[index] }

    /// Whether no older message of it is open.
    func isOldestOpen(_ index: Int) -> Bool { index == firstOpen }

    mutating func answer(_ index: Int) {
        open -= 1
        if isBatch {
            if isAnswered.isEmpty { isAnswered = Array(repeating: false, count: count) }
            isAnswered[index] = true
            while firstOpen < count, isAnswered[firstOpen] { firstOpen += 1 }
        }
    }

    mutating func answerAll() {
        open = 0
        isAnswered = []
    }
}
