import Glibc
import TestKit
import Testing

@testable import Launching

@Suite(
    "What is denied by Landlock", .enabled(if: Landlock.isAvailable, "this kernel, or a filter, has no Landlock"),
    .timeLimit(.minutes(1)))
struct LandlockTests {
    @Test("cannot be read, changed, made or removed, while all beside it can")
    func files() async throws {
        let (state, beside) = (TemporaryFolder(), TemporaryFolder())
        write("secret", to: "\(state.path)/state", mode: 0o666)
        write("open", to: "\(beside.path)/file", mode: 0o666)
        try await withLauncher { launcher in
            let script = """
                cat \(state.path)/state; echo > \(state.path)/state; echo > \(state.path)/new; rm -f \(state.path)/state
                mv \(state.path)/state \(beside.path)/; cat /proc/self/root\(state.path)/state
                cat \(beside.path)/file; echo more > \(beside.path)/other; cat \(beside.path)/other; rm \(beside.path)/other
                ls /proc/self/fd > /dev/null && echo lives
                """
            let child = try await launcher.shell(script) { $0.deniedPaths = [state.path, "/nowhere"] }
            let seen = await child.finished().seen
            #expect(seen.output == "openmore\nlives\n")
            #expect(seen.errors.contains("Permission denied"))
            #expect(readText("\(state.path)/state") == "secret")
            #expect(access("\(state.path)/new", F_OK) != 0)
        }
    }

    @Test("is denied to what it starts as well, and it gains no privileges")
    func inherited() async throws {
        let state = TemporaryFolder()
        write("secret", to: "\(state.path)/state", mode: 0o666)
        try await withLauncher { launcher in
            let script = "sh -c 'cat \(state.path)/state'; grep NoNewPrivs /proc/self/status"
            let child = try await launcher.shell(script) { $0.deniedPaths = [state.path] }
            #expect(await child.finished().seen.output == "NoNewPrivs:\t1\n")
        }
    }

    @Test("and with it to look into, and to signal, who is not its own")
    func others() async throws {
        let state = TemporaryFolder()
        try await withLauncher { launcher in
            let neighbour = try await launcher.start(["/bin/cat"]) { $0.deniedPaths = [state.path] }
            let ours = getpid()
            let script = """
                readlink /proc/\(ours)/exe || echo hidden
                kill -0 \(ours) 2>/dev/null || echo ours
                kill -KILL \(neighbour.process.pid) 2>/dev/null || echo neighbour
                sleep 1000 & kill -KILL $! && echo own
                """
            let child = try await launcher.shell(script) { $0.deniedPaths = [state.path] }
            let output = await child.finished().seen.output
            #expect(output == (Landlock.deniesSignals ? "hidden\nours\nneighbour\nown\n" : "hidden\nown\n"))
            #expect((neighbour.process.exitIfEnded == nil) == Landlock.deniesSignals)
        }
    }

    @Test("leaves open what was made beside it since the last process was started")
    func fresh() async throws {
        let state = TemporaryFolder()
        try await withLauncher { launcher in
            let first = try await launcher.shell("exit 0") { $0.deniedPaths = [state.path] }
            _ = await first.finished()
            let made = TemporaryFolder()
            write("new", to: "\(made.path)/file", mode: 0o666)
            let second = try await launcher.shell("cat \(made.path)/file") { $0.deniedPaths = [state.path] }
            #expect(await second.finished().seen.output == "new")
        }
    }
}
