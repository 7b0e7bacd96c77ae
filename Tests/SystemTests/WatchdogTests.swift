import Foundation
import Testing

@Suite(
    "The watchdog of systemd", .serialized, .timeLimit(.minutes(5)),
    .enabled(if: BootedSystem.isAvailable, "needs root and systemd-container"))
struct WatchdogTests {
    private func section(_ title: String, of lines: [String]) -> [String] { BootedSystem.section(title, of: lines) }

    /// Gives the installed unit a shorter interval, and more for its `[Service]`.
    private static func unit(watchdog: String, _ more: String = "") -> String {
        """
        printf '[Service]\\nWatchdogSec=\(watchdog)\\n\(more)\\n' >/etc/systemd/system/ptrd.service.d/watchdog.conf
        systemctl daemon-reload

        """
    }

    private static let late = "MESSAGE_ID=c62ce916f849453c8a2242ec120da668"

    @Test("is told that ptrd lives: for a minute of work on busy processors, with a feed that is down for half of it")
    func quietUnderLoad() async throws {
        let lines = try await BootedSystem.run(
            BootedSystem.installation + Self.unit(watchdog: "6s") + """
                systemd-run --quiet --unit=feed ptrfeed serve --rate 500
                for _ in $(seq $((2 * $(nproc)))); do
                    (trap 'exit 0' TERM; while :; do :; done) &
                done
                systemctl start ptrd
                sleep 30
                systemctl stop feed
                sleep 30
                echo "== after a minute"
                property NRestarts
                property WatchdogUSec
                [ "$(property WatchdogTimestampMonotonic)" -gt 0 ] && echo pinged
                ptrctl status --json | jq -e '.messages.processed > 1000' >/dev/null && echo worked
                journalctl --sync
                journalctl --output=cat \(Self.late)
                kill $(jobs -p)
                """)
        #expect(section("after a minute", of: lines) == ["0", "6s", "pinged", "worked"])
    }

    @Test(
        "ends and restarts a ptrd of which a part hangs; the journal and the status line name the part",
        arguments: [
            ("flow_manager", "the tree (flow_manager) has not answered"),
            ("event_loop", "event loop "),
            ("executor", "the executor has not answered"),
        ])
    func wedged(part: String, line: String) async throws {
        let lines = try await BootedSystem.run(
            BootedSystem.installation
                + Self.unit(
                    watchdog: "3s", "Environment=LD_PRELOAD=/usr/lib/ptr-wedge.so WEDGE=\(part)\\nTimeoutAbortSec=2s")
                    + """
                    install -m 755 \(Program.wedge) /usr/lib/ptr-wedge.so
                    systemctl start ptrd
                    until_true sh -c 'systemctl show --property=StatusText ptrd | grep "watchdog: "'
                    echo "== status"
                    property StatusText
                    until_true is NRestarts 1
                    until_true is ActiveState active
                    echo "== socket"
                    property ActiveState ptrd.socket
                    systemctl stop --no-block ptrd
                    journalctl --sync
                    echo "== named"
                    journalctl --no-pager --output=cat \(Self.late)
                    echo "== explained"
                    journalctl --no-pager --catalog --output=short \(Self.late)
                    echo "== ended"
                    journalctl --no-pager --unit=ptrd --output=cat | grep -oE 'Watchdog timeout .limit 3s.' | head -n 1
                    systemctl kill --signal=KILL ptrd || true
                    """)
        #expect(section("status", of: lines).first?.contains(line) == true, "\(lines)")
        #expect(section("socket", of: lines) == ["active"])
        #expect(section("named", of: lines).first?.contains(line) == true, "\(lines)")
        #expect(
            section("explained", of: lines).contains { $0.hasSuffix("Subject: A part of ptrd does not answer in time") }
        )
        #expect(section("ended", of: lines) == ["Watchdog timeout (limit 3s)"])
    }

    /// Freezes of the length that an operator meets them take their time: run with PTR_LONG_FREEZES=1.
    private static let freezes: [(watchdog: String, seconds: Int)] =
        ProcessInfo.processInfo.environment["PTR_LONG_FREEZES"] == nil ? [("12s", 4)] : [("30s", 15), ("120s", 40)]

    @Test(
        "frozen is not slow: a ptrd that is stopped under load for longer than workers.timeout spends no attempt",
        arguments: freezes)
    func frozenUnderLoad(watchdog: String, seconds: Int) async throws {
        let lines = try await BootedSystem.run(
            BootedSystem.installation + Self.unit(watchdog: watchdog) + """
                cat >>/etc/ptrd/ptrd.toml <<'TOML'
                simulated_work = { min = "300ms", max = "900ms" }
                [workers]
                timeout = "2s"
                TOML
                systemd-run --quiet --unit=feed ptrfeed serve --rate 100
                systemctl start ptrd
                until_true messages '.in_flight > 20 and .processed > 50'
                before=$(ptrctl status --json | jq .messages.processed)
                kill -STOP "$(property MainPID)"
                sleep \(seconds)
                kill -CONT "$(property MainPID)"
                until_true messages ".processed > $((before + 500))"
                echo "== after"
                property NRestarts
                ptrctl status --json \\
                    | jq -c '[.messages.retried, .messages.dead_lettered, .messages.late_outcomes, .degraded_because]'
                entries worker-timed-out | wc -l
                entries breaker-open | wc -l
                entries child-abandoned | wc -l
                echo "== said"
                journalctl --unit=ptrd --output=cat | grep -oE 'ptrd did not run for [0-9]+' | head -n 1
                systemctl stop ptrd
                echo "== stopped"
                property ExecMainStatus
                """)
        let after = section("after", of: lines)
        #expect(after.first == "0")
        #expect(after.suffix(3) == ["0", "0", "0"])
        #expect(after.dropFirst().first == "[0,0,0,null]", "\(after)")
        let said = section("said", of: lines).first.flatMap { $0.split(separator: " ").last }.flatMap { Int($0) }
        #expect(said.map { ((seconds - 2)...(seconds + 2)).contains($0) } == true, "\(lines)")
        #expect(section("stopped", of: lines) == ["0"])
    }

    @Test("bears with a ptrd that was stopped for less than its interval")
    func frozen() async throws {
        let lines = try await BootedSystem.run(
            BootedSystem.installation + Self.unit(watchdog: "6s") + """
                systemd-run --quiet --unit=feed ptrfeed serve --rate 500
                systemctl start ptrd
                kill -STOP "$(property MainPID)"
                sleep 3.5
                kill -CONT "$(property MainPID)"
                sleep 7
                echo "== after"
                property NRestarts
                ptrctl status >/dev/null && echo answered
                """)
        #expect(section("after", of: lines) == ["0", "answered"])
    }
}
