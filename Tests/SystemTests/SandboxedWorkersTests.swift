import Testing

@Suite(
    "Workers in the sandbox of the unit", .serialized, .timeLimit(.minutes(5)),
    .enabled(if: BootedSystem.isAvailable, "needs root and systemd-container"))
struct SandboxedWorkersTests {
    @Test("work in any language with the drop-in of the examples, and begin with a clean slate")
    func languages() async throws {
        let lines = try await BootedSystem.run(
            BootedSystem.installation + #"""
                sed -i '/handler.print/,$d' /etc/ptrd/ptrd.toml
                cp /etc/ptrd/ptrd.toml /etc/ptrd/streams
                examples=\#(Program.project.path)/packaging/systemd/examples
                cat >/srv/score.py <<'SCRIPT'
                import sys, json
                for line in sys.stdin:
                    m = json.loads(line)
                    print(json.dumps({"seq": m["seq"], "status": "done"}), flush=True)
                SCRIPT
                cat >/srv/score.js <<'SCRIPT'
                require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
                    console.log(JSON.stringify({ seq: JSON.parse(line).seq, status: "done" }))
                })
                SCRIPT
                cat >/srv/each.sh <<'SCRIPT'
                while read -r line; do echo '{"status":"done"}'; done
                SCRIPT
                cat >/srv/each.pl <<'SCRIPT'
                $| = 1;
                while (<>) { /"seq":(\d+)/; print qq({"seq":$1,"status":"done"}\n) }
                SCRIPT
                # Has a program work off the feed, each fiftieth message of which kills a worker.
                works() { # NAME COMMAND DROP-IN...
                    local name=$1 command=$2 dropin
                    shift 2
                    command -v "$(echo "$command" | cut -d '"' -f 2)" >/dev/null || { echo "$name is missing"; return; }
                    for dropin in "$@"; do
                        install -m 644 "$examples/workers-$dropin.conf" /etc/systemd/system/ptrd.service.d/
                    done
                    rm -rf /var/lib/ptrd/*
                    {
                        cat /etc/ptrd/streams
                        printf '[scaling]\nmax = 1\nworkers_per_supervisor = 2\n[handler]\nkind = "exec"\n'
                        printf '[handler.exec]\ncommand = [%s]\n' "$command"
                    } >/etc/ptrd/ptrd.toml
                    systemctl daemon-reload
                    ptrd --check-config >/dev/null || echo "$name is refused by the check"
                    systemctl reset-failed 2>/dev/null || true
                    systemd-run --quiet --unit=feed ptrfeed serve --rate 500 --kill-every 50 --count 100
                    systemctl start ptrd
                    until_true messages '.received == 100 and .in_flight == 0'
                    ptrctl status --json | jq --raw-output '.messages | "'"$name"' \(.processed) \(.killed) \(.dead_lettered)"'
                    if [ "$name" = jq ]; then
                        local child
                        child=$(pgrep --uid ptrd --newest --exact jq)
                        # It opens nothing itself. Looked at from outside of the sandbox, by root.
                        echo "descriptors $(ls "/proc/$child/fd" | tr '\n' ' ')"
                        sed -nE 's/^(SigBlk|NoNewPrivs):\s*/\1 /p' "/proc/$child/status"
                        # Two signals of glibc's own (32, 33) are ignored by whatever posix_spawn(3) has started, as this here.
                        echo "ignored $((0x$(sed -nE 's/^SigIgn:\s*//p' "/proc/$child/status") & ~0x180000000))"
                        [ "$(ps -o sid= -p "$child" | tr -d ' ')" = "$child" ] && echo "a session of its own"
                        tr '\0' '\n' <"/proc/$child/environ" | sed 's/=.*//' | sort | tr '\n' ' '; echo
                    fi
                    systemctl stop ptrd feed
                    pgrep --uid ptrd --list-full || true
                    rm -f /etc/systemd/system/ptrd.service.d/workers-*.conf
                }
                echo "== worked"
                works python '"/usr/bin/python3", "/srv/score.py"' python
                works sh '"/bin/sh", "/srv/each.sh"' shell
                works jq '"/usr/bin/jq", "--unbuffered", "--compact-output", "{seq, status: \"done\"}"' shell
                works perl '"/usr/bin/perl", "/srv/each.pl"' shell
                works node '"/usr/bin/node", "/srv/score.js"' node
                works cgroups '"/usr/bin/python3", "/srv/score.py"' python cgroups
                """#)
        var worked = BootedSystem.section("worked", of: lines)
        let slate = [
            "descriptors 0 1 2 ", "NoNewPrivs 1", "SigBlk 0000000000000000", "ignored 0",
            "a session of its own",
            "HOME LANG PATH PTR_BATCH PTR_MAX_ANSWER PTR_PREFETCH PTR_PROTOCOL PTR_REPLY_FD PTR_WORKER PYTHONUNBUFFERED TMPDIR ",
        ]
        let (first, last) = (
            worked.firstIndex { $0.hasPrefix("descriptors") }, worked.firstIndex { $0.hasPrefix("HOME") }
        )
        if let first, let last {
            // The kernel has them in an order of its own.
            #expect(worked[first...last].sorted() == slate.sorted())
            worked.removeSubrange(first...last)
        } else {
            Issue.record("nothing is known of a worker's process: \(worked)")
        }
        let names = ["python", "sh", "jq", "perl", "node", "cgroups"]
        #expect(worked.count == names.count, "\(worked)")
        for (name, line) in zip(names, worked) where line != "\(name) is missing" {
            #expect(line == "\(name) 98 2 0")
        }
    }
}
