import Dispatch
import Glibc
import Launching
import Locking
import TestKit
import Testing

/// The state of a process, such as `Z`; nil: there is none.
func stateOf(_ pid: pid_t) -> Character? {
    guard let text = readText("/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else { return nil }
    return text[end...].dropFirst(2).first
}

/// Waits until a process is gone, or nothing but a zombie of somebody else's.
func awaitEnd(of pid: pid_t) async throws {
    while let state = stateOf(pid), state != "Z" { try await nextTurn() }
}

private func children() -> [pid_t] {
    (readText("/proc/self/task/\(getpid())/children") ?? "").split(separator: " ").compactMap { pid_t($0) }
}

@Suite("The end of a process", .timeLimit(.minutes(2)))
struct ProcessEndTests {
    @Test("is its status or its signal, and what it has used")
    func causes() async throws {
        try await withLauncher { launcher in
            let status = await (try launcher.shell("exit 75")).finished().exit
            #expect(status.cause == .exited(status: 75))
            #expect(status.description == "exited with status 75")
            #expect(status.maxResident > 100_000)
            let killed = await (try launcher.shell("kill -TERM $$")).finished().exit
            #expect(killed.cause == .signalled(SIGTERM, dumpedCore: false))
            #expect(killed.description == "was ended by SIGTERM")
        }
    }

    @Test("comes after all that it had written, and nothing comes after it")
    func order() async throws {
        try await withLauncher { launcher in
            for _ in 0..<50 {
                let child = try await launcher.shell("echo out; echo err >&2; echo reply >&3") {
                    $0.hasReplyDescriptor = true
                }
                let seen = await child.finished().seen
                #expect(seen.output == "out\n" && seen.errors == "err\n" && seen.reply == "reply\n")
                #expect(seen.ended == [.output, .errors, .reply])
                #expect(seen.exit != nil && seen.late == 0)
            }
        }
    }

    @Test("is known to all that wait, and to who comes late")
    func waiters() async throws {
        try await withLauncher { launcher in
            let child = try await launcher.start(["/bin/cat"])
            #expect(child.process.exitIfEnded == nil)
            // A bound that has passed at once.
            #expect(await child.process.exit(within: .zero, sleep: { _ in }) == nil)
            async let one = child.process.exit
            async let two = child.process.exit(within: .seconds(60))
            child.process.signal(SIGKILL, toGroup: false)
            #expect(await one.cause == .signalled(SIGKILL, dumpedCore: false))
            #expect(await two == one)
            #expect(child.process.exitIfEnded != nil)
            #expect(child.process.usage() == nil)
            // Its number may be another's by now.
            child.process.signal(SIGKILL, toGroup: true)
        }
    }

    @Test("leaves no zombie and no descriptor, five hundred times")
    func leftovers() async throws {
        // What the runtime opens once is open from here on.
        try await withLauncher { launcher in _ = await (try launcher.shell("exit 0")).finished() }
        let before = DirectoryListing.count("/proc/self/fd")
        try await withLauncher { launcher in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<500 {
                    group.addTask {
                        let child = try await launcher.start([index.isMultiple(of: 2) ? "/bin/true" : "/bin/false"])
                        let exit = await child.process.exit
                        #expect(exit.cause == .exited(status: index.isMultiple(of: 2) ? 0 : 1))
                        #expect(stateOf(child.process.pid) != "Z")
                    }
                }
                try await group.waitForAll()
            }
            #expect(launcher.count == 0)
            #expect(children().allSatisfy { stateOf($0) != "Z" })
        }
        // The threads of a launcher close what is theirs when they end.
        while DirectoryListing.count("/proc/self/fd") > before { try await nextTurn() }
    }

    @Test("takes what it has started in its group with it")
    func group() async throws {
        try await withLauncher { launcher in
            let child = try await launcher.shell("sleep 1000 & echo $!; exit 0")
            let (exit, seen) = await child.finished()
            #expect(exit.cause == .exited(status: 0))
            try await awaitEnd(of: try #require(pid_t(seen.output.dropLast())))
        }
    }

    @Test("by SIGKILL to the group ends also what ignores all else")
    func deaf() async throws {
        try await withLauncher { launcher in
            let child = try await launcher.shell("trap '' TERM HUP INT; sh -c 'echo $$; sleep 1000; :' & wait; wait")
            await child.recorder.wait { $0.output.hasSuffix("\n") }
            let inner = try #require(pid_t(child.recorder.seen.output.dropLast()))
            child.process.signal(SIGTERM, toGroup: true)
            // It lives, for it can still be asked.
            #expect(child.process.usage() != nil)
            child.process.killGroup()
            #expect(await child.process.exit.cause == .signalled(SIGKILL, dumpedCore: false))
            try await awaitEnd(of: inner)
        }
    }

    @Test("does not wait for a grandchild that holds its output, which can be named")
    func holder() async throws {
        try await withLauncher { launcher in
            let child = try await launcher.shell("setsid sh -c 'echo $$; exec sleep 1000' & read line; exit 3")
            await child.recorder.wait { $0.output.hasSuffix("\n") }
            let escaped = try #require(pid_t(child.recorder.seen.output.dropLast()))
            defer { kill(escaped, SIGKILL) }
            child.process.closeInput()
            let (exit, seen) = await child.finished()
            #expect(exit.cause == .exited(status: 3))
            #expect(seen.ended.contains(.output))
            #expect(await onThread { child.process.survivors() } == [escaped])
        }
    }

    @Test("comes with the end of the launcher, which then has none left")
    func closing() async throws {
        let launcher = try Launcher()
        let child = try await launcher.shell("trap '' TERM; sleep 1000 & wait")
        #expect(await launcher.close(within: .seconds(30)))
        #expect(child.process.exitIfEnded?.cause == .signalled(SIGKILL, dumpedCore: false))
        // A second time there is nothing to wait for.
        #expect(await launcher.close(within: .seconds(30)))
    }

    @Test("comes from the kernel when the thread that started it is gone, as it is when ptrd is killed")
    func parent() async throws {
        var launcher: Launcher? = try Launcher()
        let child = try #require(try await launcher?.start(["/bin/sleep", "1000"]))
        launcher = nil
        #expect(await child.process.exit.cause == .signalled(SIGKILL, dumpedCore: false))
    }

    @Test("does not come with that of the thread that asked for it")
    func asker() async throws {
        try await withLauncher { launcher in
            let recorder = Recorder()
            let launched = OneShot<LaunchedProcess?>()
            await onThread {
                let done = DispatchSemaphore(value: 0)
                Task {
                    let specification = LaunchSpecification(command: ["/bin/cat"])
                    launched.resolve(try? await launcher.launch(specification, observer: recorder))
                    done.signal()
                }
                done.wait()
            }
            let cat = try #require(await launched.value)
            cat.write(.init(string: "alive\n"))
            await recorder.wait { $0.output == "alive\n" }
            #expect(cat.exitIfEnded == nil)
        }
    }

    @Test("of a child that stops itself is a SIGKILL away")
    func stopped() async throws {
        try await withLauncher { launcher in
            let child = try await launcher.shell("kill -STOP $$")
            while stateOf(child.process.pid) != "T" { try await nextTurn() }
            #expect(child.process.exitIfEnded == nil)
            child.process.killGroup()
            #expect(await child.process.exit.cause == .signalled(SIGKILL, dumpedCore: false))
        }
    }
}

/// Looks into directories.
enum DirectoryListing {
    static func count(_ path: String) -> Int {
        guard let directory = opendir(path) else { return 0 }
        defer { closedir(directory) }
        var count = 0
        while readdir(directory) != nil { count += 1 }
        return count
    }
}
