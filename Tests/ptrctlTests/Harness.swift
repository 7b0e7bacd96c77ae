import ControlAPI
import ControlServer
import Foundation
import Locking
import Logging

@testable import ptrctl

/// What one run of ptrctl printed, and how it ended.
struct Outcome: Sendable {
    let status: Int32
    let out: String
    let err: String
}

/// Runs ptrctl in this process, with an environment and a terminal of the test's choice. Time is skipped, not waited
/// for.
///
/// - Parameters:
///   - answers: what is typed when ptrctl asks; without them there is no terminal to ask on.
///   - readsLines: after how many lines whoever reads the output goes away.
///   - interruptions: the signals that come.
///   - columns: how wide the terminal is.
///   - writeError: the errno of each write to standard output.
func ptrctl(
    _ arguments: [String], environment: [String: String] = [:], isTerminal: Bool = false,
    timeout: Duration = .seconds(60), answers: [String]? = nil, readsLines: Int = .max,
    interruptions: AsyncStream<CInt>? = nil, columns: Int? = nil, writeError: CInt? = nil
) async -> Outcome {
    let out = Lines()
    let err = Lines()
    var console = Console(
        outBytes: { bytes in
            if let writeError { return writeError }
            guard out.count < readsLines else { return EPIPE }
            return out.append(bytes: bytes)
        },
        err: { err.append($0) }, isTerminal: isTerminal,
        environment: { environment[$0] ?? ["LANG": "C.UTF-8", "COLUMNS": "200"][$0] })
    if let columns { console.size = { ScreenSize(columns: columns, rows: 24) } }
    console.wallClock = .example
    console.clock = SkippingClock()
    if isTerminal || answers != nil { console.progress = { err.append(raw: $0) } }
    if let answers {
        let rest = Locked(answers)
        console.inputIsTerminal = true
        console.line = { rest.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
    }
    if let interruptions { console.interruptions = { interruptions } }
    let status = await Invocation(arguments: arguments, console: console, timeout: timeout).run()
    return Outcome(status: status.rawValue, out: out.text, err: err.text)
}

private final class Lines: Sendable {
    private let bytes = Locked<[UInt8]>([])

    /// All lines, without the newline after the last.
    var text: String {
        bytes.withLock { String(decoding: $0.last == 0x0A ? $0.dropLast() : $0[...], as: UTF8.self) }
    }

    var count: Int { bytes.withLock { $0.count { $0 == 0x0A } } }

    func append(_ line: String) {
        append(raw: line + "\n")
    }

    func append(raw text: String) {
        bytes.withLock { $0.append(contentsOf: text.utf8) }
    }

    func append(bytes more: UnsafeRawBufferPointer) -> CInt? {
        bytes.withLock { $0.append(contentsOf: more) }
        return nil
    }
}

/// A daemon that gives fixed answers, or fixed refusals.
struct FixedPlane: ControlPlane {
    var answer = Status.example()
    var refusal: ControlFailure?
    var isMute = false
    /// What comes of each injected crash in turn; of further ones, what `refusal` says.
    var injections = InjectionScript()
    /// One status after another; the last one stays. Without them it is `answer`.
    var script = Script<Status>()
    /// What those who follow events get, one list for each connection; it ends after each but the last.
    var lives = Script<[Event]>()
    /// What a tap brings; then it ends.
    var taps: [TapItem] = []
    var crashes: [Crash] = [.example()]
    var automatic: Int?
    var workerStates: [TreeNode.State] = [.busy, .idle]
    /// Whether the workers are processes.
    var areProcesses = false
    /// How many messages each that is busy has in hand.
    var inHand = 1
    var replayed = DeadLetterResponse(matched: 2, done: 2, refused: [], dryRun: false)
    /// How far a replay is that goes on, one answer after another; the last one stays.
    var replays = Script<DeadLetterResponse>()
    var position: String? = "9981"
    var positionBytes = 4
    var purged: Int = 3
    /// The tree that there is; what crashes cost is taken from its budgets.
    var theTree = Tree.example
    var letters = [DeadLetterSummary.example]
    var decided: [Decision]?
    var reloaded = ReloadResponse(changed: [], needsRestart: [])
    /// The commands that came, in words.
    let requests = Script<String>()

    func status() async -> Status {
        if isMute {
            // Ends when the server stops and cancels it.
            let (stream, _) = AsyncStream<Void>.makeStream()
            for await _ in stream {}
        }
        return script.next() ?? answer
    }

    func scale(_ request: ScaleRequest) async throws(ControlFailure) -> ScaleResponse {
        if let refusal { throw refusal }
        switch request {
        case .target(let target):
            return ScaleResponse(
                mode: .manual, target: target, previousTarget: 1, directSupervisors: 1, min: 1, max: 64,
                automatic: automatic, note: target == 7 ? "ptrd is paused" : nil)
        case .auto:
            return ScaleResponse(
                mode: .auto, target: 5, previousTarget: 5, directSupervisors: 5, min: 1, max: 64,
                automatic: automatic)
        }
    }

    func crash(_ request: CrashRequest) async throws(ControlFailure) -> CrashResponse {
        if let scripted = injections.next() { return try scripted.get() }
        if let refusal { throw refusal }
        let message = CrashMessage(
            sequence: 17, stream: "tweets-1", eventID: "9981", attempt: 2, maxAttempts: 3, fate: .dealtAgain)
        return CrashResponse(
            target: request.target, id: request.id ?? "\(request.target.rawValue).1", incarnationBefore: 3,
            incarnationAfter: 4, busy: true, sequence: 17, message: message, crash: 23, detectedInMicroseconds: 120,
            replacedInMicroseconds: 1_850)
    }
}

/// Answers that are given one after another.
final class InjectionScript: Sendable {
    private let answers: Locked<[Result<CrashResponse, ControlFailure>]>

    init(_ answers: [Result<CrashResponse, ControlFailure>] = []) {
        self.answers = Locked(answers)
    }

    func next() -> Result<CrashResponse, ControlFailure>? {
        answers.withLock { $0.isEmpty ? nil : $0.removeFirst() }
    }

    /// How many were not asked for.
    var left: Int { answers.withLock(\.count) }
}

extension Status {
    static func example(
        state: State = .running, degradedBecause: String? = nil, streams: [Stream]? = nil, problems: [Problem]? = nil,
        needsRestart: [String]? = nil, latency: Latency? = nil
    ) -> Status {
        Status(
            state: state, problems: problems, degradedBecause: degradedBecause, needsRestart: needsRestart,
            version: "1.2.3", pid: 4242, uptimeSeconds: 7_985.3,
            streams: streams ?? [
                Stream(
                    name: "tweets-1", url: "http://127.0.0.1:4000/tweets/1", state: .open, events: 12_345,
                    bytes: 1_258_291,
                    reconnects: 0, lastEventID: "9981"),
                Stream(
                    name: "slow", url: "https://example.org/slow", state: .waiting, events: 7, bytes: 900,
                    reconnects: 12,
                    error: "connection refused; next attempt in 8 s"),
            ],
            messages: Messages(
                received: 12_352, inFlight: 37, processed: 12_300, killed: 12, deadLettered: 3, retried: 21,
                ratePerSecond: 152.34, delayed: 2, lateOutcomes: 1, inFlightBytes: 5_120),
            workers: Workers(total: 40, busy: 37, restarts: 14, abandoned: 0), directSupervisors: 5,
            scaling: Scaling(
                mode: .auto, target: 5, min: 1, max: 64, reason: "withinTolerance: 37 in flight, 40 workers"),
            latency: latency ?? Latency(p50: 0.25, p75: 12.3, p90: 180, p95: 901, p99: 1_502, max: 12_345))
    }
}

/// A plane that is served on a real socket.
struct RunningDaemon: Sendable {
    let running: Task<Void, any Error>

    func stop() async throws {
        running.cancel()
        try await running.value
    }
}

/// Serves a plane on a real socket until it is stopped.
func startDaemon(_ plane: FixedPlane = FixedPlane(), at socket: String) async throws -> RunningDaemon {
    let server = ControlServer(
        listener: .path(socket), plane: plane,
        logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
        limits: ControlServerLimits(grace: .zero))
    let (listening, signal) = AsyncStream<Void>.makeStream()
    let running = Task {
        defer { signal.finish() }
        try await server.run { signal.yield() }
    }
    for await _ in listening { break }
    return RunningDaemon(running: running)
}

/// Serves a plane on a real socket while `body` works with it.
func withDaemon(
    _ plane: FixedPlane = FixedPlane(), _ body: @Sendable (_ socket: String) async throws -> Void
) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("ptr-\(UUID().uuidString.prefix(8))")
        .path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let socket = folder + "/ptrd.sock"
    let daemon = try await startDaemon(plane, at: socket)
    let result: Result<Void, any Error>
    do {
        result = .success(try await body(socket))
    } catch {
        result = .failure(error)
    }
    try await daemon.stop()
    try result.get()
}
