import ControlAPI
import Locking
import Pipeline
import TestKit
import Testing

@testable import ControlServer

@Suite("A replay that takes longer than a client waits", .timeLimit(.minutes(1)))
struct RunningReplaysTests {
    /// A replay that goes as far as it is told to.
    private struct Steps {
        let steps: AsyncStream<DeadLetterTally?>
        let step: AsyncStream<DeadLetterTally?>.Continuation
        private let taken: AsyncStream<Void>
        private let take: AsyncStream<Void>.Continuation

        init() {
            (steps, step) = AsyncStream.makeStream()
            (taken, take) = AsyncStream.makeStream()
        }

        func replay(
            _ progress: @escaping @Sendable (DeadLetterTally) -> Void
        ) async -> Result<DeadLetterTally, ControlFailure> {
            var last = DeadLetterTally()
            for await step in steps {
                guard let step else { return .failure(ControlFailure(.unavailable, "ptrd is stopping")) }
                last = step
                progress(step)
                take.yield()
            }
            return .success(last)
        }

        /// Goes so far, and waits until that was told.
        func go(to tally: DeadLetterTally) async {
            var taken = taken.makeAsyncIterator()
            step.yield(tally)
            await taken.next()
        }
    }

    private func tally(_ matched: Int, _ done: Int) -> DeadLetterTally {
        var tally = DeadLetterTally()
        (tally.matched, tally.done, tally.refusedCount) = (matched, done, matched - done)
        return tally
    }

    @Test("is answered with its number, tells how far it is, and has its whole answer when it is over")
    func goesOn() async throws {
        let (replays, steps) = (RunningReplays(patience: .zero), Steps())
        let begun = try await replays.run { await steps.replay($0) }
        #expect(begun.goesOn == 1 && begun.matched == 0 && begun.done == 0)
        await steps.go(to: tally(64, 60))
        let underway = try replays.progress(of: 1)
        #expect(underway.goesOn == 1 && underway.matched == 64 && underway.done == 60 && underway.refusedCount == 4)
        await steps.go(to: tally(100, 90))
        steps.step.finish()
        var end = try replays.progress(of: 1)
        while end.goesOn != nil {
            try await nextTurn()
            end = try replays.progress(of: 1)
        }
        #expect(end.matched == 100 && end.done == 90 && end.refusedCount == 10 && end.error == nil)
    }

    @Test("that is over in time is answered whole, or with what ended it")
    func inTime() async throws {
        let replays = RunningReplays(patience: .seconds(3600))
        let steps = Steps()
        steps.step.finish()
        #expect(try await replays.run { await steps.replay($0) }.goesOn == nil)
        let failing = Steps()
        failing.step.yield(nil)
        await #expect(throws: ControlFailure(.unavailable, "ptrd is stopping")) {
            try await replays.run { await failing.replay($0) }
        }
    }

    @Test("that is ended by an error later says what it did until then, and why it ended")
    func failsLater() async throws {
        let (replays, steps) = (RunningReplays(patience: .zero), Steps())
        _ = try await replays.run { await steps.replay($0) }
        await steps.go(to: tally(64, 64))
        steps.step.yield(nil)
        var end = try replays.progress(of: 1)
        while end.goesOn != nil {
            try await nextTurn()
            end = try replays.progress(of: 1)
        }
        #expect(end.done == 64 && end.error == "ptrd is stopping")
    }

    @Test("goes on when whoever asked has gone away")
    func requestCancelled() async throws {
        let (replays, steps) = (RunningReplays(patience: .seconds(3600)), Steps())
        let request = Task { try await replays.run { await steps.replay($0) } }
        await steps.go(to: tally(64, 64))
        request.cancel()
        #expect(try await request.value.goesOn == 1)
        await steps.go(to: tally(70, 70))
        #expect(try replays.progress(of: 1).done == 70)
        steps.step.finish()
    }

    @Test("is one of so many; of those that are over so many are remembered")
    func bounded() async throws {
        let replays = RunningReplays(patience: .zero)
        let steps = (0..<RunningReplays.most).map { _ in Steps() }
        for each in steps { _ = try await replays.run { await each.replay($0) } }
        let one = Steps()
        await #expect(throws: ControlFailure.self) { try await replays.run { await one.replay($0) } }
        for each in steps { each.step.finish() }
        while (1...UInt64(steps.count)).contains(where: { (try? replays.progress(of: $0).goesOn) ?? nil != nil }) {
            try await nextTurn()
        }
        let patient = RunningReplays(patience: .seconds(3600))
        for _ in 0...RunningReplays.remembered {
            let short = Steps()
            short.step.finish()
            _ = try await patient.run { await short.replay($0) }
        }
        #expect(throws: ControlFailure.self) { try patient.progress(of: 1) }
        #expect(try patient.progress(of: 2).goesOn == nil)
        #expect(throws: ControlFailure.self) { try patient.progress(of: 1000) }
    }
}
