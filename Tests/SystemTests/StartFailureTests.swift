import Testing

@Suite(
    "What cannot start", .serialized, .timeLimit(.minutes(5)),
    .enabled(if: BootedSystem.isAvailable, "needs root and systemd-container"))
struct StartFailureTests {
    private func section(_ title: String, of lines: [String]) -> [String] { BootedSystem.section(title, of: lines) }

    @Test("a wrong configuration is an entry for each problem, which the catalog explains")
    func wrongConfiguration() async throws {
        let lines = try await BootedSystem.run(
            BootedSystem.installation + """
                printf '[flow]\\nmax_in_flihgt = 1\\n[log]\\nlevel = "loud"\\n' >>/etc/ptrd/ptrd.toml
                systemctl start ptrd 2>/dev/null || true
                echo "== ended"
                property ExecMainStatus; property NRestarts; property ActiveState
                echo "== problems"
                journalctl --output=cat MESSAGE_ID=c26893dc9e7a47d395b6c1dc7ed962db
                """)
        #expect(section("ended", of: lines) == ["78", "0", "failed"])
        let problems = section("problems", of: lines)
        #expect(problems.count == 2)
        #expect(problems.first?.hasPrefix("/etc/ptrd/ptrd.toml:11: flow.max_in_flihgt: unknown key; ") == true)
    }

    @Test("a credential is handed over and sent; without it ptrd says so and is not tried again")
    func credential() async throws {
        let lines = try await BootedSystem.run(
            BootedSystem.installation
                + #"""
                # A server that writes down what is asked of it.
                cat >/usr/local/bin/answer <<'ANSWER'
                #!/bin/sh
                while IFS= read -r line && [ "$line" != "$(printf '\r')" ]; do
                    case $line in Authorization:*) printf '%s\n' "$line" | tr -d '\r' >>/tmp/asked ;; esac
                done
                printf 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n'
                sleep 60
                ANSWER
                chmod 755 /usr/local/bin/answer
                printf '[Socket]\nListenStream=127.0.0.1:4001\nAccept=yes\n' >/run/systemd/system/server.socket
                printf '[Service]\nExecStart=/usr/local/bin/answer\nStandardInput=socket\n' \
                    >/run/systemd/system/server@.service
                systemctl start server.socket
                cat >>/etc/ptrd/ptrd.toml <<'TOML'
                [stream.secret]
                url = "http://127.0.0.1:4001/"
                bearer_credential = "example-token"
                TOML
                systemctl start ptrd 2>/dev/null || true
                echo "== named only"
                property ExecMainStatus; property NRestarts; property ActiveState
                journalctl --output=cat MESSAGE_ID=b8b0288fec664f96a4851938e6b693bf
                echo "== checked by hand"
                ptrd --check-config >/dev/null && echo right
                echo "== no file"
                install -m 644 "$PROJECT/packaging/systemd/examples/credentials.conf" /etc/systemd/system/ptrd.service.d/
                systemctl daemon-reload
                systemctl reset-failed ptrd
                systemctl start ptrd 2>/dev/null || true
                property ExecMainStatus; property NRestarts; property ActiveState
                echo "== handed over"
                install -d -m 700 /etc/credstore
                (umask 077 && echo s3cr3t >/etc/credstore/example-token)
                systemctl reset-failed ptrd
                systemctl start ptrd
                until_true test -s /tmp/asked
                cat /tmp/asked
                echo "== told"
                journalctl --unit=ptrd --output=json | grep -c s3cr3t || true
                ptrctl status --json | grep -c s3cr3t || true
                """#.replacing("$PROJECT", with: Program.project.path))
        let named = section("named only", of: lines)
        #expect(named.prefix(3) == ["78", "0", "failed"])
        #expect(named.last?.contains(#"stream.secret.bearer_credential: the credential "example-token""#) == true)
        #expect(named.last?.contains("LoadCredential=example-token:PATH") == true)
        #expect(section("checked by hand", of: lines) == ["right"])
        // 243 is systemd's own: EXIT_CREDENTIALS.
        #expect(section("no file", of: lines) == ["243", "0", "failed"])
        #expect(section("handed over", of: lines) == ["Authorization: Bearer s3cr3t"])
        #expect(section("told", of: lines) == ["0", "0"])
    }

    @Test("a state that cannot be written to is tried until the start limit; mended and reset, ptrd starts")
    func startLimit() async throws {
        let lines = try await BootedSystem.run(
            BootedSystem.installation + """
                printf '[Service]\\nReadOnlyPaths=/var/lib/ptrd\\nRestartSec=10ms\\n' \\
                    >/etc/systemd/system/ptrd.service.d/read-only.conf
                systemctl daemon-reload
                systemctl start ptrd 2>/dev/null || true
                # Between two tries it is "activating".
                until_true is ActiveState failed
                echo "== ended"
                property ExecMainStatus
                journalctl --unit=ptrd --output=cat | grep -c 'Start request repeated too quickly'
                journalctl --output=cat MESSAGE_ID=cc303b31b1904b84be04466bbd6c0129 | wc -l
                journalctl --output=cat MESSAGE_ID=cc303b31b1904b84be04466bbd6c0129 | tail -n 1
                echo "== socket"
                ptrctl status 2>/dev/null || echo "ptrctl $?"
                echo "== mended"
                rm /etc/systemd/system/ptrd.service.d/read-only.conf
                systemctl daemon-reload
                systemctl reset-failed ptrd
                systemctl start ptrd
                ptrctl status >/dev/null && echo answered
                """)
        let ended = section("ended", of: lines)
        // Ten starts, as StartLimitBurst= says.
        #expect(ended.prefix(3) == ["1", "1", "10"])
        #expect(ended.last?.contains("/var/lib/ptrd") == true, "\(ended)")
        #expect(section("socket", of: lines) == ["ptrctl 3"])
        #expect(section("mended", of: lines) == ["answered"])
    }

    @Test("a tree that gives up again and again ends ptrd with status 1, until the start limit: the whole ladder")
    func ladder() async throws {
        let lines = try await BootedSystem.run(
            BootedSystem.installation + """
                printf '[supervision]\\napplication = { restarts = 0, within = "60s" }\\n' >>/etc/ptrd/ptrd.toml
                printf '[Service]\\nRestartSec=10ms\\n' >/etc/systemd/system/ptrd.service.d/quick.conf
                systemctl daemon-reload
                systemctl start ptrd
                # Every life ends by it; between two lives nobody answers.
                crash() { ptrctl crash main-supervisor; is ActiveState failed; }
                until_true crash
                echo "== ended"
                property ExecMainStatus
                property Result
                journalctl --unit=ptrd --output=cat | grep -c 'Main process exited, code=exited, status=1/FAILURE'
                journalctl --unit=ptrd --output=cat | grep -c 'Start request repeated too quickly'
                echo "== told"
                entries started | wc -l
                entries supervisor-gave-up | wc -l
                entries tree-gave-up | wc -l
                entries supervisor-gave-up | tail -n 1
                echo "== explained"
                journalctl --no-pager --catalog --output=short --unit=ptrd
                echo "== asked"
                ptrctl status 2>/dev/null || echo "ptrctl $?"
                systemctl start ptrd 2>/dev/null || echo refused
                echo "== reset"
                systemctl reset-failed ptrd
                systemctl start ptrd
                ptrctl status >/dev/null && echo answered
                """)
        // Ten lives, as StartLimitBurst= says.
        #expect(section("ended", of: lines) == ["1", "exit-code", "10", "1"])
        let told = section("told", of: lines)
        #expect(told.prefix(3) == ["10", "10", "10"])
        #expect(told.last?.hasPrefix("application_supervisor gives up: more than 0 restarts within 60.0 s") == true)
        let explained = section("explained", of: lines)
        #expect(explained.contains { $0.hasSuffix("Subject: The supervision tree of ptrd gave up") }, "\(explained)")
        #expect(section("asked", of: lines) == ["ptrctl 3", "refused"])
        #expect(section("reset", of: lines) == ["answered"])
    }
}
