import Foundation
import Testing

@Suite(
    "Under a real systemd", .serialized, .timeLimit(.minutes(5)),
    .enabled(if: BootedSystem.isAvailable, "needs root and systemd-container"))
struct SystemdServiceTests {
    /// Boots a systemd, installs the daemon there, and runs a script in it. Returns what it printed.
    private func run(_ script: String) async throws -> [String] {
        try await BootedSystem.run(BootedSystem.installation + script)
    }

    private func section(_ title: String, of lines: [String]) -> [String] { BootedSystem.section(title, of: lines) }

    @Test("start returns when it is ready, status shows the status line, the journal shows every printed message")
    func service() async throws {
        let lines = try await run(
            """
            systemd-run --quiet --unit=feed ptrfeed serve --rate 2000 --kill-every 50 --count 1000
            systemctl start ptrd
            echo "== ready"
            ptrctl status >/dev/null && echo answered
            systemctl is-active ptrd ptrd.socket
            stat -c '%a %U %G' /run/ptrd.sock
            echo "== done"
            # The journal is followed until the last message has come.
            timeout 60 journalctl --unit=ptrd --follow --lines=all --output=cat PTRD_SEQUENCE= + _SYSTEMD_UNIT=ptrd.service \\
                | grep -E --max-count=980 '^15[0-9]{17}$' >/tmp/printed
            sort -u /tmp/printed | wc -l
            echo "== status"
            for _ in $(seq 100); do
                systemctl show --property=StatusText --value ptrd | grep -q 'running: 2 streams open.* 0 in flight' && break
                sleep 0.1
            done
            systemctl status --lines=0 ptrd
            echo "== fields"
            journalctl --unit=ptrd --output=json --output-fields=PTRD_STREAM,PTRD_WORKER,PTRD_SEQUENCE PTRD_STREAM=tweets-1 \\
                | grep -m 1 PTRD_SEQUENCE
            echo "== stopped"
            systemctl stop ptrd
            systemctl show --property=Result --property=ExecMainStatus ptrd
            systemctl is-active ptrd ptrd.socket || true
            ptrctl status || echo "ptrctl $?"
            """)
        #expect(section("ready", of: lines) == ["answered", "active", "active", "660 ptrd ptrd-ctl"])
        #expect(section("done", of: lines) == ["980"])
        let status = section("status", of: lines).joined(separator: "\n")
        #expect(status.contains(#"Status: "running: 2 streams open, "#) && status.contains(" 0 in flight"), "\(status)")
        #expect(section("fields", of: lines).first?.contains(#""PTRD_STREAM":"tweets-1""#) == true)
        #expect(
            section("stopped", of: lines) == [
                "Result=success", "ExecMainStatus=0", "inactive", "inactive", "ptrctl 3",
            ])
    }

    @Test("a crash is mended by systemd; a wrong configuration is not tried again")
    func restarts() async throws {
        let lines = try await run(
            """
            systemctl start ptrd
            before=$(systemctl show --property=MainPID --value ptrd)
            kill -KILL "$before"
            for _ in $(seq 100); do
                after=$(systemctl show --property=MainPID --value ptrd)
                if [ "$after" != "$before" ] && [ "$after" != 0 ] && ptrctl status >/dev/null 2>&1; then break; fi
                sleep 0.1
            done
            echo "== killed"
            systemctl show --property=NRestarts ptrd
            ptrctl status >/dev/null && echo answered
            echo "== wrong"
            systemctl stop ptrd
            echo 'x = 1' >>/etc/ptrd/ptrd.toml
            systemctl start ptrd 2>/dev/null || true
            systemctl show --property=ExecMainStatus --property=NRestarts ptrd
            systemctl is-active ptrd || true
            echo "== reason"
            journalctl --unit=ptrd --output=cat | grep -c 'ptrd.toml:'
            """)
        #expect(section("killed", of: lines) == ["NRestarts=1", "answered"])
        #expect(section("wrong", of: lines).suffix(3) == ["NRestarts=0", "ExecMainStatus=78", "failed"])
        #expect(section("reason", of: lines) != ["0"])
    }
}
