import Testing

@Suite(
    "Who may do what with ptrd", .serialized, .timeLimit(.minutes(5)),
    .enabled(if: BootedSystem.isAvailable, "needs root and systemd-container"))
struct AccessTests {
    private func section(_ title: String, of lines: [String]) -> [String] { BootedSystem.section(title, of: lines) }

    @Test("operators may ask through the socket, others not, and are told what mends it; the state is ptrd's alone")
    func users() async throws {
        let lines = try await BootedSystem.run(
            BootedSystem.installation + """
                useradd --no-create-home --groups ptrd-ctl op
                systemctl start ptrd
                echo "== operator"
                runuser -u op -- ptrctl status >/dev/null && echo answered
                runuser -u op -- ls /var/lib/ptrd 2>/dev/null || echo "state $?"
                echo "== stranger"
                runuser -u nobody -- ptrctl status 2>&1 || echo "ptrctl $?"
                runuser -u nobody -- ls /var/lib/ptrd 2>/dev/null || echo "state $?"
                echo "== modes"
                stat -c '%a %U %G' /run/ptrd.sock /var/lib/ptrd /var/lib/ptrd/ptrd.sqlite
                """)
        #expect(section("operator", of: lines) == ["answered", "state 2"])
        #expect(
            section("stranger", of: lines) == [
                "ptrctl: you may not connect to /run/ptrd.sock: that is for the group ptrd-ctl",
                "        join the group that may: `sudo usermod -aG ptrd-ctl $USER`, then log in again",
                "ptrctl 5", "state 2",
            ])
        let modes = section("modes", of: lines)
        #expect(modes.prefix(2) == ["660 ptrd ptrd-ctl", "750 ptrd ptrd"])
        #expect(modes.last?.hasSuffix("0 ptrd ptrd") == true, "others may read the database: \(modes)")
    }

    @Test("with a smaller admin_group others of the socket's group may only read; the journal has who asked for what")
    func administrators() async throws {
        let lines = try await BootedSystem.run(
            BootedSystem.installation + #"""
                groupadd ptrd-admin
                useradd --no-create-home --uid 4001 --user-group --groups ptrd-ctl op
                useradd --no-create-home --uid 4002 --user-group --groups ptrd-ctl,ptrd-admin admin
                printf '[control]\nadmin_group = "ptrd-admin"\n' >>/etc/ptrd/ptrd.toml
                systemctl start ptrd
                echo "== reader"
                runuser -u op -- ptrctl status >/dev/null && echo answered
                runuser -u op -- ptrctl scale 3 2>&1 || echo "ptrctl $?"
                ptrctl status --json | jq --raw-output .scaling.mode
                echo "== administrator"
                runuser -u admin -- ptrctl scale 3 >/dev/null && echo scaled
                ptrctl status --json | jq --raw-output .scaling.mode
                echo "== audit"
                journalctl --sync
                journalctl --unit=ptrd --output=json PTRD_VERB=scale | jq --raw-output '[.PTRD_PEER_UID, .PTRD_PEER_GID,
                    (.PTRD_PEER_PID | test("^[0-9]+$")), .PTRD_VERB, .PTRD_REQUEST] | join(" ")'
                journalctl --unit=ptrd --output=cat PTRD_VERB=scale | sed -E 's/pid [0-9]+/pid N/; s/: denied: .*//'
                """#)
        #expect(
            section("reader", of: lines) == [
                "answered",
                "ptrctl: only root, the user ptrd runs as and members of the group ptrd-admin may change something",
                "        join it with `sudo usermod -aG ptrd-admin $USER`, then log in again; or use sudo",
                "ptrctl 5", "auto",
            ])
        #expect(section("administrator", of: lines) == ["scaled", "manual"])
        #expect(
            section("audit", of: lines) == [
                "4001 4001 true scale scale", "4002 4002 true scale scale to 3",
                "control request of op (uid 4001, gid 4001, pid N) refused",
                "control request of admin (uid 4002, gid 4002, pid N) carried out: scale to 3",
            ])
    }
}
