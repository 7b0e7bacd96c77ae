public import ControlAPI
import Glibc
public import Pipeline
import ProgramKit

/// The control plane of a living tree.
public struct ApplicationControl: ControlPlane {
    let application: Application
    let host: any ControlHost
    /// The metrics as they are.
    let exposition: @Sendable () -> String
    let replays = RunningReplays()

    /// Makes the plane of a tree within a daemon.
    ///
    /// - Parameter metrics: gives what was measured, in Prometheus's text format.
    public init(
        _ application: Application, host: any ControlHost, metrics exposition: @escaping @Sendable () -> String = { "" }
    ) {
        self.application = application
        self.host = host
        self.exposition = exposition
    }

    /// Makes the plane of a tree that has nothing around it: no configuration that could be read again, and no log level.
    ///
    /// - Parameters:
    ///   - allowsCrashes: whether crashes may be injected (`[control] fault_injection`).
    ///   - metrics: gives what was measured, in Prometheus's text format.
    public init(
        _ application: Application, allowsCrashes: Bool, metrics: @escaping @Sendable () -> String = { "" }
    ) {
        self.init(application, host: NoHost(allowsCrashes: allowsCrashes), metrics: metrics)
    }

    /// The tree's status, in the terms of the API.
    public func status() async -> Status {
        Status(application.status, needsRestart: host.needsRestart)
    }

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

    /// It waits for the replacement, for some seconds.
    ///
    /// - Throws: ``ErrorCode/precondition`` where crashes are not allowed, ``ErrorCode/notFound`` for a part that is
    ///   not there, ``ErrorCode/unavailable`` for one that does not run at the moment.
    public func crash(_ request: CrashRequest) async throws(ControlFailure) -> CrashResponse {
        guard host.allowsCrashes else {
            throw ControlFailure(
                .precondition, "crashes are not allowed here",
                hint: "set fault_injection = true in [control] and reload")
        }
        let report = try await attempt { try await application.crash(try request.pipelineTarget) }.get()
        let record = report.number.flatMap { application.crash(numbered: $0) }
        return CrashResponse(
            target: request.target, id: report.child, incarnationBefore: report.incarnation,
            incarnationAfter: report.replacement, busy: report.sequence != nil, sequence: report.sequence,
            message: record.flatMap { Crash($0).message }, held: report.held, crash: report.number,
            gaveUp: report.gaveUp.isEmpty ? nil : report.gaveUp, restartedBy: report.restartedBy,
            detectedInMicroseconds: report.detection.map { Int64($0 / .microseconds(1)) },
            replacedInMicroseconds: report.recovery.map { Int64($0 / .microseconds(1)) })
    }
}

extension CrashRequest {
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
