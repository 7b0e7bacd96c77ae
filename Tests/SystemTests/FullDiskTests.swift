import Testing

@Suite(
    "A full disk", .serialized, .timeLimit(.minutes(5)),
    .enabled(if: BootedSystem.isAvailable, "needs root and systemd-container"))
struct FullDiskTests {
    private func section(_ title: String, of lines: [String]) -> [String] { BootedSystem.section(title, of: lines) }

    /// Small disks for the state and for a file that is printed to.
    private static let disks = """
        for disk in /var/lib/ptrd /var/log/ptrd; do
            mkdir -p $disk
            mount -t tmpfs -o size=1M none $disk
        done
        fill() { dd if=/dev/zero of="$1/filler" bs=4k 2>/dev/null || true; }
        sed -i 's|^to = .*|to = "/var/log/ptrd/printed"|' /etc/ptrd/ptrd.toml

        """

    @Test("of the state: work goes on, the journal says so, ptrd is degraded until there is room; a kill loses nothing")
    func state() async throws {
        let lines = try await BootedSystem.run(
            BootedSystem.installation + Self.disks + """
                systemd-run --quiet --unit=feed ptrfeed serve --ids --rate 500 --kill-every 0 --count 3000
                systemctl start ptrd
                until_true messages '.processed > 100'
                fill /var/lib/ptrd
                until_true is_logged state-unwritable
                echo "== full"
                until_true messages ".processed > $(($(messages .processed) + 100))"
                ptrctl status --json >/tmp/status || echo "ptrctl $?"
                jq --raw-output .state,.degraded_because /tmp/status
                kill -KILL "$(property MainPID)"
                until_true is NRestarts 1
                until_true messages '.processed > 0'
                echo "== room"
                rm /var/lib/ptrd/filler
                all() { ptrctl status --json | jq --exit-status '[.streams[].last_event_id] == ["1500", "1500"]'; }
                until_true all
                until_true messages '.in_flight == 0'
                # The life that was killed saw no room any more.
                told() { [ "$(entries state-writable | wc -l)" = $(($(entries state-unwritable | wc -l) - 1)) ]; }
                until_true told && echo "written again"
                systemctl stop ptrd
                sort -u /var/log/ptrd/printed | wc -l
                """)
        #expect(section("full", of: lines).prefix(2) == ["ptrctl 1", "degraded"])
        #expect(
            section("full", of: lines).last?.contains("the file system of /var/lib/ptrd/ptrd.sqlite is full") == true)
        // The kill may have cut a line, and the next life's first one is behind it then.
        let room = section("room", of: lines)
        #expect(room == ["written again", "3000"] || room == ["written again", "3001"])
    }

    @Test("of a printed file: printing and the work wait, the journal says so, and with room all is printed once")
    func output() async throws {
        let lines = try await BootedSystem.run(
            BootedSystem.installation + Self.disks + """
                printf '[flow]\\nmax_in_flight = 512\\n[scaling]\\nmax = 4\\n' >>/etc/ptrd/ptrd.toml
                systemd-run --quiet --unit=feed ptrfeed serve --rate 1000 --kill-every 0 --count 3000
                systemctl start ptrd
                until_true messages '.processed > 100'
                fill /var/log/ptrd
                until_true is_logged output-full
                echo "== full"
                until_true messages '.in_flight == 512'
                ptrctl status --json >/tmp/status || echo "ptrctl $?"
                jq --raw-output .state,.degraded_because /tmp/status
                entries output-full
                # A worker that waits for the disk can be replaced; its message is dealt again.
                ptrctl crash worker >/dev/null && echo replaced
                echo "== room"
                rm /var/log/ptrd/filler
                until_true is_logged output-has-room
                until_true messages '.received == 3000 and .in_flight == 0'
                messages .dead_lettered
                ptrctl status >/dev/null && echo well
                wc -l </var/log/ptrd/printed
                grep -cvE '^15[0-9]{17}$' /var/log/ptrd/printed || true
                sort -u /var/log/ptrd/printed | wc -l
                """)
        #expect(
            section("full", of: lines) == [
                "ptrctl 1", "degraded",
                "/var/log/ptrd/printed: the disk is full: printing, and with it the work, waits; make room",
                "/var/log/ptrd/printed: the disk is full; printing waits until there is room: make room", "replaced",
            ])
        let room = section("room", of: lines)
        // Whole lines, each message once; but those in hand of the worker that was crashed, if they were on the way to the disk.
        try #require(room.count == 5, "\(room)")
        #expect(Int(room[2]).map((3000...3128).contains) == true, "\(room)")
        #expect([0, 1, 3, 4].map { room[$0] } == ["0", "well", "0", "3000"])
    }
}
