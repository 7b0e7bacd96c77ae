import ControlAPI

/// That the tree gave up over the crashes that it was told to make: said, with whether ptrd is back.
struct TreeEnd: Sendable {
    let context: VerbContext
    let budget: CrashBudget
    /// The life of the daemon before.
    let life: DaemonLife

    /// How long it is waited for its being back, and how often it is looked: systemd waits for a second itself.
    private static let patience: Duration = .seconds(5)
    private static let poll: Duration = .milliseconds(250)

    /// Whether this error is what the end of the daemon looks like from outside.
    static func isEnd(_ error: ControlClientError) -> Bool {
        switch error {
        case .brokeOff, .notRunning: true
        case .refused(let failure): failure.code == .unavailable
        default: false
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
