import CLaunching
import Glibc
import Locking
import NIOCore
import TestKit
import Testing

@testable import Launching

@Suite("The pipes of a process", .timeLimit(.minutes(2)))
struct ProcessPipesTests {
    @Test("carry what is written, in its order, and what is answered")
    func echo() async throws {
        try await withLauncher { launcher in
            let child = try await launcher.start(["/bin/cat"])
            var expected = ""
            for number in 0..<1000 {
                expected += "line \(number)\n"
                child.process.write(ByteBuffer(string: "line \(number)\n"))
            }
            child.process.closeInput()
            let (exit, seen) = await child.finished()
            #expect(exit.cause == .exited(status: 0))
            #expect(seen.output == expected)
        }
    }

    @Test("carry answers on descriptor 3 beside what is printed")
    func reply() async throws {
        try await withLauncher { launcher in
            let child = try await launcher.shell("echo chatter; echo answer >&3") { $0.hasReplyDescriptor = true }
            let seen = await child.finished().seen
            #expect(seen.output == "chatter\n" && seen.reply == "answer\n")
        }
    }

    @Test("never make the writer wait: what a child does not read is kept, and counted")
    func deaf() async throws {
        try await withLauncher { launcher in
            let child = try await launcher.start(["/bin/sleep", "1000"])
            let megabyte = ByteBuffer(repeating: UInt8(ascii: "x"), count: 1 << 20)
            for _ in 0..<10 { child.process.write(megabyte) }
            #expect(child.process.pendingInput == 10 << 20 - 1 << 16)
            #expect(child.process.unreadInput == 10 << 20)
            child.process.killGroup()
            _ = await child.process.exit
            #expect(child.process.pendingInput == 0)
            #expect(child.process.unreadInput == nil)
        }
    }

    @Test("give what was kept, when it reads")
    func late() async throws {
        try await withLauncher { launcher in
            let child = try await launcher.shell("kill -STOP $$; exec wc -c")
            while stateOf(child.process.pid) != "T" { try await nextTurn() }
            let megabyte = ByteBuffer(repeating: UInt8(ascii: "x"), count: 1 << 20)
            for _ in 0..<5 { child.process.write(megabyte) }
            for _ in 0..<5 { child.process.write(ByteBuffer(string: "y")) }
            child.process.signal(SIGCONT, toGroup: false)
            await child.recorder.wait(until: \.isInputWritten)
            child.process.closeInput()
            #expect(await child.finished().seen.output == "\(5 << 20 + 5)\n")
        }
    }

    @Test("are closed after what is kept, if they are closed before it is written")
    func closing() async throws {
        try await withLauncher { launcher in
            let child = try await launcher.shell("kill -STOP $$; exec wc -c")
            while stateOf(child.process.pid) != "T" { try await nextTurn() }
            child.process.write(ByteBuffer(repeating: UInt8(ascii: "x"), count: 1 << 20))
            child.process.closeInput()
            child.process.write(ByteBuffer(string: "goes nowhere"))
            child.process.signal(SIGCONT, toGroup: false)
            #expect(await child.finished().seen.output == "\(1 << 20)\n")
        }
    }

    @Test("show when a child has read all, and sits on it")
    func unread() async throws {
        try await withLauncher { launcher in
            let child = try await launcher.shell("read -r line; kill -STOP $$")
            child.process.write(ByteBuffer(string: "one\n"))
            while child.process.unreadInput != 0 { try await nextTurn() }
            #expect(child.process.exitIfEnded == nil)
        }
    }

    @Test("tell at once that a child has closed its input, though it lives and nothing is written")
    func broken() async throws {
        try await withLauncher { launcher in
            let child = try await launcher.shell("exec <&-; sleep 1000")
            await child.recorder.wait(until: \.isInputBroken)
            child.process.write(ByteBuffer(string: "goes nowhere"))
            #expect(child.process.unreadInput == nil)
            #expect(child.process.exitIfEnded == nil)
        }
    }

    @Test("tell that a child has closed its output, though it lives")
    func ended() async throws {
        try await withLauncher { launcher in
            let child = try await launcher.shell("echo last; exec >&-; sleep 1000")
            await child.recorder.wait { $0.ended.contains(.output) }
            #expect(child.recorder.seen.output == "last\n")
            #expect(child.process.exitIfEnded == nil)
        }
    }

    @Test("hold back a child that writes more than is read")
    func paused() async throws {
        try await withLauncher { launcher in
            let paused = Locked<LaunchedProcess?>(nil)
            let recorder = Recorder(keepsText: false) { _ in paused.withLock { $0?.pause(.output) } }
            let child = try await launcher.shell("read -r go; exec head -c 100000000 /dev/zero", recorder)
            paused.withLock { $0 = child.process }
            let before = try #require(residentMemory())
            child.process.write(ByteBuffer(string: "go\n"))
            await recorder.wait { $0.count > 0 }
            // It waits in its write.
            while readText("/proc/\(child.process.pid)/syscall").map({ !$0.hasPrefix("1 ") }) ?? false {
                try await nextTurn()
            }
            #expect(recorder.seen.count <= 1 << 16)
            #expect(child.process.exitIfEnded == nil)
            paused.withLock { $0 = nil }
            child.process.resume(.output)
            let (exit, seen) = await child.finished()
            #expect(exit.cause == .exited(status: 0))
            #expect(seen.count == 100_000_000)
            #expect(try #require(residentMemory()) - before < 16 << 20)
        }
    }

    @Test("may be looked into when there is nothing")
    func empty() {
        var ends: [Int32] = [0, 0]
        #expect(claunching_pipe(&ends) == 0)
        defer { close(ends[1]) }
        _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
        let watch = claunching_make_watch()
        defer { close(watch) }
        var pipe = OutputPipe(ends[0], watch: watch, token: 1)
        pipe.begin()
        var buffer = ByteBuffer()
        #expect(pipe.read(into: &buffer) == .nothing)
        #expect(write(ends[1], "abc", 3) == 3)
        #expect(pipe.held == 3)
        #expect(pipe.read(into: &buffer) == .bytes)
        #expect(String(buffer: buffer) == "abc")
        pipe.pause(true)
        #expect(write(ends[1], "de", 2) == 2)
        #expect(pipe.read(into: &buffer) == .nothing)
        pipe.pause(false)
        #expect(pipe.read(into: &buffer) == .bytes)
        pipe.close()
        #expect(pipe.read(into: &buffer) == .nothing)
    }

    @Test("bring what they hold at the end, also while nobody reads")
    func pausedEnd() async throws {
        try await withLauncher { launcher in
            let child = try await launcher.shell("read -r go; echo last")
            child.process.pause(.output)
            child.process.write(ByteBuffer(string: "go\n"))
            #expect(await child.finished().seen.output == "last\n")
        }
    }

    @Test("can be closed by us: the child's writes then fail, and nothing more is told but its end")
    func closed() async throws {
        try await withLauncher { launcher in
            let child = try await launcher.shell("read -r go; echo unheard; exit 9")
            child.process.close()
            let (exit, seen) = await child.finished()
            #expect(exit.cause == .signalled(SIGPIPE, dumpedCore: false))
            #expect(seen.output.isEmpty && seen.late == 0)
        }
    }

    /// Of this process, in bytes.
    private func residentMemory() -> Int? {
        readText("/proc/self/statm")?.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 * 4096 }
    }
}
