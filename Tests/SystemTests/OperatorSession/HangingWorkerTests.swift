import ControlServer
import Locking
import Logging
import NIOCore
import Pipeline
import Supervision
import Testing

@Suite("A worker that hangs", .timeLimit(.minutes(3)))
struct HangingWorkerTests {
    /// Brings a message and then waits.
    private struct OneMessage: Source {
        let name = "one"
        let location = "test"

        func run(_ intake: StreamIntake) async throws {
            try await intake.bring([Event(data: ByteBuffer(string: "message"))], bytes: 0)
            try await Task.sleep(for: .seconds(3600))
        }
    }

    private struct NoStore: StateStore {
        func checkpoints() async throws -> [Checkpoint] { [] }
        func commit(_ commit: StateCommit) async throws {}
    }

    @Test(
        "is in the first line of ptrctl check, which ends with 1, and in the status, of a daemon with a handler of its own"
    )
    func shown() async throws {
        let scene = try Scene()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        var settings = ApplicationSettings()
        settings.workerTimeout = .milliseconds(50)
        let hasHung = Locked(false)
        let handler = FunctionHandler { _, _ in
            let hangs = hasHung.withLock { hasHung in
                defer { hasHung = true }
                return !hasHung
            }
            // It does not hear that its task is cancelled.
            if hangs { await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in } }
            return .done
        }
        let application = Application(
            settings: settings, sources: [OneMessage()], handler: handler, store: NoStore(),
            runtime: SupervisionRuntime(abandonmentLimit: 2), wallClock: { 0 }, logger: logger)
        let server = ControlServer(
            listener: .path(scene.socket), plane: ApplicationControl(application, allowsCrashes: false), logger: logger)
        let (listening, isListening) = AsyncStream<Void>.makeStream()
        let serving = Task { try await server.run { isListening.finish() } }
        for await _ in listening {}
        let life = Task { await application.run() }
        try await ProblemTests.expectShown(
            .init(kind: .workersHang, subject: "workers", says: "hangs and was replaced"), in: scene)
        application.stop()
        _ = await life.value
        serving.cancel()
        try await serving.value
    }
}
