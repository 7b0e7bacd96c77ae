import Testing

@Suite(
    "systemctl reload", .serialized, .timeLimit(.minutes(5)),
    .enabled(if: BootedSystem.isAvailable, "needs root and systemd-container"))
struct ServiceReloadTests {
    private func section(_ title: String, of lines: [String]) -> [String] { BootedSystem.section(title, of: lines) }

    @Test("succeeds with a right file; with a wrong one it fails, the old one goes on, and the journal names the place")
    func reload() async throws {
        let lines = try await BootedSystem.run(
            BootedSystem.installation + """
                systemctl start ptrd
                pid=$(property MainPID)
                printf '[scaling]\\nmin = 3\\n' >>/etc/ptrd/ptrd.toml
                now() {
                    property ActiveState
                    [ "$(property MainPID)" = "$pid" ] && echo "the same process"
                    ptrctl status --json | jq .scaling.min
                }
                echo "== right"
                systemctl reload ptrd && echo reloaded
                now
                entries reloaded
                echo "== wrong"
                echo 'mxa = 5' >>/etc/ptrd/ptrd.toml
                systemctl reload ptrd 2>/dev/null || echo failed
                now
                entries reload-refused
                echo "== mended"
                sed -i 's/^mxa/max/' /etc/ptrd/ptrd.toml
                systemctl reload ptrd && echo reloaded
                now
                """)
        let same = ["active", "the same process", "3"]
        #expect(
            section("right", of: lines)
                == ["reloaded"] + same + ["the configuration was reloaded: scaling.min 1 → 3"])
        let reason = """
            the configuration was not reloaded, and nothing is changed: /etc/ptrd/ptrd.toml:12: scaling.mxa: unknown key; \
            did you mean "max"?
            """
        #expect(section("wrong", of: lines) == ["failed"] + same + [reason])
        #expect(section("mended", of: lines) == ["reloaded"] + same)
    }

    @Test("opens a printed file anew that was renamed, under load, and no line is lost or torn")
    func rotation() async throws {
        let lines = try await BootedSystem.run(
            BootedSystem.installation + """
                sed -i 's|^to = .*|to = "/var/log/ptrd/printed"|' /etc/ptrd/ptrd.toml
                systemd-run --quiet --unit=feed ptrfeed serve --rate 1000 --kill-every 0 --count 2000
                systemctl start ptrd
                until_true messages '.processed > 500'
                mv /var/log/ptrd/printed /var/log/ptrd/printed.1
                systemctl reload ptrd
                until_true messages '.processed == 2000'
                echo "== printed"
                cat /var/log/ptrd/printed.1 /var/log/ptrd/printed | wc -l
                cat /var/log/ptrd/printed.1 /var/log/ptrd/printed | grep -E '^15[0-9]{17}$' | sort -u | wc -l
                [ "$(wc -l </var/log/ptrd/printed)" -gt 0 ] && stat -c '%a %U' /var/log/ptrd/printed
                """)
        #expect(section("printed", of: lines) == ["2000", "2000", "600 ptrd"])
    }
}
