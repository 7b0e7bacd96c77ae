import ControlAPI
import ControlClient

/// That the tree gave up over the crashes that it was told to make: said, with whether ptrd is back.
struct TreeEnd: Sendable {
    let context: VerbContext
    let budget: CrashBudget
    /// The life of the daemon before.
    let life: DaemonLife

    /// How long it is waited for its being back, and how often it is looked: systemd waits for a second itself.
    private static let patience: Duration = .seconds(5)
    private static let poll: Duration = .milliseconds(250)

    /// Whether this error alone shows that the daemon ended.
    static func isEnd(_ error: ControlClientError) -> Bool {
        switch error {
        case .brokeOff, .notRunning: true
        default: false
        }
    }

    /// Whether the daemon has ended where this error came. One that refuses may also have a part that does not run, or
    /// be stopped by somebody: it has ended only if it is not the one of before any more.
    func isReached(by error: ControlClientError) async -> Bool {
        guard case .refused(let failure) = error, failure.code == .unavailable else { return Self.isEnd(error) }
        do throws(ControlClientError) {
            let now = try await DaemonLife(context)
            return !now.isSame(as: life)
        } catch {
            return Self.isEnd(error)
        }
    }

    func tell() async {
        context.complain(
            "the tree gave up, as it is meant to after \(budget.endOfTree); systemd starts ptrd again")
        let stopwatch = context.stopwatch()
        while stopwatch() < Self.patience, await context.sleep(Self.poll) {
            if let now = try? await DaemonLife(context), !now.isSame(as: life) {
                return context.say("ptrd is back (pid \(now.pid))")
            }
        }
        context.complain(
            "ptrd is not back after \(Text.duration(Self.patience))",
            hint:
                "look at it with `systemctl status ptrd` and `journalctl -u ptrd -e`; one that systemd did not start stays away"
        )
    }
}
