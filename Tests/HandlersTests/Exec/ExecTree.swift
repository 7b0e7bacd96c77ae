import Glibc
import Launching
import Locking
import Logging
import NIOCore
import Supervision
import TestKit
import Testing

@testable import Flow
@testable import Handlers
@testable import Ledger
@testable import Pipeline
@testable import Tree

/// A whole tree that gives messages to processes, and a folder in which those leave notes.
final class ExecTree: Sendable {
    let application: Application
    let handler: ExecHandler
    let log = Watched<[(level: Logger.Level, text: String)]>([])
    private let source: GivenSource
    private let store = KeepingStore()
    private let folder = TemporaryFolder()
    private let life: Task<Supervisor.Ending, Never>

    /// Brings what it is given, at once.
    private final class GivenSource: Source {
        let name = "given"
        let location = "test"
        let isBrought = Watched(false)
        private let data: [String]

        init(_ data: [String]) { self.data = data }

        func run(_ intake: StreamIntake) async throws {
            _ = intake.opened()
            if !isBrought.value {
                try await intake.bring(data.map { Event(data: ByteBuffer(string: $0)) }, bytes: 0)
                isBrought.change { $0 = true }
            }
            try await Notify().wait()
        }
    }

    private final class KeepingStore: StateStore {
        let letters = Locked<[DeadLetter]>([])

        func checkpoints() async throws -> [Checkpoint] { [] }

        func commit(_ commit: StateCommit) async throws { letters.withLock { $0 += commit.deadLetters } }
    }

    /// - Parameters:
    ///   - command: sees the folder as `$NOTES`.
    ///   - workers: of one direct supervisor.
    init(
        _ data: [String], _ command: [String], workers: Int = 1, clock: any Clock<Duration> = ContinuousClock(),
        wrap: (ExecHandler) -> any Handler = { $0 }, settings change: (inout ApplicationSettings) -> Void = { _ in },
        options: (inout ExecOptions) -> Void = { _ in }
    ) throws {
        var exec = ExecOptions(
            LaunchSpecification(
                command: command, environment: ["PATH": "/usr/bin:/bin", "NOTES": folder.path], workingDirectory: "/"))
        options(&exec)
        var settings = ApplicationSettings()
        settings.scaling = ScalingPolicy(min: 1, max: 1, workersPerSupervisor: workers)
        settings.initialBackoff = .milliseconds(1)
        settings.maximumBackoff = .milliseconds(4)
        settings.storeInterval = .milliseconds(10)
        settings.maxAttempts = 1
        settings.breaker.isEnabled = false
        change(&settings)
        let lines = log
        let logger = Logger(label: "test") { _ in WatchedLog(lines: lines) }
        let runtime = SupervisionRuntime(clock: clock)
        handler = try ExecHandler(exec, runtime: runtime, wallTime: { _ in 0 }, logger: logger)
        source = GivenSource(data)
        let application = Application(
            settings: settings, sources: [source], handler: wrap(handler), store: store, runtime: runtime,
            wallClock: { 42 }, logger: logger)
        self.application = application
        life = Task { await application.run() }
    }

    convenience init(
        _ data: [String], shell script: String, workers: Int = 1,
        settings: (inout ApplicationSettings) -> Void = { _ in }, options: (inout ExecOptions) -> Void = { _ in }
    ) throws {
        try self.init(
            data, ["/bin/sh", "-c", script], workers: workers, settings: settings,
            options: {
                $0.waitsForReady = true
                options(&$0)
            })
    }

    var messages: LedgerSnapshot { application.status.messages }
    var deadLetters: [DeadLetter] { store.letters.withLock { $0 } }

    /// The lines of a note.
    func notes(_ name: String) -> [String] {
        (readText("\(folder.path)/\(name)") ?? "").split(separator: "\n").map(String.init)
    }

    /// Where a note lies.
    func path(_ name: String) -> String { "\(folder.path)/\(name)" }

    /// Waits until all is brought, lets it come to its end, and stops everything.
    func finish() async {
        await source.isBrought.wait { $0 }
        #expect(await application.drain(within: .seconds(60)) == 0)
        // An answer is in the books a moment before its worker is known to owe nothing; in between that would be ended at once.
        while application.directSupervisors.contains(where: { $0.workers.contains { $0.inHand > 0 } }) {
            await Task.yield()
        }
        await stop()
    }

    /// Stops everything as it is.
    func stop() async {
        application.stop()
        _ = await life.value
        #expect(messages.isBalanced && messages.brokenInvariants == 0)
        #expect(await handler.close(within: .seconds(10)))
    }
}

extension [String] {
    /// So many messages, of which those at some places hold the word "poison".
    static func messages(_ count: Int, poison: Int...) -> [String] {
        (0..<count).map { poison.contains($0) ? #"{"n":\#($0),"is":"poison"}"# : #"{"n":\#($0)}"# }
    }
}
