import Testing

@Suite(
    "systemctl stop", .serialized, .timeLimit(.minutes(5)),
    .enabled(if: BootedSystem.isAvailable, "needs root and systemd-container"))
struct StopTests {
    private func section(_ title: String, of lines: [String]) -> [String] { BootedSystem.section(title, of: lines) }

    @Test("waits for a drain that takes longer than the unit allows, since ptrd asks for the time that it may take")
    func longDrain() async throws {
        let lines = try await BootedSystem.run(
            BootedSystem.installation + """
                # Eight workers need two turns of two seconds for sixteen messages.
                cat >>/etc/ptrd/ptrd.toml <<'TOML'
                simulated_work = { min = "2s", max = "2s" }
                [scaling]
                max = 1
                [flow]
                drain_timeout = "10s"
                TOML
                printf '[Service]\\nTimeoutStopSec=1s\\n' >/etc/systemd/system/ptrd.service.d/stop.conf
                systemctl daemon-reload
                systemd-run --quiet --unit=feed ptrfeed serve --rate 1000 --kill-every 0 --count 16
                systemctl start ptrd
                until_true messages '.received == 16'
                systemctl stop ptrd
                echo "== stopped"
                property Result
                property ExecMainStatus
                entries stopped
                journalctl --unit=ptrd --output=cat PTRD_SEQUENCE= + _SYSTEMD_UNIT=ptrd.service \\
                    | grep -cE '^15[0-9]{17}$'
                # Microseconds from one line to the other.
                when() { journalctl --unit=ptrd --output=json --grep "$1" | jq --raw-output .__MONOTONIC_TIMESTAMP; }
                [ $(($(when '^stopped: ') - $(when '^stopping on '))) -gt 1000000 ] && echo "after more than a second"
                """)
        #expect(
            section("stopped", of: lines) == [
                "success", "0", "stopped: received 16, processed 16, killed 0, dead letters 0, left 0", "16",
                "after more than a second",
            ])
    }

    @Test("that leaves something when the time is up says how much, ends with 1 and leaves a unit that can be started")
    func shortDrain() async throws {
        let lines = try await BootedSystem.run(
            BootedSystem.installation + """
                cat >>/etc/ptrd/ptrd.toml <<'TOML'
                simulated_work = { min = "15s", max = "15s" }
                [flow]
                drain_timeout = "100ms"
                TOML
                systemd-run --quiet --unit=feed ptrfeed serve --rate 1000 --kill-every 0 --count 16
                systemctl start ptrd
                until_true messages '.received == 16'
                systemctl stop ptrd
                echo "== stopped"
                property Result
                property ExecMainStatus
                property ActiveState
                property NRestarts
                entries drain-incomplete
                echo "== explained"
                journalctl --no-pager --catalog --unit=ptrd --output=short | grep -o 'Subject: ptrd has stopped.*'
                echo "== started"
                systemctl start ptrd
                ptrctl status >/dev/null && echo answered
                """)
        #expect(
            section("stopped", of: lines) == [
                "exit-code", "1", "failed", "0",
                "the drain timed out after 0.1 seconds: received 16, processed 0, killed 0, dead letters 0, left 16",
            ])
        #expect(section("explained", of: lines) == ["Subject: ptrd has stopped with 16 messages unfinished"])
        #expect(section("started", of: lines) == ["answered"])
    }
}
