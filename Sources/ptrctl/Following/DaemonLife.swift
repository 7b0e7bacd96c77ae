import ControlAPI
import ControlClient

/// Which life of the daemon it is: after a restart the numbers of its events begin anew.
struct DaemonLife: Sendable {
    let pid: Int32
    /// When it began, on the clock of the one who measured.
    private let started: Duration
    private let now: @Sendable () -> Duration

    init(_ context: VerbContext) async throws(ControlClientError) {
        let status = try await context.client.status()
        pid = status.pid
        started = .seconds(-status.uptimeSeconds)
        now = context.stopwatch()
    }

    /// In a container every life may have the pid 1, so the uptime has to fit, too: to two seconds, the time that an
    /// answer may have taken.
    func isSame(as earlier: DaemonLife) -> Bool {
        let age = earlier.now() - now()
        let difference = started + age - earlier.started
        return pid == earlier.pid && abs(difference / .seconds(1)) < 2
    }
}
