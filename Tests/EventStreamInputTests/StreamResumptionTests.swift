import Locking
import Logging
import Supervision
import TestKit
import Testing

@testable import EventStreamInput
@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("Where a stream over HTTP goes on", .timeLimit(.minutes(1)))
struct StreamResumptionTests {
    private let ledger: LedgerStore
    private let intake: Intake
    private let stream = StreamName(name: "a", index: 0)

    init() {
        ledger = LedgerStore(
            Ledger(
                limits: LedgerLimits(inFlight: 10, inFlightBytes: 1000, span: 4000, eventBytes: 100), streams: [stream])
        )
        intake = Intake(streams: [StreamStatus(name: "a", location: "test:a")], ledger: ledger, flowNotify: Notify())
    }

    @Test("a receiver that is not heard any more asks no server where to go on: it ends")
    func unheard() async throws {
        intake.begin(7, of: 0)
        for (incarnation, isHeard) in [(7, true), (6, false)] as [(UInt64, Bool)] {
            let resumption = StreamResumption(
                of: "a",
                StreamIntake(
                    stream: stream, incarnation: incarnation, intake: intake, ledger: ledger,
                    runtime: SupervisionRuntime()),
                logger: Logger(label: "test"))
            let asked = Task {
                _ = await resumption.lastEventIDs()
                return Task.isCancelled
            }
            while isHeard, intake.isEmpty { try await nextTurn() }
            let admitted = intake.withLock { intake, ledger in intake.queue.admit(into: &ledger, at: .zero) }
            for waiter in admitted.waiters { waiter.resume(returning: true) }
            #expect(await asked.value == !isHeard)
        }
    }
}
