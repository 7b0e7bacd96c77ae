import Glibc
import Launching
import TestKit
import Testing

/// What a process finds when it begins.
@Suite("A child starts clean", .timeLimit(.minutes(1)))
struct CleanStartTests {
    @Test("with three descriptors, whatever we have open", arguments: [false, true])
    func descriptors(hasReply: Bool) async throws {
        try await withLauncher { launcher in
            // One that a careless library would leave to it.
            let careless = open("/dev/null", O_RDONLY)
            defer { close(careless) }
            let child = try await launcher.shell("ls /proc/$$/fd") { $0.hasReplyDescriptor = hasReply }
            #expect(await child.finished().seen.output == (hasReply ? "0\n1\n2\n3\n" : "0\n1\n2\n"))
        }
    }

    @Test("with no signal ignored or blocked, though we ignore and block some")
    func signals() async throws {
        try await withLauncher { launcher in
            let before = signal(SIGHUP, SIG_IGN)
            defer { signal(SIGHUP, before) }
            let child = try await launcher.start(["/bin/grep", "-E", "^Sig(Ign|Blk)", "/proc/self/status"])
            #expect(await child.finished().seen.output == "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n")
        }
    }

    @Test("as the leader of a session and a group of its own")
    func session() async throws {
        try await withLauncher { launcher in
            let child = try await launcher.shell("cut -d' ' -f1,5,6 /proc/$$/stat")
            let pid = child.process.pid
            #expect(await child.finished().seen.output == "\(pid) \(pid) \(pid)\n")
        }
    }

    @Test("with the environment that it was given, and nothing of ours")
    func environment() async throws {
        try await withLauncher { launcher in
            setenv("NOTIFY_SOCKET", "/run/ours", 1)
            defer { unsetenv("NOTIFY_SOCKET") }
            let child = try await launcher.start(["/usr/bin/env"]) { $0.environment = ["A": "1", "B": "x = \n y"] }
            let output = await child.finished().seen.output
            #expect(output == "A=1\nB=x = \n y\n" || output == "B=x = \n y\nA=1\n")
        }
    }

    @Test("with its arguments as they are; no shell reads them")
    func arguments() async throws {
        try await withLauncher { launcher in
            let child = try await launcher.start(["/usr/bin/printf", "<%s>", "$HOME *", "", "ü"])
            #expect(await child.finished().seen.output == "<$HOME *><><ü>")
        }
    }

    @Test("where it is told to work, with the umask that it was given")
    func directory() async throws {
        let folder = TemporaryFolder()
        try await withLauncher { launcher in
            let child = try await launcher.shell("pwd; umask; : > made; stat -c %a made") {
                $0.workingDirectory = folder.path
                $0.umask = 0o027
            }
            #expect(await child.finished().seen.output == "\(folder.path)\n0027\n640\n")
        }
    }

    @Test("held to its limits")
    func limits() async throws {
        try await withLauncher { launcher in
            let child = try await launcher.shell("ulimit -n; ulimit -d; ulimit -t; ulimit -Ht; ulimit -c; ulimit -p") {
                $0.limits = ResourceLimits(openFiles: 123, data: 64 << 20, cpu: 7, core: 0, processes: 4321)
            }
            #expect(await child.finished().seen.output == "123\n65536\n7\n8\n0\n4321\n")
        }
    }

    @Test("and its limit of memory is one of its data, so that it says what is missing and we live")
    func memory() async throws {
        try await withLauncher { launcher in
            let child = try await launcher.start(["/usr/bin/python3", "-c", "bytearray(200 << 20)"]) {
                $0.limits.data = 64 << 20
            }
            let (exit, seen) = await child.finished()
            #expect(exit.cause == .exited(status: 1))
            #expect(seen.errors.contains("MemoryError"))
        }
    }

    @Test("and one that takes too much time of a processor ends with the signal that says so")
    func cpu() async throws {
        try await withLauncher { launcher in
            let child = try await launcher.shell("while :; do :; done") { $0.limits.cpu = 1 }
            let exit = await child.process.exit
            guard case .signalled(SIGXCPU, _) = exit.cause else {
                Issue.record("\(exit)")
                return
            }
            #expect(exit.cpuTime >= .milliseconds(900))
        }
    }
}
