import Dispatch
import Locking
import TestKit
import Testing

@Suite("A serial queue", .timeLimit(.minutes(1)))
struct SerialQueueTests {
    private struct Failure: Error, Equatable {}

    @Test("returns what its calls return, and throws what they throw")
    func results() async throws {
        let queue = SerialQueue("test")
        #expect(await queue.run { 7 } == 7)
        await #expect(throws: Failure()) { try await queue.run { () throws(Failure) in throw Failure() } }
    }

    @Test("runs its calls one after another, in the order in which they came")
    func order() async {
        let queue = SerialQueue("test")
        let gate = DispatchSemaphore(value: 0)
        let calls = Locked<[Int]>([])
        queue.post {
            gate.wait()
            calls.withLock { $0.append(1) }
        }
        for number in 2...20 { queue.post { calls.withLock { $0.append(number) } } }
        let before = calls.withLock { $0 }
        #expect(before.isEmpty, "the first still waits")
        gate.signal()
        await queue.run {}
        let after = calls.withLock { $0 }
        #expect(after == Array(1...20))
    }

    @Test("a call that blocks holds up no task and no other queue")
    func blocked() async {
        let gate = DispatchSemaphore(value: 0)
        // More than there are threads for tasks.
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<64 { group.addTask { await SerialQueue("blocked").run { gate.wait() } } }
            #expect(await Task { await SerialQueue("free").run { 7 } }.value == 7)
            for _ in 0..<64 { gate.signal() }
        }
    }

    @Test("a call goes on to its end when the task that waits for it is cancelled, and is waited for")
    func cancelled() async {
        let (queue, gate) = (SerialQueue("test"), DispatchSemaphore(value: 0))
        let waiting = Task {
            await queue.run {
                gate.wait(); return 7
            }
        }
        waiting.cancel()
        gate.signal()
        #expect(await waiting.value == 7)
    }
}
