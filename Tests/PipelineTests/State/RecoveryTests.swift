import Locking
import NIOCore
import Supervision
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("From one life to the next")
struct RecoveryTests {
    private let store = MemoryStore()

    private func application(_ source: FeedSource, log: LogLines = LogLines()) -> Application {
        Application(
            settings: .quick, sources: [source], handler: DirectedHandler(), store: store, wallClock: { 42 },
            logger: log.logger)
    }

    private func store(_ id: String, location: String?) async throws {
        let checkpoint = Checkpoint(stream: "a", lastEventID: ByteBuffer(string: id), location: location)
        try await store.commit(StateCommit(checkpoints: [checkpoint]))
    }

    private func resumeID(of application: Application) -> String {
        application.ledger.withLock { String(buffer: $0.streams[0].lastAdmittedID) }
    }

    @Test("a stream goes on after its checkpoint, also after one that does not say where it is from")
    func resumes() async throws {
        for location in ["test", nil] {
            try await store("17", location: location)
            let (application, log) = (application(FeedSource("a", count: 0)), LogLines())
            try await application.recover()
            #expect(resumeID(of: application) == "17" && log.all.isEmpty)
        }
    }

    @Test("the checkpoint of another address is passed over, and that is said; the stream's own takes its place")
    func otherLocation() async throws {
        try await store("17", location: "http://elsewhere/?key=…")
        let log = LogLines()
        let application = application(FeedSource("a", count: 3), log: log)
        try await application.recover()
        #expect(resumeID(of: application) == "")
        #expect(
            log.count(containing: "warning: stream a comes from test now, its position from http://elsewhere/") == 1)
        let life = Task { await application.run() }
        await store.reaches { $0.checkpoint(of: "a") == "3" }
        #expect(store.contents.checkpoints["a"]?.location == "test")
        application.stop()
        _ = await life.value
    }

    @Test("a crash of state_writer in the middle of a write neither loses nor doubles a dead letter")
    func crashOfStateWriter() async throws {
        let gate = Gate()
        store.hold(at: gate)
        let source = FeedSource("a", count: 20)
        let handler = DirectedHandler { data, _ in data.hasSuffix("5") ? .failed("no") : .done }
        var settings = ApplicationSettings.quick
        settings.maxAttempts = 1
        let log = LogLines()
        let application = Application(
            settings: settings, sources: [source], handler: handler, store: store, wallClock: { 42 },
            logger: log.logger)
        let life = Task { await application.run() }
        await gate.arrivals(1)
        let crash = Task {
            try await application.supervisor.exit(.stateWriter, incarnation: nil, with: InjectedCrash())
        }
        gate.open()
        _ = try await crash.value
        #expect(await application.drain(within: .seconds(60)) == 0)
        application.stop()
        _ = await life.value
        #expect(store.contents.mostAtOnce == 1)
        #expect(store.contents.letters.values.map { String(buffer: $0.data) }.sorted() == ["a:15", "a:5"])
        #expect(store.contents.checkpoint(of: "a") == "20")
    }
}
