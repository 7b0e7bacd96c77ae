public import ControlAPI
import Logging
import Pipeline
import ProgramKit

// What an operator changes in the living tree.
extension ApplicationControl {
    /// It answers before the tree has followed.
    ///
    /// - Throws: ``ErrorCode/precondition`` for a number outside of `[scaling]`.
    public func scale(_ request: ScaleRequest) async throws(ControlFailure) -> ScaleResponse {
        let before = application.status.scaling
        let size: Int? = if case .target(let size) = request { size } else { nil }
        _ = try await attempt { try application.scale(to: size, by: Caller.current?.words) }.get()
        let status = application.status
        return ScaleResponse(
            mode: status.scaling.pinned == nil ? .auto : .manual, target: status.scaling.target,
            previousTarget: before.target, directSupervisors: status.directSupervisors, min: status.scaling.min,
            max: status.scaling.max, automatic: application.foldedDecisions.last?.decision.unpinned)
    }

    /// It waits for the replacement, for some seconds; not after a signal that ends nothing.
    ///
    /// - Throws: ``ErrorCode/precondition`` where crashes are not allowed, or a signal is for what is no process,
    ///   ``ErrorCode/badRequest`` for a signal that is none, ``ErrorCode/notFound`` for a part that is not there, ``ErrorCode/unavailable`` for one that does not run at the moment.
    public func crash(_ request: CrashRequest) async throws(ControlFailure) -> CrashResponse {
        guard host.allowsCrashes else {
            throw ControlFailure(
                .precondition, "crashes are not allowed here",
                hint: "set fault_injection = true in [control] and reload")
        }
        let signal = try request.checkedSignal
        let report = try await attempt {
            if let signal { return try await application.send(signal, to: request.id) }
            return try await application.crash(try request.pipelineTarget)
        }.get()
        let record = report.number.flatMap { application.crash(numbered: $0) }
        return CrashResponse(
            target: request.target, id: report.child, signal: report.signal.map(SignalName.short),
            pid: report.pid.map { Int($0) }, incarnationBefore: report.incarnation,
            incarnationAfter: report.replacement, busy: report.sequence != nil, sequence: report.sequence,
            message: record.flatMap { Crash($0).message }, held: report.held, crash: report.number,
            gaveUp: report.gaveUp.isEmpty ? nil : report.gaveUp, restartedBy: report.restartedBy,
            detectedInMicroseconds: report.detection.map { Int64($0 / .microseconds(1)) },
            replacedInMicroseconds: report.recovery.map { Int64($0 / .microseconds(1)) })
    }

    /// - Throws: ``ErrorCode/notFound`` for a stream that is not there, ``ErrorCode/badRequest`` for a time that is none,
    ///   ``ErrorCode/unavailable`` while the daemon stops.
    public func pause(_ request: PauseRequest) async throws(ControlFailure) -> PauseResponse {
        guard request.forSeconds.map({ $0 > 0 && $0 <= PauseRequest.longest }) ?? true else {
            throw ControlFailure(
                .badRequest, "for_seconds has to be more than 0 and at most \(Int(PauseRequest.longest))",
                hint: "leave it out to pause until it is resumed")
        }
        let time = request.forSeconds.map { Duration.seconds($0) }
        let names = try await attempt { try application.pause(request.stream, for: time) }.get()
        return PauseResponse(streams: names, state: state, forSeconds: request.forSeconds)
    }

    /// To resume what is not paused is no error.
    ///
    /// - Throws: ``ErrorCode/notFound`` for a stream that is not there, ``ErrorCode/unavailable`` while the daemon stops.
    public func resume(_ request: ResumeRequest) async throws(ControlFailure) -> PauseResponse {
        let resumed = try await attempt { try await application.resume(request.stream) }.get()
        // A stream that has ended for good may have been paused like the others, but is not read for that.
        let streams = request.stream == nil ? application.status.streams : []
        let ended = streams.filter { $0.state == .failed || $0.state == .finished }.map(\.name)
        let names = resumed.filter { !ended.contains($0) }
        let note: String? =
            if let name = ended.first {
                "\(ended.joined(separator: ", ")): ended for good; `ptrctl resume \(name)` tries again"
            } else if names.isEmpty {
                request.stream.map { "stream \($0) was not paused" } ?? "no stream was paused"
            } else {
                nil
            }
        return PauseResponse(streams: names, state: state, note: note)
    }

    /// It answers before all is finished.
    ///
    /// - Throws: ``ErrorCode/unavailable`` while the daemon stops.
    public func drain(_ request: DrainRequest) async throws(ControlFailure) -> DrainResponse {
        DrainResponse(inFlight: try await attempt { try application.standDown() }.get(), state: state)
    }

    /// - Throws: ``ErrorCode/precondition`` with every problem of the files, ``ErrorCode/unavailable`` while the daemon
    ///   stops.
    public func reload(_ request: ReloadRequest) async throws(ControlFailure) -> ReloadResponse {
        try await host.reload()
    }

    /// The same as ``ControlPlane/logLevel()``.
    public func logLevel() async -> LogLevelResponse {
        let level = (host.logLevel ?? .info).rawValue
        return LogLevelResponse(level: level, previous: level)
    }

    /// It takes effect at once.
    ///
    /// - Throws: ``ErrorCode/badRequest`` for a word that is no level.
    public func setLogLevel(_ request: LogLevelRequest) async throws(ControlFailure) -> LogLevelResponse {
        guard let level = Logger.Level(rawValue: request.level) else {
            let levels = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
            throw ControlFailure(
                .badRequest, "there is no log level \(quoted(request.level))", hint: "the levels are \(levels)")
        }
        let previous = host.logLevel ?? level
        try host.setLogLevel(level)
        return LogLevelResponse(level: level.rawValue, previous: previous.rawValue)
    }

    private var state: Status.State { Status.State(rawValue: application.status.state.rawValue) }
}

extension CrashRequest {
    /// Who asks the plane in Swift can say what no document may.
    fileprivate var checkedSignal: Int32? {
        get throws(ControlFailure) {
            guard let signal else { return nil }
            guard target == .worker, Self.signals.contains(signal), let number = SignalName.number(of: signal) else {
                throw ControlFailure(
                    .badRequest, "a worker can be sent \(Self.signals.joined(separator: ", ")), and nothing else")
            }
            return number
        }
    }

    fileprivate var pipelineTarget: Pipeline.CrashTarget {
        get throws(CrashInjectionError) {
            switch target {
            case .worker: .worker(id)
            case .directSupervisor: .directSupervisor(id)
            case .mainSupervisor: .mainSupervisor
            case .flowManager: .flowManager
            case .receiver: .receiver(id)
            default: throw .notFound(target.rawValue)
            }
        }
    }
}
