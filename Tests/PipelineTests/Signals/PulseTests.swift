import Locking
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("The pulse of a loop")
struct PulseTests {
    @Test("whoever asks wakes the loop, and is answered by its next turn")
    func answered() async throws {
        let notify = Notify()
        let pulse = Pulse(notify)
        let waiter = Task.immediate { await pulse.next() }
        try await notify.wait()
        pulse.beat()
        await waiter.value
    }

    @Test("a turn before the question is no answer to it")
    func turnBefore() async throws {
        let notify = Notify()
        let pulse = Pulse(notify)
        pulse.beat()
        let waiter = Task.immediate { await pulse.next() }
        try await notify.wait()
        pulse.beat()
        await waiter.value
    }

    @Test("one turn answers all who have asked")
    func several() async {
        let pulse = Pulse(Notify())
        let waiters = (0..<10).map { _ in Task.immediate { await pulse.next() } }
        pulse.beat()
        for waiter in waiters { await waiter.value }
    }

    @Test("after its end nobody is left waiting")
    func ended() async {
        let pulse = Pulse(Notify())
        let waiter = Task.immediate { await pulse.next() }
        pulse.end()
        await waiter.value
        await pulse.next()
    }
}
