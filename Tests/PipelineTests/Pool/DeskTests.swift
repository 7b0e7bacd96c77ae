import Synchronization
import Testing

@testable import Pipeline

@Suite("A worker's desk")
struct DeskTests {
    private let desk = Desk(holder: .first)

    private func assignment(_ sequence: UInt64 = 1) -> Assignment { .to(.first, sequence: sequence) }

    @Test("what was handed over before is taken up at once")
    func handFirst() async {
        #expect(desk.hand(assignment(7)))
        #expect(await desk.next()?.lease.sequence == 7)
    }

    @Test("whoever waits is handed the message")
    func nextFirst() async {
        let worker = Task.immediate { await desk.next()?.lease.sequence }
        #expect(desk.hand(assignment(7)))
        #expect(await worker.value == 7)
    }

    @Test("messages come one after another")
    func inTurn() async {
        for sequence: UInt64 in 1...5 {
            #expect(desk.hand(assignment(sequence)))
            #expect(await desk.next()?.lease.sequence == sequence)
        }
    }

    @Test("cancellation ends the wait, and the desk takes no more")
    func cancelWhileWaiting() async {
        let worker = Task.immediate { await desk.next()?.lease.sequence }
        worker.cancel()
        #expect(await worker.value == nil)
        #expect(!desk.hand(assignment()))
        #expect(desk.clear() == nil)
    }

    @Test("a task that is cancelled before it waits gets nothing, and closes the desk")
    func cancelBefore() async {
        let worker = Task.immediate {
            withUnsafeCurrentTask { $0?.cancel() }
            return await desk.next()?.lease.sequence
        }
        #expect(await worker.value == nil)
        #expect(!desk.hand(assignment()))
    }

    @Test("a message that lies there when the task is cancelled is still taken up, to be given back")
    func cancelWhenFilled() async {
        #expect(desk.hand(assignment(7)))
        let worker = Task.immediate {
            withUnsafeCurrentTask { $0?.cancel() }
            return (await desk.next()?.lease.sequence, await desk.next()?.lease.sequence)
        }
        let (first, second) = await worker.value
        #expect(first == 7)
        #expect(second == nil)
    }

    @Test("clearing returns what was never taken up, once, and closes the desk")
    func clear() {
        #expect(desk.hand(assignment(7)))
        #expect(desk.clear()?.lease.sequence == 7)
        #expect(desk.clear() == nil)
        #expect(!desk.hand(assignment(8)))
    }

    @Test("in a race of a hand-over with a cancellation the message is in one place", arguments: 0..<300)
    func handAgainstCancel(_: Int) async {
        let desk = Desk(holder: .first)
        let worker = Task { () -> Int in
            var taken = 0
            while await desk.next() != nil { taken += 1 }
            return taken + (desk.clear() == nil ? 0 : 1)
        }
        async let handed = desk.hand(assignment())
        async let cancel: Void = worker.cancel()
        let (isHanded, _) = await (handed, cancel)
        #expect(await worker.value == (isHanded ? 1 : 0))
    }

    @Test("a worker and a dealer lose nothing over thousands of messages")
    func manyMessages() async {
        let (desk, credit, count) = (Desk(holder: .first), Bell(), UInt64(5000))
        let worker = Task {
            var sum: UInt64 = 0
            credit.ring()
            while let assignment = await desk.next() {
                sum += assignment.lease.sequence
                credit.ring()
            }
            return sum
        }
        for sequence in 1...count {
            try? await credit.wait()
            #expect(desk.hand(assignment(sequence)))
        }
        try? await credit.wait()
        worker.cancel()
        #expect(await worker.value == count * (count + 1) / 2)
    }
}
