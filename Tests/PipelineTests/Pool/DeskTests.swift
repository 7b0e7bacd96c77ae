import Synchronization
import Testing

@testable import Pipeline

@Suite("A worker's desk")
struct DeskTests {
    private let desk = Desk()

    private struct Broken: Error {}

    private func hand(_ sequence: UInt64 = 1) -> Hand { .to(.first, sequence: sequence) }

    @Test("what was handed over before is taken up at once")
    func handFirst() async {
        #expect(desk.hand(hand(7)))
        #expect(await desk.next().sequence == 7)
    }

    @Test("whoever waits is handed the hand")
    func nextFirst() async {
        let worker = Task.immediate { await desk.next().sequence }
        #expect(desk.hand(hand(7)))
        #expect(await worker.value == 7)
    }

    @Test("hands come in their order, several of which may lie there")
    func inTurn() async {
        for sequence: UInt64 in 1...5 { #expect(desk.hand(hand(sequence))) }
        for sequence: UInt64 in 1...5 { #expect(await desk.next().sequence == sequence) }
    }

    @Test("cancellation ends the wait, and the desk takes no more")
    func cancelWhileWaiting() async {
        let worker = Task.immediate { await desk.next().isStop }
        worker.cancel()
        #expect(await worker.value)
        #expect(!desk.hand(hand()))
    }

    @Test("a task that is cancelled before it waits gets nothing, not even what lies there, and closes the desk")
    func cancelBefore() async {
        #expect(desk.hand(hand(7)))
        let worker = Task.immediate {
            withUnsafeCurrentTask { $0?.cancel() }
            return await desk.next().isStop
        }
        #expect(await worker.value)
        #expect(!desk.hand(hand()))
    }

    @Test("a body that ends wakes the worker, before what lies there, and the desk takes no more until it is cleared")
    func end() async {
        let worker = Task.immediate { await desk.next().isEnd }
        desk.end(Broken(), of: desk.life)
        #expect(await worker.value)
        #expect(!desk.hand(hand()))
        #expect(await desk.next().isEnd)
        desk.clear()
        #expect(desk.hand(hand(3)))
        #expect(await desk.next().sequence == 3)
    }

    @Test("a body that the desk is no longer for ends nothing")
    func formerBody() async {
        let former = desk.life
        desk.clear()
        desk.end(Broken(), of: former)
        #expect(desk.hand(hand(3)))
        #expect(await desk.next().sequence == 3)
    }

    @Test("what lies there when the desk is cleared or closed is not taken up")
    func leftOver() async {
        #expect(desk.hand(hand(1)))
        desk.clear()
        #expect(desk.hand(hand(2)))
        #expect(await desk.next().sequence == 2)
        #expect(desk.hand(hand(3)))
        desk.close()
        #expect(await desk.next().isStop)
        desk.end(Broken(), of: desk.life)
        #expect(await desk.next().isStop)
    }

    @Test("in a race of a hand-over with a cancellation nothing is taken up that was refused", arguments: 0..<300)
    func handAgainstCancel(_: Int) async {
        let desk = Desk()
        let worker = Task { () -> Int in
            var taken = 0
            while await desk.next().sequence != nil { taken += 1 }
            return taken
        }
        async let handed = desk.hand(hand())
        async let cancel: Void = worker.cancel()
        let (isHanded, _) = await (handed, cancel)
        #expect(await worker.value <= (isHanded ? 1 : 0))
        #expect(!desk.hand(hand()))
    }

    @Test("a worker and a dealer lose nothing over thousands of hands")
    func manyHands() async {
        let (desk, credit, count) = (Desk(), Bell(), UInt64(5000))
        let worker = Task {
            var sum: UInt64 = 0
            credit.ring()
            while let sequence = await desk.next().sequence {
                sum += sequence
                credit.ring()
            }
            return sum
        }
        for sequence in 1...count {
            try? await credit.wait()
            #expect(desk.hand(hand(sequence)))
        }
        try? await credit.wait()
        worker.cancel()
        #expect(await worker.value == count * (count + 1) / 2)
    }
}

extension Desk.Turn {
    fileprivate var sequence: UInt64? {
        if case .hand(let hand) = self { hand.entries[0].message.sequence } else { nil }
    }
    fileprivate var isStop: Bool { if case .stop = self { true } else { false } }
    fileprivate var isEnd: Bool { if case .ended = self { true } else { false } }
}
