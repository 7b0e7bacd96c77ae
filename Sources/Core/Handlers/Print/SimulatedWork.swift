import Locking

/// Time that a worker spends on a message without doing anything: normally distributed between two bounds.
public struct SimulatedWork: Sendable {
    private let min: Duration
    private let max: Duration

    /// The mean is the middle of the bounds; six standard deviations lie between them, and what falls outside is cut.
    public init(min: Duration, max: Duration) {
        self.min = min
        self.max = max
    }

    func perform() async throws {
        var generator = WyRand()
        try await SharedAlarm.shared.sleep(for: duration(using: &generator))
    }

    /// Draws a duration.
    func duration(using generator: inout some RandomNumberGenerator) -> Duration {
        // The sum of twelve uniform draws, less six, is as good as normal with a standard deviation of one.
        let normal = (0..<12).reduce(-6.0) { sum, _ in sum + Double.random(in: 0..<1, using: &generator) }
        let middle = (min + max) / 2
        let drawn = middle + (max - min) / 6 * normal
        return Swift.min(Swift.max(drawn, min), max)
    }
}

/// Random enough for pretending: the system is asked once for a number, and not for the twelve of a draw.
private struct WyRand: RandomNumberGenerator {
    private var state = UInt64.random(in: .min ... .max)

    mutating func next() -> UInt64 {
        state &+= 0xA076_1D64_78BD_642F
        let product = state.multipliedFullWidth(by: state ^ 0xE703_7ED1_A0B4_28DB)
        return product.high ^ product.low
    }
}
