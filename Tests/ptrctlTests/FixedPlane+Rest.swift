import ControlAPI
import ControlServer

extension FixedPlane {
    func tree() async -> Tree { theTree }
    func streams() async -> Streams { Streams(streams: await status().streams) }

    func configuration() async -> RunningConfiguration {
        RunningConfiguration(settings: [.init(key: "flow.max_in_flight", value: "4096", isDefault: true)])
    }

    func workers() async -> Workers {
        Workers(
            workers: workerStates.enumerated().map { index, state in
                Worker(
                    id: "worker.1.\(index + 1)", supervisor: "direct_supervisor.1", state: state,
                    incarnation: UInt64(14 + index), restarts: index, handled: 1_200,
                    holds: state == .busy ? .example : nil, inHand: state == .busy ? inHand : 0,
                    pid: areProcesses && state != .backingOff ? 4711 + index : nil,
                    residentBytes: areProcesses && state != .backingOff ? 9_400_320 << index : nil,
                    cpuSeconds: areProcesses && state != .backingOff ? 1.25 * Double(index + 1) : nil,
                    ageSeconds: state == .backingOff ? nil : 184.5)
            })
    }

    func top() async -> Top { .example(await status(), workers: areProcesses ? await workers().workers : nil) }

    func events(_ request: EventsRequest) async -> Events {
        let all = [Event.example(id: 7), .example(id: 8, kind: .scale, level: .info, message: "scaled from 1 to 2")]
        let chosen = all.filter { request.kinds.isEmpty || request.kinds.contains($0.kind) }
        return Events(events: chosen.suffix(request.limit ?? 100), next: 9, missed: 0)
    }

    func follow(_ subscription: EventsSubscription) async -> AsyncStream<Event> {
        requests.note("follow after \(subscription.after ?? 0)")
        let isLast = lives.isAtLast
        let events = lives.next() ?? []
        return AsyncStream { continuation in
            for event in events { continuation.yield(event) }
            if !isLast { continuation.finish() }
        }
    }

    func decisions(_ request: DecisionsRequest) async -> Decisions {
        Decisions(
            mode: automatic == nil ? .auto : .manual, target: 5, automatic: automatic,
            decisions: (decided ?? [
                Decision(
                    time: "2026-01-31T09:30:00.123456Z", repeated: 1, from: 1, to: 2, raw: 2, reason: "scaledUp",
                    mean: 9.25,
                    inFlight: 12, text: "grows: 9.25 in flight need 2"),
                Decision(
                    time: "2026-01-31T09:31:00.000000Z", repeated: 240, from: 2, to: 2, raw: 1, reason: "heldByWindow",
                    mean: 3, inFlight: 2, heldForSeconds: 12.5, text: "held by the window for 12.5 s"),
            ])
            .suffix(request.limit ?? 20))
    }

    func crashes(_ request: CrashesRequest) async -> Crashes { Crashes(crashes: crashes.suffix(request.limit ?? 20)) }

    func crash(_ request: CrashDetailRequest) async throws(ControlFailure) -> Crash {
        guard let crash = crashes.first(where: { $0.id == request.id }) else {
            throw ControlFailure(.notFound, "there is no crash \(request.id)")
        }
        return crash
    }

    func tap(_ subscription: TapSubscription) async -> AsyncStream<TapItem> {
        requests.note("tap \(subscription.stage.rawValue) \(subscription.text ?? "")")
        return AsyncStream { continuation in
            for item in taps { continuation.yield(item) }
            continuation.finish()
        }
    }

    func deadLetters(_ request: DeadLettersRequest) async throws(ControlFailure) -> DeadLetters {
        if let refusal { throw refusal }
        requests.note("dead letters \(request.stream ?? "-") \(request.text ?? "-") \(request.after ?? 0)")
        return DeadLetters(deadLetters: letters, next: letters.isEmpty ? nil : 12, total: 1_234, totalBytes: 2_048)
    }

    func deadLetter(_ request: DeadLetterRequest) async throws(ControlFailure) -> DeadLetterDetail {
        guard request.id == DeadLetterSummary.example.id else {
            throw ControlFailure(.notFound, "there is no dead letter \(request.id)")
        }
        return DeadLetterDetail(summary: .example, data: "{\"text\":\n\"\u{1B}[2J\"}")
    }

    func progress(_ request: ReplayProgressRequest) async throws(ControlFailure) -> DeadLetterResponse {
        requests.note("progress of \(request.id)")
        guard let answer = replays.next() else { throw ControlFailure(.notFound, "there is no replay \(request.id)") }
        return answer
    }

    func whole(_ request: WholeRequest) async throws(ControlFailure) -> Whole {
        requests.note("whole of \(request.part.rawValue)")
        if let refusal { throw refusal }
        return .example
    }

    func checkSource(_ request: SourceCheckRequest) async throws(ControlFailure) -> SourceCheck {
        guard request.source == "events" else {
            throw ControlFailure(.notFound, "there is no source \"\(request.source)\"", hint: "the sources are events")
        }
        return SourceCheck(
            source: "events", faults: ["ack_wait is 5, and has to be 60: it is reported three times within it"],
            mends: ["nats consumer edit EVENTS work --wait 60s --force"],
            broker: BrokerShare(
                consumer: "EVENTS/work", pending: 1200, ackPending: 30, oldestSeconds: 4, held: 30, redelivered: 2))
    }

    func position(_ request: StreamPositionRequest) async throws(ControlFailure) -> StreamPosition {
        if let refusal { throw refusal }
        return StreamPosition(
            stream: request.stream, position: position, bytes: position == nil ? 0 : positionBytes)
    }

    func setPosition(_ request: SetStreamPositionRequest) async throws(ControlFailure) -> StreamPosition {
        if let refusal { throw refusal }
        requests.note("\(request)")
        return StreamPosition(
            stream: request.stream, position: request.position, bytes: request.position.utf8.count, previous: position)
    }

    func forgetPosition(_ request: ForgetStreamPositionRequest) async throws(ControlFailure) -> StreamPosition {
        if let refusal { throw refusal }
        requests.note("\(request)")
        return StreamPosition(stream: request.stream, position: nil, bytes: 0, previous: position)
    }

    func handOver(_ request: HandOverStreamRequest) async throws(ControlFailure) -> HandOverResponse {
        if let refusal { throw refusal }
        requests.note("\(request)")
        return HandOverResponse(stream: request.stream)
    }

    func logLevel() async -> LogLevelResponse { LogLevelResponse(level: "info", previous: "info") }
    func metrics() async -> String { "" }

    func pause(_ request: PauseRequest) async throws(ControlFailure) -> PauseResponse {
        if let refusal { throw refusal }
        return PauseResponse(
            streams: request.stream.map { [$0] } ?? ["tweets-1", "slow"], state: .paused,
            forSeconds: request.forSeconds,
            note: request.stream == nil ? "37 messages are worked on still" : nil)
    }

    func resume(_ request: ResumeRequest) async throws(ControlFailure) -> PauseResponse {
        if let refusal { throw refusal }
        return PauseResponse(streams: request.stream.map { [$0] } ?? [], state: .running)
    }

    func drain(_ request: DrainRequest) async throws(ControlFailure) -> DrainResponse {
        if let refusal { throw refusal }
        requests.note("drain")
        return DrainResponse(inFlight: 37, state: .paused)
    }

    func reload(_ request: ReloadRequest) async throws(ControlFailure) -> ReloadResponse {
        if let refusal { throw refusal }
        return reloaded
    }

    func setLogLevel(_ request: LogLevelRequest) async throws(ControlFailure) -> LogLevelResponse {
        if let refusal { throw refusal }
        return LogLevelResponse(level: request.level, previous: "info")
    }

    func replay(_ request: ReplayRequest) async throws(ControlFailure) -> DeadLetterResponse {
        if let refusal { throw refusal }
        requests.note("replay \(request.selection.ids ?? []) all=\(request.selection.all) dry=\(request.dryRun)")
        return replayed
    }

    func purge(_ request: PurgeRequest) async throws(ControlFailure) -> DeadLetterResponse {
        if let refusal { throw refusal }
        requests.note("purge \(request.selection.ids ?? []) all=\(request.selection.all) dry=\(request.dryRun)")
        return DeadLetterResponse(
            matched: purged, done: request.dryRun ? 0 : purged, refused: [], dryRun: request.dryRun)
    }

    func note(_ audit: AuditRecord) async {}
}
