import Locking
import Supervision
import TestKit
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("The alarm")
struct AlarmTests {
    private let clock = ManualClock()
    private let notify = Notify()

    private func makeAlarm() -> Alarm { Alarm(notify, runtime: SupervisionRuntime(clock: clock)) }

    /// Waits until exactly one alarm is set, this far ahead.
    private func isSet(_ ahead: Duration) async { await clock.sleepers { $0 == [ahead] } }

    @Test("it rings at its time")
    func rings() async throws {
        let alarm = makeAlarm()
        alarm.set(.seconds(5))
        await isSet(.seconds(5))
        clock.advance(by: .seconds(5))
        try await notify.wait()
        withExtendedLifetime(alarm) {}
    }

    @Test("it rings at once for a time that has passed")
    func past() async throws {
        clock.advance(by: .seconds(10))
        let alarm = makeAlarm()
        alarm.set(.zero)
        try await notify.wait()
        withExtendedLifetime(alarm) {}
    }

    @Test("set for an earlier time, it rings then")
    func earlier() async throws {
        let alarm = makeAlarm()
        alarm.set(.seconds(10))
        await isSet(.seconds(10))
        alarm.set(.seconds(3))
        await isSet(.seconds(3))
        clock.advance(by: .seconds(3))
        try await notify.wait()
    }

    @Test("set for a later time, it still rings at the earlier one, and then may be set again")
    func later() async throws {
        let alarm = makeAlarm()
        alarm.set(.seconds(3))
        await isSet(.seconds(3))
        alarm.set(.seconds(10))
        clock.advance(by: .seconds(3))
        try await notify.wait()
        alarm.set(.seconds(10))
        await isSet(.seconds(7))
        clock.advance(by: .seconds(7))
        try await notify.wait()
    }

    @Test("it goes with its owner")
    func ends() async {
        var alarm: Alarm? = makeAlarm()
        alarm?.set(.seconds(3))
        await isSet(.seconds(3))
        alarm = nil
        await clock.sleepers { $0.isEmpty }
    }
}
