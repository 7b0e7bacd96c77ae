import TestKit
import Testing

@testable import Flow

@Suite("The sizes that are held")
struct HeldSizesTests {
    /// Of each direct supervisor by itself, a row of numbers and no rules that follow from others.
    private struct Naive {
        var rest = Array(repeating: Duration.zero, count: 20)

        mutating func pass(_ time: Duration, needing size: Int) {
            for index in rest.indices where index >= size { rest[index] = max(.zero, rest[index] - time) }
        }

        mutating func earn(_ size: Int, _ time: Duration, limit: Duration) {
            for index in rest.indices where index < size { rest[index] = min(limit, rest[index] + time) }
        }

        mutating func hold(_ size: Int, for time: Duration) {
            for index in rest.indices where index < size { rest[index] = max(rest[index], time) }
        }
    }

    @Test("they are those of each direct supervisor by itself", arguments: 1...20)
    func agreesWithTheNaiveOne(_ seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var (held, naive) = (HeldSizes(), Naive())
        let limit = Duration.milliseconds(Int.random(in: 1...8000, using: &random))
        for _ in 0..<500 {
            let (size, time) = (Int.random(in: 0...16, using: &random), random.milliseconds(1...900))
            switch Int.random(in: 0..<8, using: &random) {
            case 0:
                held.hold(size, for: limit)
                naive.hold(size, for: limit)
            case 1...4:
                held.earn(size, time, limit: limit)
                naive.earn(size, time, limit: limit)
            default:
                held.pass(time, needing: size)
                naive.pass(time, needing: size)
            }
            #expect(held.size == naive.rest.count { $0 > .zero })
            for size in 1...17 { #expect(held.rest(of: size) == naive.rest[size - 1]) }
        }
    }

    @Test("who was needed for a while is kept for a part of it, and who was needed for long for no more than the limit")
    func patience() {
        var held = HeldSizes()
        for _ in 0..<100 { held.earn(5, .seconds(1) / 10, limit: .seconds(60)) }
        held.pass(.seconds(9), needing: 2)
        #expect(held.size == 5)
        held.pass(.seconds(1), needing: 2)
        #expect(held.size == 2)
        for _ in 0..<1000 { held.earn(5, .seconds(1) / 10, limit: .seconds(60)) }
        held.pass(.seconds(60), needing: 0)
        #expect(held.size == 0)
    }
}
