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

    @Test("executes what a drop-in of the examples names, and costs as much exposure as that says")
    func programs() async throws {
        let lines = try await BootedSystem.run(
            BootedSystem.installation + #"""
                # Runs a program in place of ptrd, in all that the unit has around it.
                runs() {
                    local name=$1
                    shift
                    command -v "$1" >/dev/null || { echo "$name is missing"; return; }
                    {
                        printf '[Service]\nType=oneshot\nRestart=no\nWatchdogSec=0\nStandardOutput=append:/var/ran\nExecStart=\n'
                        printf 'ExecStart='; printf '"%s" ' "$@"
                    } >/etc/systemd/system/ptrd.service.d/run.conf
                    rm -f /var/ran
                    systemctl daemon-reload
                    systemctl reset-failed ptrd.service 2>/dev/null || true
                    systemctl start ptrd.service 2>/dev/null || echo "$name fails with $(property ExecMainStatus)"
                    [ ! -s /var/ran ] || cat /var/ran
                    rm /etc/systemd/system/ptrd.service.d/run.conf
                }
                all() {
                    runs sh /bin/sh -c 'echo sh works'
                    runs python /usr/bin/python3 -c \
                        "import ctypes, ssl, sqlite3, multiprocessing; multiprocessing.Lock(); print('python works')"
                    runs jq /usr/bin/jq --null-input --raw-output "[106, 113, 32, 119, 111, 114, 107, 115] | implode"
                    runs perl /usr/bin/perl -e "print 'perl works', chr(10)"
                    runs node /usr/bin/node -e "console.log('node works')"
                }
                exposure() {
                    systemctl daemon-reload
                    systemd-analyze security --no-pager ptrd.service | sed -nE 's/.* exposure level for [^:]*: ([0-9.]+) .*/\1/p'
                }
                echo "== shipped"
                exposure
                all
                examples=\#(Program.project.path)/packaging/systemd/examples
                for example in python shell node cgroups; do
                    install -m 644 "$examples/workers-$example.conf" /etc/systemd/system/ptrd.service.d/
                    echo "== $example"
                    exposure
                    all
                    rm "/etc/systemd/system/ptrd.service.d/workers-$example.conf"
                done
                install -m 644 "$examples"/workers-*.conf /etc/systemd/system/ptrd.service.d/
                echo "== together"
                exposure
                all
                """#)
        let names = ["sh", "python", "jq", "perl", "node"]
        /// What each program came to, where it is installed.
        func expect(_ title: String, exposure: String, _ working: Set<String>) {
            let section = section(title, of: lines)
            #expect(section.first == exposure, "\(title)")
            for (name, line) in zip(names, section.dropFirst()) where line != "\(name) is missing" {
                // 203: it was not executed.
                let isRefused = line == "\(name) fails with 203"
                #expect(working.contains(name) ? line == "\(name) works" : isRefused, "\(title): \(line)")
            }
            #expect(section.count == names.count + 1)
        }
        expect("shipped", exposure: "1.2", [])
        expect("python", exposure: "1.2", ["python"])
        expect("shell", exposure: "1.2", ["sh", "jq", "perl"])
        expect("node", exposure: "1.3", ["node"])
        expect("cgroups", exposure: "1.3", [])
        expect("together", exposure: "1.3", Set(names))
    }

    @Test("is read by the check of a configuration, which says the lines that it lacks")
    func check() async throws {
        let lines = try await BootedSystem.run(
            BootedSystem.installation + #"""
                mkdir /srv/own
                printf '#!/usr/bin/env python3\n' >/srv/own/score
                chmod 750 /srv/own/score
                sed -i '/handler.print/,$d' /etc/ptrd/ptrd.toml
                printf '[handler]\nkind = "exec"\n[handler.exec]\ncommand = ["/srv/own/score"]\n' >>/etc/ptrd/ptrd.toml
                echo "== refused"
                ptrd --check-config >/tmp/said 2>&1 || echo $?
                cat /tmp/said
                sed -n '/^\[Service\]/,/^ptrd:/{/^ptrd:/!p}' /tmp/said >/etc/systemd/system/ptrd.service.d/said.conf
                chmod a+rx /srv/own/score
                echo "== pasted"
                ptrd --check-config || echo $?
                """#)
        let refused = section("refused", of: lines)
        #expect(refused.first == "78")
        let line = try #require(refused.first { $0.hasPrefix("ExecPaths=") })
        #expect(line.hasPrefix("ExecPaths=-/srv/own/score -/usr/bin/env -/usr/bin/python3"))
        #expect(
            refused.last == "ptrd: the command of [handler.exec] cannot be started: the user ptrd may not execute "
                + "/srv/own/score: `chmod a+rx /srv/own/score`")
        #expect(section("pasted", of: lines).first == "The configuration is right: /etc/ptrd/ptrd.toml")
    }
}
