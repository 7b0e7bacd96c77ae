import TestKit
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("The needs of the hold window")
struct LargestNeedsTests {
    /// Keeps every need, and looks at all of them.
    private struct Naive {
        var all: [(time: Duration, supervisors: Int)] = []

        var largest: Int? { all.map(\.supervisors).max() }

        func last(atLeast size: Int) -> Duration? { all.last { $0.supervisors >= size }?.time }
    }

    @Test("they answer as if each were kept, whatever is needed and however long the window is", arguments: 1...20)
    func agreesWithTheNaiveOne(_ seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var (needs, naive) = (LargestNeeds(), Naive())
        var now = Duration.zero
        for _ in 0..<500 {
            // Several needs at one time are possible: the settings may have made the ticks as short as that.
            now += .milliseconds(Int.random(in: 0...400, using: &random))
            let window = Duration.milliseconds(Int.random(in: 0...8000, using: &random))
            needs.forget(through: now - window)
            naive.all.removeAll { $0.time <= now - window }
            let need = Int.random(in: 1...16, using: &random)
            needs.append(need, at: now)
            naive.all.append((now, need))
            #expect(needs.largest == naive.largest)
            for size in 1...17 { #expect(needs.last(atLeast: size) == naive.last(atLeast: size)) }
            #expect(needs.kept.count <= 16)
        }
    }

    @Test("there are never more of them than sizes of the pool, also in a window of a day")
    func bounded() {
        var needs = LargestNeeds()
        for tick in 0..<400_000 {
            needs.forget(through: .milliseconds(tick * 250) - .seconds(86_400))
            needs.append(64 - tick % 64, at: .milliseconds(tick * 250))
        }
        #expect(needs.kept.count <= 64)
        #expect(needs.largest == 64)
    }
}
