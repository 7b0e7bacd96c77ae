import Testing

@Suite(
    "Ready is when the control socket answers", .serialized, .timeLimit(.minutes(5)),
    .enabled(if: BootedSystem.isAvailable, "needs root and systemd-container"))
struct ReadinessTests {
    private func section(_ title: String, of lines: [String]) -> [String] { BootedSystem.section(title, of: lines) }

    @Test("a start that cannot answer yet is not over, and who asks meanwhile is answered when it can")
    func slowStart() async throws {
        let lines = try await BootedSystem.run(
            BootedSystem.installation + """
                # A configuration that comes when somebody writes it.
                mkdir /etc/ptrd/ptrd.d
                mkfifo -m 644 /etc/ptrd/ptrd.d/slow.toml
                systemctl start ptrd &
                start=$!
                until_true is ActiveState activating
                until_true test -S /run/ptrd.sock
                ptrctl status --json >/tmp/answer &
                question=$!
                # systemd holds the socket, so the question waits in it, however long the start takes.
                until_true grep -qzx status "/proc/$question/cmdline"
                echo "== meanwhile"
                property ActiveState
                property SubState
                kill -0 $start && kill -0 $question && echo waiting
                cat /tmp/answer
                echo "== after"
                echo '[flow]' >/etc/ptrd/ptrd.d/slow.toml
                wait $start && echo started
                property ActiveState
                wait $question && jq --raw-output .state /tmp/answer
                """)
        #expect(section("meanwhile", of: lines) == ["activating", "start", "waiting"])
        #expect(section("after", of: lines) == ["started", "active", "running"])
    }

    @Test("the socket is the one that systemd opened, and goes with the service")
    func activatedSocket() async throws {
        let lines = try await BootedSystem.run(
            BootedSystem.installation + """
                systemctl start ptrd
                pid=$(property MainPID)
                # The flag is that of sockets that listen.
                awk '$8 == "/run/ptrd.sock" && $4 == "00010000" { print "socket:[" $7 "]" }' /proc/net/unix >/tmp/sockets
                echo "== listening"
                wc -l </tmp/sockets
                echo "== held by"
                for process in 1 "$pid"; do
                    find "/proc/$process/fd" -lname "$(sed 's/[][]/\\\\&/g' /tmp/sockets)" -printf '%p\\n' \\
                        | sed -nE "s|^/proc/1/.*|systemd|p; s|^/proc/$pid/fd/3$|ptrd, as the first that was handed over|p"
                done
                echo "== stopped"
                systemctl stop ptrd
                ls /run/ptrd.sock 2>/dev/null || echo gone
                """)
        #expect(section("listening", of: lines) == ["1"])
        #expect(section("held by", of: lines) == ["systemd", "ptrd, as the first that was handed over"])
        #expect(section("stopped", of: lines) == ["gone"])
    }

    @Test("ten restarts under load: after each the socket answers at once, and no message is lost or comes twice")
    func restarts() async throws {
        let lines = try await BootedSystem.run(
            BootedSystem.installation + """
                systemd-run --quiet --unit=feed ptrfeed serve --ids --rate 1000 --kill-every 0 --count 4000
                systemctl start ptrd
                echo "== answers"
                for _ in $(seq 10); do
                    until_true messages '.processed > 100'
                    # Restarts by hand count towards the start limit.
                    systemctl reset-failed ptrd
                    systemctl restart ptrd
                    ptrctl status --json | jq .pid
                done | sort -u | wc -l
                echo "== printed"
                all() { ptrctl status --json | jq --exit-status '[.streams[].last_event_id] == ["2000", "2000"]'; }
                until_true all
                systemctl stop ptrd
                journalctl --sync
                journalctl --unit=ptrd --output=cat PTRD_SEQUENCE= + _SYSTEMD_UNIT=ptrd.service \\
                    | grep -E '^15[0-9]{17}$' >/tmp/printed
                wc -l </tmp/printed
                sort -u /tmp/printed | wc -l
                """)
        #expect(section("answers", of: lines) == ["10"])
        #expect(section("printed", of: lines) == ["4000", "4000"])
    }
}
