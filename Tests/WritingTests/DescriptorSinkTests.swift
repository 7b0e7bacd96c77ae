import Foundation
import Glibc
import Locking
import ProgramKit
import TestKit
import Testing

@testable import Writing

@Suite("A descriptor sink")
struct DescriptorSinkTests {
    private typealias Sink = DescriptorSink<String>
    private let interruption = Interruption()

    init() {
        ignoreBrokenPipeSignal()
    }

    @Test("writes to the null device as to a file: in large pieces, and without asking for room")
    func nullDevice() throws {
        let output = try OutputDescriptor.open(path: "/dev/null")
        defer { close(output.number) }
        #expect(OutputDescriptor.kind(of: output.number) == .file)
        let tty = open("/dev/tty", O_WRONLY | O_NOCTTY)
        defer { if tty >= 0 { close(tty) } }
        #expect(tty < 0 || OutputDescriptor.kind(of: tty) == .pipe)
    }

    @Test("appends each record as a line to a file that children do not inherit")
    func file() async throws {
        let folder = TemporaryFolder()
        let path = "\(folder.path)/out.log"
        let output = try OutputDescriptor.open(path: path)
        #expect(fcntl(output.number, F_GETFD) & FD_CLOEXEC != 0)
        var status = stat()
        #expect(fstat(output.number, &status) == 0)
        #expect(status.st_mode & 0o777 & ~0o640 == 0)
        let sink = Sink(output)
        #expect(sink.write(["one", "two"], until: interruption).decided == 2)
        #expect(sink.write(["", "three"], until: interruption).refused.isEmpty)
        #expect(readText(path) == "one\ntwo\n\nthree\n")
        #expect(Sink(try OutputDescriptor.open(path: path)).write(["four"], until: interruption).decided == 1)
        #expect(readText(path) == "one\ntwo\n\nthree\nfour\n")
    }

    @Test("says why a file cannot be opened")
    func cannotOpen() {
        #expect(throws: DescriptorError.cannotOpen(path: "/nonexistent/x.log", errno: ENOENT)) {
            try OutputDescriptor.open(path: "/nonexistent/x.log")
        }
    }

    @Test("opens its file anew after a rotation")
    func reopening() throws {
        let folder = TemporaryFolder()
        let path = "\(folder.path)/out.log"
        let sink = Sink(try OutputDescriptor.open(path: path))
        _ = sink.write(["old"], until: interruption)
        #expect(rename(path, path + ".1") == 0)
        #expect(try sink.reopen() == path)
        _ = sink.write(["new"], until: interruption)
        _ = sink.write(["newer"], until: interruption)
        #expect(readText(path + ".1") == "old\n")
        #expect(readText(path) == "new\nnewer\n")
    }

    @Test("says why its file cannot be opened anew, and writes the old one on; what is no file is not opened")
    func cannotReopen() throws {
        let folder = TemporaryFolder()
        let path = "\(folder.path)/out.log"
        let sink = Sink(try OutputDescriptor.open(path: path))
        #expect(rename(path, path + ".1") == 0)
        try #require(mkdir(path, 0o700) == 0)
        defer { rmdir(path) }
        #expect(throws: DescriptorError.cannotOpen(path: path, errno: EISDIR)) { try sink.reopen() }
        _ = sink.write(["on"], until: interruption)
        #expect(readText(path + ".1") == "on\n")
        #expect(try Sink(OutputDescriptor.standardOutput).reopen() == nil)
    }

    @Test(
        "takes the fresh file while it waits for room in the old one: the torn line is written whole, and to it alone")
    func reopeningWhileFull() async throws {
        let folder = TemporaryFolder()
        let path = "\(folder.path)/out.log"
        let told = AsyncStream.makeStream(of: Sink.Event.self)
        let old = try OutputDescriptor.open(path: path)
        // The old one takes "one\nt", and then no more. It waits for ever: only the fresh file ends that.
        let taken = Locked(0)
        let sink = Sink(
            old, retryMilliseconds: -1,
            write: { number, bytes, _ in
                guard FileIdentity(descriptor: number) == FileIdentity(descriptor: old.number) else {
                    return (Glibc.write(number, bytes.baseAddress, bytes.count), 0)
                }
                let room = taken.withLock { 5 - $0 }
                guard room > 0 else { return (-1, ENOSPC) }
                let count = Glibc.write(number, bytes.baseAddress, min(room, bytes.count))
                taken.withLock { $0 += count }
                return (count, 0)
            }, onEvent: { told.continuation.yield($0) })
        let writing = Task { [interruption] in
            await onThread { sink.write(["one", "two", "three"], until: interruption) }
        }
        var events = told.stream.makeAsyncIterator()
        #expect(await events.next() == .diskFull(name: path, .room))
        #expect(rename(path, path + ".1") == 0)
        try sink.reopen()
        let result = await writing.value
        #expect(result.decided == 3 && result.refused.isEmpty)
        #expect(await events.next() == .diskHasRoom(name: path))
        #expect(readText(path + ".1") == "one\nt")
        #expect(readText(path) == "two\nthree\n")
    }

    @Test("a file that is opened anew and is the same one goes on in the middle of its line")
    func reopeningTheSame() async throws {
        let folder = TemporaryFolder()
        let path = "\(folder.path)/out.log"
        let told = AsyncStream.makeStream(of: Sink.Event.self)
        let full = Locked(false)
        let sink = Sink(
            try OutputDescriptor.open(path: path), retryMilliseconds: -1,
            write: { number, bytes, _ in
                if full.withLock({ $0 }) { return (-1, ENOSPC) }
                full.withLock { $0 = true }
                return (Glibc.write(number, bytes.baseAddress, 2), 0)
            }, onEvent: { told.continuation.yield($0) })
        let stopped = Interruption()
        let writing = Task { await onThread { sink.write(["one", "two"], until: stopped) } }
        var events = told.stream.makeAsyncIterator()
        _ = await events.next()
        full.withLock { $0 = false }
        try sink.reopen()
        _ = await events.next()
        _ = await events.next()
        stopped.request()
        #expect(await writing.value.decided == 1)
        #expect(readText(path) == "one\n")
    }

    @Test("takes the fresh FIFO's place while nobody reads the old one")
    func reopeningWhileBlocked() async throws {
        let folder = TemporaryFolder()
        let path = "\(folder.path)/fifo"
        try #require(mkfifo(path, 0o600) == 0)
        let output = try OutputDescriptor.open(path: path)
        let sink = Sink(output)
        // As much as it holds, so that the next line waits for a reader.
        try #require(fcntl(output.number, F_SETFL, O_NONBLOCK) == 0)
        let page = [UInt8](repeating: 0x78, count: 4096)
        while write(output.number, page, page.count) > 0 {}
        let writing = Task { [interruption] in await onThread { sink.write(["line"], until: interruption) } }
        #expect(rename(path, path + ".1") == 0)
        try sink.reopen()
        #expect(await writing.value.decided == 1)
        #expect(readText(path) == "line\n")
    }

    @Test(
        "tells what a file system has no more of",
        arguments: [
            (ENOSPC, 0, 9, DiskShortage.room), (ENOSPC, 9, 0, .inodes), (ENOSPC, 0, 0, .room), (EDQUOT, 9, 0, .quota),
        ])
    func shortage(errno: Int32, blocks: Int, inodes: Int, expected: DiskShortage) {
        var status = statvfs()
        (status.f_bavail, status.f_files, status.f_favail) = (UInt(blocks), 100, UInt(inodes))
        #expect(DiskShortage(errno, status) == expected)
        // One that counts no inodes lacks none.
        status.f_files = 0
        #expect(DiskShortage(errno, status) == (errno == EDQUOT ? .quota : .room))
    }

    @Test(
        "what cannot be opened says what helps",
        arguments: [
            (ENOENT, "check that its directory exists"), (EMFILE, "LimitNOFILE="), (ENFILE, "fs.file-max"),
            (EDQUOT, "raise the quota"), (ENOSPC, "make room"),
        ])
    func mends(errno: Int32, words: String) {
        #expect("\(DescriptorError.cannotOpen(path: "/tmp/x", errno: errno))".contains(words))
    }

    @Test("waits for the reader of a full pipe and loses no byte")
    func pipe() async throws {
        let pipe = PipeEnds()
        let lines =
            (0..<2000).map { "\($0) " + String(repeating: "x", count: 100 + $0 % 900) } + [
                String(repeating: "y", count: 300_000)
            ]
        let expected = lines.joined(separator: "\n") + "\n"
        let sink = Sink(OutputDescriptor(number: pipe.writer, name: "pipe"))
        let writing = Task { [interruption] in await onThread { sink.write(lines, until: interruption) } }
        let read = await onThread { readBytes(pipe.reader, count: expected.utf8.count) }
        #expect(read.elementsEqual(expected.utf8))
        #expect(await writing.value.decided == lines.count)
    }

    @Test("writes to a socket, waiting for its reader")
    func socket() async throws {
        var ends: [Int32] = [0, 0]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        let (reader, writer) = (ends[0], ends[1])
        defer {
            close(reader)
            close(writer)
        }
        let line = String(repeating: "z", count: 2_000_000)
        let sink = Sink(OutputDescriptor(number: writer, name: "socket"))
        let writing = Task { [interruption] in await onThread { sink.write([line], until: interruption) } }
        #expect(await onThread { readBytes(reader, count: 2_000_001).count } == 2_000_001)
        #expect(await writing.value.decided == 1)
    }

    @Test("refuses the records that nobody reads")
    func brokenPipe() throws {
        let pipe = PipeEnds()
        pipe.closeReader()
        let result = Sink(OutputDescriptor(number: pipe.writer, name: "stdout")).write(["a", "b"], until: interruption)
        #expect(result.decided == 2)
        #expect(result.refused.count == 2)
        #expect(result.refused[1] as? DescriptorError == .readerGone(name: "stdout"))
    }

    @Test("a full disk is told once and waited out until the writer is stopped")
    func diskFull() async throws {
        let told = AsyncStream.makeStream(of: Sink.Event.self)
        let full = try OutputDescriptor.open(path: "/dev/full")
        let sink = DescriptorSink<String>(full) { told.continuation.yield($0) }
        let writer = BoundedWriter(name: "test", sink: sink)
        writer.offer("a")
        let life = Task { try await writer.run() }
        var events = told.stream.makeAsyncIterator()
        #expect(await events.next() == .diskFull(name: "/dev/full", .room))
        life.cancel()
        await #expect(throws: CancellationError.self) { try await life.value }
        #expect(writer.counters.waiting == 1)
        #expect(await writer.close(within: .zero) == 1)
    }

    /// A descriptor that answers by script, then takes everything.
    private func scripted(
        _ script: [(Int, Int32)], events: @escaping @Sendable (Sink.Event) -> Void = { _ in }
    ) throws -> (sink: Sink, written: @Sendable () -> String) {
        let folder = TemporaryFolder()
        let output = try OutputDescriptor.open(path: "\(folder.path)/out")
        let remaining = Locked(script)
        let bytes = Shared()
        let sink = Sink(
            output, retryMilliseconds: 0,
            write: { _, data, _ in
                let answer = remaining.withLock { $0.isEmpty ? (data.count, 0) : $0.removeFirst() }
                if answer.0 > 0 { bytes.append(data.prefix(answer.0)) }
                return answer
            }, onEvent: events)
        return (sink, { bytes.text })
    }

    private final class Shared: Sendable {
        private let bytes = Locked<[UInt8]>([])
        func append(_ data: some Sequence<UInt8>) { bytes.withLock { $0.append(contentsOf: Array(data)) } }
        var text: String { bytes.withLock { String(decoding: $0, as: UTF8.self) } }
    }

    @Test("goes on after partial writes, signals and a disk that was full for a while")
    func recovers() throws {
        let events = Locked<[Sink.Event]>([])
        let (sink, written) = try scripted([
            (2, 0), (-1, EINTR), (1, 0), (-1, ENOSPC), (-1, ENOSPC), (-1, EDQUOT), (3, 0), (-1, ENOSPC),
        ]) { event in events.withLock { $0.append(event) } }
        let result = sink.write(["first", "second"], until: interruption)
        #expect(result.decided == 2)
        #expect(result.refused.isEmpty)
        #expect(written() == "first\nsecond\n")
        let kinds = events.withLock { $0 }.map { if case .diskFull = $0 { "full" } else { "room" } }
        #expect(kinds == ["full", "room", "full", "room"])
    }

    @Test("an error refuses the records it hit, and the next one begins on a new line")
    func failure() throws {
        let (sink, written) = try scripted([(8, 0), (-1, EIO)])
        let result = sink.write(["first", "second", "third"], until: interruption)
        #expect(result.decided == 3)
        #expect(result.refused.keys.sorted() == [1, 2])
        #expect(sink.write(["fourth"], until: interruption).refused.isEmpty)
        #expect(written() == "first\nse\nfourth\n")
    }

    @Test("a batch that goes out in several writes is answered for as one")
    func severalWrites() throws {
        let lines = (0..<8).map { "\($0)" + String(repeating: "x", count: 100_000) }
        // Three lines go out by a write; the second write breaks within its second line.
        let (sink, written) = try scripted([(300_006, 0), (150_000, 0), (-1, EIO)])
        let result = sink.write(lines, until: interruption)
        #expect(result.decided == 6 && result.refused.keys.sorted() == [4, 5])
        #expect(sink.write(Array(lines[6...]), until: interruption).refused.isEmpty)
        let torn = lines[4].prefix(150_000 - 100_002)
        #expect(written() == (lines[..<4] + [String(torn)] + lines[6...]).joined(separator: "\n") + "\n")
        let (whole, all) = try scripted([])
        #expect(whole.write(lines, until: interruption).decided == 8)
        #expect(all() == lines.joined(separator: "\n") + "\n")
    }

    @Test("a file that a killed process left in the middle of a line goes on with a new line; others as they are")
    func leftMidLine() throws {
        for (before, after) in [("one\ntw", "one\ntw\nnext\n"), ("one\n", "one\nnext\n"), ("", "next\n")] {
            let path = FileManager.default.temporaryDirectory.appending(path: "ptr-\(UUID().uuidString)").path
            defer { try? FileManager.default.removeItem(atPath: path) }
            try before.write(toFile: path, atomically: false, encoding: .utf8)
            let sink = Sink(try OutputDescriptor.open(path: path))
            #expect(sink.write(["next"], until: interruption).refused.isEmpty)
            #expect(try String(contentsOfFile: path, encoding: .utf8) == after)
        }
    }

    @Test("a record that a stop has torn is not decided, and is written whole the next time, on a line of its own")
    func torn() async throws {
        let pipe = PipeEnds()
        let sink = Sink(OutputDescriptor(number: pipe.writer, name: "pipe"))
        let stopped = Interruption()
        let long = String(repeating: "x", count: 200_000)
        let writing = Task { await onThread { sink.write(["short", long, "left"], until: stopped) } }
        // The pipe is full once nothing more can be read than its 64 KiB; what was read shows that the long line is
        // under way.
        let head = await onThread { readBytes(pipe.reader, count: 50_000) }
        stopped.request()
        let result = await writing.value
        #expect(result.decided == 1 && result.refused.isEmpty)
        guard case .interrupted = result.end else {
            Issue.record("the sink did not say that it was interrupted")
            return
        }
        // Drain what is left of the torn line, then write on.
        #expect(fcntl(pipe.reader, F_SETFL, O_NONBLOCK) == 0)
        let rest = readBytes(pipe.reader)
        #expect(head.count + rest.count < 200_000)
        #expect(fcntl(pipe.reader, F_SETFL, 0) == 0)
        let again = Task { [interruption] in await onThread { sink.write([long, "left"], until: interruption) } }
        let whole = "\n\(long)\nleft\n"
        #expect(await onThread { readBytes(pipe.reader, count: whole.utf8.count) }.elementsEqual(whole.utf8))
        #expect(await again.value.decided == 2)
    }
}
