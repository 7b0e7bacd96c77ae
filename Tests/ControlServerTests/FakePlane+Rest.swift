import ControlAPI
import ControlServer

// Full documents: every key has a value, so that a description of the API can be held against them.
extension FakePlane {
    func tree() async -> Tree { Self.tree }
    func streams() async -> Streams { Streams(streams: Self.status.streams) }
    func configuration() async -> RunningConfiguration {
        RunningConfiguration(settings: [.init(key: "flow.max_in_flight", value: "4096", isDefault: true)])
    }
    func workers() async -> Workers { Workers(workers: [Self.worker]) }
    func top() async -> Top {
        Top(
            status: Self.status,
            supervisors: [
                SupervisorLoad(
                    id: "direct_supervisor.1", incarnation: 1, state: .running, workers: 8, busy: 3, restarts: 2,
                    handled: 40)
            ],
            slowest: [HeldBy(worker: "worker.1.1", message: Self.held)],
            history: History(
                intervalSeconds: 1, inFlight: [3, 4], ratePerSecond: [12.5, 0], directSupervisors: [1, 1]),
            workers: [Self.worker])
    }
    func events(_ request: EventsRequest) async -> Events {
        note(request)
        return Events(events: [Self.event], next: 8, missed: 2)
    }
    func decisions(_ request: DecisionsRequest) async -> Decisions {
        note(request)
        return Decisions(mode: .manual, target: 5, automatic: 2, decisions: [Self.decision])
    }
    func crashes(_ request: CrashesRequest) async -> Crashes {
        note(request)
        return Crashes(crashes: [Self.crash])
    }
    func crash(_ request: CrashDetailRequest) async throws(ControlFailure) -> Crash {
        guard request.id == Self.crash.id else { throw ControlFailure(.notFound, "there is no crash \(request.id)") }
        return Self.crash
    }
    func deadLetters(_ request: DeadLettersRequest) async throws(ControlFailure) -> DeadLetters {
        note(request)
        return DeadLetters(deadLetters: [Self.letter], next: 17, total: 40, totalBytes: 4000)
    }
    func deadLetter(_ request: DeadLetterRequest) async throws(ControlFailure) -> DeadLetterDetail {
        guard request.id == Self.letter.id else {
            throw ControlFailure(.notFound, "there is no dead letter \(request.id)")
        }
        return DeadLetterDetail(summary: Self.letter, data: "{}")
    }
    func progress(_ request: ReplayProgressRequest) async throws(ControlFailure) -> DeadLetterResponse {
        DeadLetterResponse(
            matched: 3, done: 2, refused: [DeadLetterResponse.Refusal(id: 17, reason: "its stream is gone")],
            dryRun: false, goesOn: request.id, error: "the disk is full")
    }
    func whole(_ request: WholeRequest) async throws(ControlFailure) -> Whole {
        note("whole of \(request.part.rawValue)")
        return Whole(
            asked: "a",
            nodes: [
                NodeAnswer(
                    node: "a", id: "1", version: "0.2.0", status: Self.status, streams: 1, openStreams: 1,
                    workers: [], isCut: true)
            ],
            silent: [SilentNode(node: "b", lastHeardSeconds: 1.5, holds: ["tweets-1"])], leftOut: 1,
            trouble: "nobody answers")
    }
    func checkSource(_ request: SourceCheckRequest) async throws(ControlFailure) -> SourceCheck {
        guard request.source == "events" else {
            throw ControlFailure(.notFound, "there is no source \"\(request.source)\"", hint: "the sources are events")
        }
        return SourceCheck(
            source: "events", outage: "nobody answers",
            faults: ["ack_wait is 5, and has to be 60: it is reported three times within it"],
            mends: ["nats consumer edit EVENTS work --wait 60s --force"],
            broker: BrokerShare(
                consumer: "EVENTS/work", pending: 1200, ackPending: 30, oldestSeconds: 4, held: 30, redelivered: 2))
    }

    func position(_ request: StreamPositionRequest) async throws(ControlFailure) -> StreamPosition {
        note("position of \(request.stream)")
        guard request.stream == "tweets-1" else {
            throw ControlFailure(.notFound, "there is no stream \"\(request.stream)\"")
        }
        return StreamPosition(stream: "tweets-1", position: "e16", bytes: 3)
    }
    func setPosition(_ request: SetStreamPositionRequest) async throws(ControlFailure) -> StreamPosition {
        note(request)
        return StreamPosition(
            stream: request.stream, position: request.position, bytes: request.position.utf8.count, previous: "e16")
    }
    func forgetPosition(_ request: ForgetStreamPositionRequest) async throws(ControlFailure) -> StreamPosition {
        note(request)
        return StreamPosition(
            stream: request.stream, position: nil, bytes: 0, previous: "e16", note: "it is not stored yet")
    }
    func handOver(_ request: HandOverStreamRequest) async throws(ControlFailure) -> HandOverResponse {
        note(request)
        return HandOverResponse(stream: request.stream)
    }
    func logLevel() async -> LogLevelResponse { LogLevelResponse(level: "info", previous: "info") }
    func metrics() async -> String { "# TYPE ptrd_up gauge\nptrd_up 1\n" }

    func pause(_ request: PauseRequest) async throws(ControlFailure) -> PauseResponse {
        note(request)
        if request.stream == "nobody" { throw ControlFailure(.notFound, "there is no stream \"nobody\"") }
        return PauseResponse(streams: ["tweets-1"], state: .paused, forSeconds: 60, note: "one was paused already")
    }
    func resume(_ request: ResumeRequest) async throws(ControlFailure) -> PauseResponse {
        note(request)
        return PauseResponse(streams: ["tweets-1"], state: .running)
    }
    func drain(_ request: DrainRequest) async throws(ControlFailure) -> DrainResponse {
        note(request)
        return DrainResponse(inFlight: 3, state: .draining)
    }
    func reload(_ request: ReloadRequest) async throws(ControlFailure) -> ReloadResponse {
        note(request)
        return ReloadResponse(
            changed: [ReloadResponse.Change(key: "scaling.max", before: "64", after: "32")],
            needsRestart: [ReloadResponse.Change(key: "control.socket", before: "/a", after: "/b")],
            output: "/var/log/ptrd/feed was opened anew")
    }
    func setLogLevel(_ request: LogLevelRequest) async throws(ControlFailure) -> LogLevelResponse {
        note(request)
        return LogLevelResponse(level: request.level, previous: "info")
    }
    func replay(_ request: ReplayRequest) async throws(ControlFailure) -> DeadLetterResponse {
        note(request)
        return DeadLetterResponse(
            matched: 3, done: 2, refused: [DeadLetterResponse.Refusal(id: 17, reason: "its stream is gone")],
            dryRun: request.dryRun)
    }
    func purge(_ request: PurgeRequest) async throws(ControlFailure) -> DeadLetterResponse {
        note(request)
        return DeadLetterResponse(matched: 3, done: 3, refused: [], dryRun: request.dryRun)
    }
}

extension FakePlane {
    static let held = HeldMessage(
        sequence: 17, stream: "tweets-1", eventID: "e17", attempt: 1, heldForMilliseconds: 12.5)
    static let budget = RestartBudget(restarts: 100, withinSeconds: 1, left: 98)
    static let tree = Tree(
        uptimeSeconds: 1.5,
        root: TreeNode(
            id: "application_supervisor", kind: .supervisor, state: .running, incarnation: 1, restarts: 0,
            strategy: "one_for_one", budget: budget,
            children: [
                TreeNode(
                    id: "worker.1.1", kind: .worker, state: .busy, incarnation: 3, restarts: 2, holds: held, inHand: 3,
                    pid: 4711, residentBytes: 9_400_320, cpuSeconds: 1.25, ageSeconds: 184.5,
                    note: "it was crashed once")
            ]))
    static let event = Event(
        id: 7, time: "2026-01-31T09:30:00.123456Z", kind: .crash, level: .warning, message: "worker.1.1 crashed",
        fields: ["child": "worker.1.1"])
    static let decision = Decision(
        time: "2026-01-31T09:30:00.123456Z", repeated: 4, from: 2, to: 1, raw: 1, reason: "heldByWindow", mean: 3.5,
        inFlight: 3, heldForSeconds: 12.5, text: "stays at 2", by: "uid 1000, pid 42")
    static let crash = Crash(
        id: 3, time: "2026-01-31T09:30:00.123456Z", child: "worker.1.1", supervisor: "direct_supervisor.1",
        incarnation: 3, reason: "it threw", cause: .message, charged: false, action: .restarted, replacement: 4,
        replacedInMicroseconds: 85, budget: budget,
        message: CrashMessage(
            sequence: 17, stream: "tweets-1", eventID: "e17", attempt: 1, maxAttempts: 3, fate: .retried),
        pid: 4711, exitStatus: 3, signal: "SEGV", dumpedCore: true, stderr: ["bad address"])
    static let worker = Worker(
        id: "worker.1.1", supervisor: "direct_supervisor.1", state: .busy, incarnation: 3, restarts: 2, handled: 40,
        holds: held, inHand: 3, pid: 4711, residentBytes: 9_400_320, cpuSeconds: 1.25, ageSeconds: 184.5)
    static let letter = DeadLetterSummary(
        id: 17, stream: "tweets-1", eventID: "e17", type: "message", time: "2026-01-31T09:30:00.123456Z",
        reason: "it threw", attempts: 3, worker: "worker.1.1", incarnation: 3, sequence: 17, bytes: 2, preview: "{}",
        identity: "00112233445566778899aabbccddeeff")
    static let record = TapRecord(
        time: "2026-01-31T09:30:00.123456Z", stage: .done, sequence: 17, stream: "tweets-1", eventID: "e17",
        type: "message", attempt: 1, worker: "worker.1.1", reason: "it threw", milliseconds: 12.5, data: "a\nb",
        bytes: 3)
}
