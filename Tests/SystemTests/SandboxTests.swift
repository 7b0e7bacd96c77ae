import Testing

@Suite(
    "The sandbox of the unit", .serialized, .timeLimit(.minutes(5)),
    .enabled(if: BootedSystem.isAvailable, "needs root and systemd-container"))
struct SandboxTests {
    private func section(_ title: String, of lines: [String]) -> [String] { BootedSystem.section(title, of: lines) }

    @Test("is as narrow as promised, and ptrd works in it")
    func sandbox() async throws {
        let lines = try await BootedSystem.run(
            BootedSystem.installation + """
                echo "== judged"
                systemd-analyze verify --man=no ptrd.service ptrd.socket 2>&1
                mkdir /tmp/with-examples
                cp -R /etc/systemd/system/ptrd.* /tmp/with-examples
                cp \(Program.project.path)/packaging/systemd/examples/*.conf /tmp/with-examples/ptrd.service.d
                systemd-analyze verify --man=no /tmp/with-examples/ptrd.service 2>&1
                systemd-analyze security --no-pager --threshold=12 ptrd.service >/tmp/security || cat /tmp/security
                systemd-run --quiet --unit=feed ptrfeed serve --rate 500 --kill-every 50 --count 100
                systemctl start ptrd
                pid=$(property MainPID)
                echo "== process"
                ps -o user= -p "$pid"
                sed -nE 's/^(CapEff|CapBnd|NoNewPrivs|Seccomp):\\s*/\\1 /p' "/proc/$pid/status"
                echo "== root"
                awk '$5 == "/" { print $6 }' "/proc/$pid/mountinfo" | tail -n 1 | tr , '\\n' | grep -xE 'ro|noexec|nosuid'
                echo "== executes"
                nsenter --target "$pid" --mount /usr/bin/ptrctl version >/dev/null 2>&1 || [ $? -ne 126 ] && echo ptrctl
                nsenter --target "$pid" --mount /bin/true 2>/dev/null && echo true
                echo "== worked"
                until_true sh -c 'ptrctl status --json | jq -e ".messages | .received == 100 and .in_flight == 0"'
                journalctl --sync
                journalctl --unit=ptrd --output=cat | grep -cE '^15[0-9]{17}$'
                journalctl --unit=ptrd --output=cat PTRD_STREAM=tweets-1 | grep -m 1 -oE '^15001'
                echo "== noise"
                journalctl --output=cat _SYSTEMD_UNIT=ptrd.service | grep -vE '^15[0-9]{17}$|stream tweets-|is ready|pool' || true
                """)
        #expect(section("judged", of: lines) == [])
        let process = section("process", of: lines)
        #expect(
            process == [
                "ptrd", "CapBnd 0000000000000000", "NoNewPrivs 1", "Seccomp 2",
            ]
                || process
                    == [
                        "ptrd", "CapEff 0000000000000000", "CapBnd 0000000000000000", "NoNewPrivs 1", "Seccomp 2",
                    ]
        )
        #expect(section("root", of: lines).sorted() == ["noexec", "nosuid", "ro"])
        #expect(section("executes", of: lines) == ["ptrctl"])
        #expect(section("worked", of: lines) == ["98", "15001"])
        #expect(section("noise", of: lines) == [])
    }

    @Test("the catalog explains what is in the journal, with the stream's name")
    func catalog() async throws {
        let lines = try await BootedSystem.run(
            BootedSystem.installation + """
                systemctl start ptrd
                # There is no feed, so both streams are down.
                until_true sh -c 'journalctl --unit=ptrd MESSAGE_ID=a9fe7c2cbeb141bdb3f8d3d007eb2949 | grep tweets-2'
                systemctl stop ptrd
                echo "== explained"
                journalctl --no-pager --catalog --unit=ptrd --output=short
                echo "== found"
                journalctl --no-pager --output=cat MESSAGE_ID=e35b26e4fbce49ffa25c2acf494d6227
                """)
        let journal = section("explained", of: lines)
        for subject in ["ptrd is ready", "Stream tweets-1 is down", "Stream tweets-2 is down", "ptrd has stopped"] {
            #expect(journal.contains { $0.hasSuffix("Subject: \(subject)") }, "\(subject) is not explained")
        }
        #expect(section("found", of: lines).count == 1)
        #expect(section("found", of: lines).first?.contains("is ready") == true)
    }
}
