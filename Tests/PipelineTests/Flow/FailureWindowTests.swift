import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("The window of attempts")
struct FailureWindowTests {
    @Test("counts attempts and failures")
    func counts() {
        var window = FailureWindow(.seconds(10))
        for number in 0..<30 { window.record(isFailure: number % 3 == 0, at: .milliseconds(number)) }
        #expect(window.attempts == 30)
        #expect(window.failures == 10)
    }

    @Test("forgets what is older than its length, a tenth at a time")
    func forgets() {
        var window = FailureWindow(.seconds(10))
        window.record(isFailure: true, at: .milliseconds(500))
        window.record(isFailure: true, at: .milliseconds(1500))
        window.record(isFailure: false, at: .milliseconds(9999))
        #expect(window.attempts == 3)
        window.record(isFailure: false, at: .milliseconds(10_000))
        #expect(window.attempts == 3)
        #expect(window.failures == 1)
        window.record(isFailure: false, at: .seconds(1000))
        #expect(window.attempts == 1)
        #expect(window.failures == 0)
    }

    @Test("what is entered a little late counts for the present")
    func late() {
        var window = FailureWindow(.seconds(1))
        window.record(isFailure: false, at: .milliseconds(500))
        window.record(isFailure: true, at: .milliseconds(380))
        #expect(window.failures == 1)
        window.record(isFailure: false, at: .milliseconds(1450))
        #expect(window.failures == 1)
        window.record(isFailure: false, at: .milliseconds(1500))
        #expect(window.failures == 0)
    }

    @Test("is what a list of all attempts says, whatever comes when", arguments: 1...20 as ClosedRange<UInt64>)
    func model(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var window = FailureWindow(.milliseconds(1000))
        var all: [(part: Int, isFailure: Bool)] = []
        var now = 0
        for _ in 0..<500 {
            now +=
                Int.random(in: 0...9, using: &random) == 0
                ? .random(in: 0...2500, using: &random) : Int.random(in: 0...40, using: &random)
            let isFailure = Bool.random(using: &random)
            window.record(isFailure: isFailure, at: .milliseconds(now))
            all.append((now / 100, isFailure))
            let kept = all.filter { $0.part > now / 100 - FailureWindow.parts }
            #expect(window.attempts == kept.count)
            #expect(window.failures == kept.count(where: \.isFailure))
        }
    }
}
