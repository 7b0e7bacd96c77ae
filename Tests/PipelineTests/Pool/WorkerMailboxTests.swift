import Locking
import Synchronization
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("A worker's mailbox")
struct WorkerMailboxTests {
    private let mailbox = WorkerMailbox()

    private struct Broken: Error {}

    private func hand(_ sequence: UInt64 = 1) -> Hand { .to(.first, sequence: sequence) }

    @Test("what was handed over before is taken up at once")
    func handFirst() async {
        #expect(mailbox.hand(hand(7)))
        #expect(await mailbox.next().sequence == 7)
    }

    @Test("whoever waits is handed the hand")
    func nextFirst() async {
        let worker = Task.immediate { await mailbox.next().sequence }
        #expect(mailbox.hand(hand(7)))
        #expect(await worker.value == 7)
    }

    @Test("hands come in their order, several of which may lie there")
    func inTurn() async {
        for sequence: UInt64 in 1...5 { #expect(mailbox.hand(hand(sequence))) }
        for sequence: UInt64 in 1...5 { #expect(await mailbox.next().sequence == sequence) }
    }

    @Test("cancellation ends the wait, and the mailbox takes no more")
    func cancelWhileWaiting() async {
        let worker = Task.immediate { await mailbox.next().isStop }
        worker.cancel()
        #expect(await worker.value)
        #expect(!mailbox.hand(hand()))
    }

    @Test("a task that is cancelled before it waits gets nothing, not even what lies there, and closes the mailbox")
    func cancelBefore() async {
        #expect(mailbox.hand(hand(7)))
        let worker = Task.immediate {
            withUnsafeCurrentTask { $0?.cancel() }
            return await mailbox.next().isStop
        }
        #expect(await worker.value)
        #expect(!mailbox.hand(hand()))
    }

    @Test(
        "a body that ends wakes the worker, before what lies there, and the mailbox takes no more until it is cleared")
    func end() async {
        let worker = Task.immediate { await mailbox.next().isEnd }
        mailbox.end(Broken(), of: mailbox.life)
        #expect(await worker.value)
        #expect(!mailbox.hand(hand()))
        #expect(await mailbox.next().isEnd)
        mailbox.clear()
        #expect(mailbox.hand(hand(3)))
        #expect(await mailbox.next().sequence == 3)
    }

    @Test("a body that the mailbox is no longer for ends nothing")
    func formerBody() async {
        let former = mailbox.life
        mailbox.clear()
        mailbox.end(Broken(), of: former)
        #expect(mailbox.hand(hand(3)))
        #expect(await mailbox.next().sequence == 3)
    }

    @Test("what lies there when the mailbox is cleared or closed is not taken up")
    func leftOver() async {
        #expect(mailbox.hand(hand(1)))
        mailbox.clear()
        #expect(mailbox.hand(hand(2)))
        #expect(await mailbox.next().sequence == 2)
        #expect(mailbox.hand(hand(3)))
        mailbox.close()
        #expect(await mailbox.next().isStop)
        mailbox.end(Broken(), of: mailbox.life)
        #expect(await mailbox.next().isStop)
    }

    @Test("in a race of a hand-over with a cancellation nothing is taken up that was refused", arguments: 0..<300)
    func handAgainstCancel(_: Int) async {
        let mailbox = WorkerMailbox()
        let worker = Task { () -> Int in
            var taken = 0
            while await mailbox.next().sequence != nil { taken += 1 }
            return taken
        }
        async let handed = mailbox.hand(hand())
        async let cancel: Void = worker.cancel()
        let (isHanded, _) = await (handed, cancel)
        #expect(await worker.value <= (isHanded ? 1 : 0))
        #expect(!mailbox.hand(hand()))
    }

    @Test("a worker and a dealer lose nothing over thousands of hands")
    func manyHands() async {
        let (mailbox, credit, count) = (WorkerMailbox(), Notify(), UInt64(5000))
        let worker = Task {
            var sum: UInt64 = 0
            credit.notify()
            while let sequence = await mailbox.next().sequence {
                sum += sequence
                credit.notify()
            }
            return sum
        }
        for sequence in 1...count {
            try? await credit.wait()
            #expect(mailbox.hand(hand(sequence)))
        }
        try? await credit.wait()
        worker.cancel()
        #expect(await worker.value == count * (count + 1) / 2)
    }
}

extension WorkerMailbox.Turn {
    fileprivate var sequence: UInt64? {
        if case .hand(let hand) = self { hand.entries[0].message.sequence } else { nil }
    }
    fileprivate var isStop: Bool { if case .stop = self { true } else { false } }
    fileprivate var isEnd: Bool { if case .ended = self { true } else { false } }
}
