import Locking
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("Since when a stream is in its state")
struct KeptTimesTests {
    private func stream(since: Duration, isOpen: Bool = false, next: Duration? = nil) -> StreamStatus {
        var status = StreamStatus(name: "a", location: "test")
        status.since = since
        status.state = isOpen ? .open : .waiting
        status.nextAttemptAt = next
        return status.shown(isHeld: false, until: nil)
    }

    @Test("is the same time in every answer, also when the wall clock is set, until the state is another")
    func stable() {
        let clock = Locked<Int64>(1_000_000_000)
        let times = KeptTimes<StreamInState> { clock.withLock { $0 } }
        #expect(times.shown([stream(since: .seconds(60))], at: .seconds(70)).map(\.sinceTime) == [990_000_000])
        clock.withLock { $0 = 5 }
        #expect(times.shown([stream(since: .seconds(60))], at: .seconds(75)).map(\.sinceTime) == [990_000_000])
        #expect(times.shown([stream(since: .seconds(74))], at: .seconds(75)).map(\.sinceTime) == [-999_995])
    }

    @Test("of one that is gone is forgotten")
    func gone() {
        let clock = Locked<Int64>(1_000_000_000)
        let times = KeptTimes<StreamInState> { clock.withLock { $0 } }
        _ = times.shown([stream(since: .seconds(60))], at: .seconds(60))
        #expect(times.shown([], at: .seconds(61)).isEmpty)
        clock.withLock { $0 = 2_000_000_000 }
        #expect(times.shown([stream(since: .seconds(60))], at: .seconds(60)).map(\.sinceTime) == [2_000_000_000])
    }

    @Test("goes with how long it has been down and when it is tried again; an open one has neither")
    func down() {
        let times = KeptTimes<StreamInState> { 0 }
        let down = times.shown([stream(since: .seconds(60), next: .seconds(82))], at: .seconds(70))
        #expect(down.map(\.downFor) == [.seconds(10)] && down.map(\.nextAttemptIn) == [.seconds(12)])
        // A timer that is late is due now.
        let late = times.shown([stream(since: .seconds(60), next: .seconds(69))], at: .seconds(70))
        #expect(late.map(\.nextAttemptIn) == [.zero])
        let open = times.shown([stream(since: .seconds(60), isOpen: true, next: .seconds(82))], at: .seconds(70))
        #expect(open.map(\.downFor) == [nil] && open.map(\.nextAttemptIn) == [nil])
    }

    @Test(
        "one that was open or finished and begins anew is down from then on, and one that was down stays so since then")
    func renewed() {
        func shown(_ change: (inout StreamStatus) -> Void) -> StreamStatus {
            var status = StreamStatus(name: "a", location: "test")
            status.connecting(at: .seconds(1))
            status.waiting(for: .seconds(2), because: "down", at: .seconds(2))
            change(&status)
            status.renew(at: .seconds(100))
            #expect(status.state == .connecting && status.error == nil)
            return status.shown(isHeld: false, until: nil).shown(at: .seconds(103), since: 0)
        }
        let open = shown { $0.opened(at: .seconds(5)) }
        #expect((open.downFor, open.overdueFor) == (.seconds(3), .seconds(3)))
        let finished = shown { status in
            status.opened(at: .seconds(5))
            status.finished(at: .seconds(60))
        }
        #expect((finished.downFor, finished.overdueFor) == (.seconds(3), .seconds(3)))
        let down = shown { _ in }
        #expect((down.downFor, down.overdueFor, down.attempts) == (.seconds(102), .seconds(102), 1))
        let failed = shown { $0.failed(because: "204", at: .seconds(7)) }
        #expect((failed.downFor, failed.overdueFor) == (.seconds(102), .seconds(102)))
    }

    @Test("a pause does not make it open: it is paused, and down besides")
    func paused() {
        var status = StreamStatus(name: "a", location: "test")
        status.state = .waiting
        let shown = KeptTimes<StreamInState> { 0 }.shown([status.shown(isHeld: true, until: .resumed)], at: .seconds(7))
        #expect(shown.map(\.state) == [.paused] && shown.map(\.downFor) == [.seconds(7)])
    }
}
