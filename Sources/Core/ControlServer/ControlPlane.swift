import ControlAPI

/// What the control API asks of the daemon. The server knows nothing else of it.
///
/// Requests may come at the same time. One that is still being worked on when the server has stopped is cancelled.
public protocol ControlPlane: Sendable {
    /// One consistent snapshot.
    func status() async -> Status
    /// Pins the number of direct supervisors, or hands it back to the autoscaler.
    func scale(_ request: ScaleRequest) async throws(ControlFailure) -> ScaleResponse
    /// Crashes one part of the tree on purpose.
    func crash(_ request: CrashRequest) async throws(ControlFailure) -> CrashResponse
}
