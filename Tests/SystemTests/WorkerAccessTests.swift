import Foundation
import Launching
import Testing

@Suite(
    "Who may give commands where workers are processes", .serialized, .timeLimit(.minutes(5)),
    .enabled(if: BootedSystem.isAvailable, "needs root and systemd-container"))
struct WorkerAccessTests {
    private func section(_ title: String, of lines: [String]) -> [String] { BootedSystem.section(title, of: lines) }

    @Test(
        "is not ptrd's user, which they have, too; it may ask, a reload runs as root, and ptrd's memory is closed to it"
    )
    func ownUser() async throws {
        let lines = try await BootedSystem.run(
            BootedSystem.installation + #"""
                sed -i '/handler.print/,$d' /etc/ptrd/ptrd.toml
                printf '[handler]\nkind = "exec"\n[handler.exec]\ncommand = ["/bin/sh", "-c", "exec cat"]\n' >>/etc/ptrd/ptrd.toml
                install -m 644 \#(Program.project.path)/packaging/systemd/examples/workers-shell.conf \
                    /etc/systemd/system/ptrd.service.d/
                useradd --no-create-home --groups ptrd-ctl op
                systemctl daemon-reload
                systemctl start ptrd
                pid=$(property MainPID)
                echo "== own"
                runuser -u ptrd -- ptrctl status --json | jq .scaling.max
                runuser -u ptrd -- ptrctl scale 3 2>&1 || echo "ptrctl $?"
                runuser -u ptrd -- cat "/proc/$pid/environ" >/dev/null 2>&1 || echo closed
                runuser -u ptrd -- ls "/proc/$pid/fd" >/dev/null 2>&1 || echo closed
                echo "== others"
                runuser -u op -- ptrctl scale 3 >/dev/null && echo scaled
                ptrctl scale 2 >/dev/null && echo scaled
                systemctl reload ptrd && echo reloaded
                echo "== printing"
                sed -i '/^.handler/,$d' /etc/ptrd/ptrd.toml
                systemctl restart ptrd
                runuser -u ptrd -- ptrctl scale 3 >/dev/null && echo scaled
                """#)
        #expect(
            section("own", of: lines) == [
                "4",
                "ptrctl: the user ptrd runs as may change nothing here: its workers' processes are of that user, too",
                "        use sudo, or a user of the group ptrd-ctl", "ptrctl 5", "closed", "closed",
            ])
        #expect(section("others", of: lines) == ["scaled", "scaled", "reloaded"])
        #expect(section("printing", of: lines) == ["scaled"])
    }

    @Test(
        "its workers read neither state nor credentials where the kernel has Landlock; their folder and /tmp are theirs"
    )
    func files() async throws {
        let lines = try await BootedSystem.run(
            BootedSystem.installation + #"""
                sed -i '/handler.print/,$d' /etc/ptrd/ptrd.toml
                printf '[handler]\nkind = "exec"\n[handler.exec]\ncommand = ["/bin/sh", "/srv/try.sh"]\n' >>/etc/ptrd/ptrd.toml
                printf '[scaling]\nmax = 1\nworkers_per_supervisor = 1\n' >>/etc/ptrd/ptrd.toml
                cat >/srv/try.sh <<'SCRIPT'
                try() { ( : <"$1" ) 2>/dev/null && echo "$1 is open" || echo "$1 is closed"; }
                {
                    try /var/lib/ptrd/ptrd.sqlite
                    try /run/credentials/ptrd.service/token
                    try /etc/ptrd/ptrd.toml
                    ( : >/tmp/mine ) && try /tmp/mine
                } >part 2>&1
                echo end >>part
                while read -r line; do :; done
                SCRIPT
                install -m 644 \#(Program.project.path)/packaging/systemd/examples/workers-shell.conf \
                    /etc/systemd/system/ptrd.service.d/
                printf '[Service]\nLoadCredential=token:/etc/token\n' >/etc/systemd/system/ptrd.service.d/token.conf
                echo secret >/etc/token
                systemctl daemon-reload
                systemctl start ptrd
                until_true grep -q end /var/lib/ptrd/workers/part
                echo "== tried"
                cat /var/lib/ptrd/workers/part
                """#)
        let closed = Landlock.isAvailable ? "closed" : "open"
        #expect(
            section("tried", of: lines) == [
                "/var/lib/ptrd/ptrd.sqlite is \(closed)", "/run/credentials/ptrd.service/token is \(closed)",
                "/etc/ptrd/ptrd.toml is open", "/tmp/mine is open", "end",
            ])
    }
}

@Suite("A worker's process at the control socket", .timeLimit(.minutes(1)))
struct WorkerAtTheSocketTests {
    @Test("may ask, and change nothing, also in a session of its own; whoever has started ptrd may, with the same user")
    func worker() async throws {
        let scene = try Scene()
        let said = scene.folder.appending(path: "said").path
        let script = scene.folder.appending(path: "worker.sh").path
        let ptrctl = "\(Program.products.path)/ptrctl --socket \(scene.socket)"
        try """
        until \(ptrctl) status --json >\(said).status; do sleep 0.1; done
        {
            \(ptrctl) scale 1 2>&1
            echo "ended with $?"
            setsid --wait \(ptrctl) scale 1 2>&1
            echo "ended with $?"
        } >\(said).part
        mv \(said).part \(said)
        exec cat >/dev/null
        """.write(toFile: script, atomically: true, encoding: .utf8)
        let configuration = try scene.configure(
            port: 9, print: "",
            """
            [scaling]
            max = 1
            workers_per_supervisor = 1
            [handler]
            kind = "exec"
            [handler.exec]
            command = ["/bin/sh", "\(script)"]
            """)
        let daemon = try await scene.daemon(configuration)
        // The feed is not there, so ptrd is degraded after a while; its worker waits for nothing but the socket.
        while !FileManager.default.fileExists(atPath: said) { try await Task.sleep(for: .milliseconds(50)) }
        let lines = try String(contentsOfFile: said, encoding: .utf8).split(separator: "\n")
        let refusal = [
            "ptrctl: a worker's process may change nothing", "        only ask what ptrd knows", "ended with 5",
        ]
        #expect(lines.map(String.init) == refusal + refusal)
        let own = try await Program("ptrctl", ["--socket", scene.socket, "scale", "1"]).outcome
        #expect(own.status == 0, "\(own.err)")
        daemon.signal(SIGTERM)
        #expect(await daemon.status == 0)
    }
}

@Suite("A command that cannot be started", .timeLimit(.minutes(1)))
struct UnstartableCommandTests {
    private func configure(_ scene: Scene, _ command: String) throws -> String {
        try scene.configure(
            port: 9, print: "", "[handler]\nkind = \"exec\"\n[handler.exec]\ncommand = [\"\(command)\"]")
    }

    @Test("is told by the check of the configuration, with its mend, which then fails")
    func checked() async throws {
        let scene = try Scene()
        let script = scene.folder.appending(path: "worker").path
        try "echo no first line\n".write(toFile: script, atomically: true, encoding: .utf8)
        for (command, words) in [
            ("/nowhere/at/all", "there is no /nowhere/at/all: install it, or name another"),
            (script, "\(script) is not executable: `chmod +x"), ("/usr", "/usr is a directory: name the program in it"),
        ] {
            let check = try await Program("ptrd", ["--config", configure(scene, command), "--check-config"]).outcome
            #expect(check.status == 78)
            #expect(
                check.err.hasPrefix("ptrd: the command of [handler.exec] cannot be started: \(words)"), "\(check.err)")
        }
        let right = try await Program("ptrd", ["--config", configure(scene, "/bin/cat"), "--check-config"]).outcome
        #expect(right.status == 0 && right.out.contains("The configuration is right"))
        #expect(right.out.contains("Note: [handler.print] is not used: handler.kind is \"exec\""))
    }

    @Test("is no reason for ptrd not to start; the log says why and what mends it")
    func started() async throws {
        let scene = try Scene()
        let daemon = try await scene.daemon(configure(scene, "/nowhere/at/all"))
        let line = await daemon.errors.first(
            containing: "the command of [handler.exec] cannot be started: there is no /nowhere/at/all: install it")
        #expect(line != nil)
        daemon.signal(SIGTERM)
        #expect(await daemon.status == 0)
    }
}
