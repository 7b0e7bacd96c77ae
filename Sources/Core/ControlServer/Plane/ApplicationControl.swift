public import ControlAPI
import Glibc
public import Pipeline

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
        Status(application.status, needsRestart: host.needsRestart, holders: host.holders)
    }
}
