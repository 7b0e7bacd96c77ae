import Glibc
import Locking
import TestKit
import Testing
import Writing

@testable import Systemd

@Suite("The journal")
struct JournalTests {
    private static func texts(_ record: JournalRecord) -> [String] {
        record.fields.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test(
        "makes a valid field name of any text",
        arguments: [
            ("worker", "PTRD_WORKER"), ("event-id", "PTRD_EVENT_ID"), ("_x", "PTRD__X"), ("1", "PTRD_1"),
            ("", "PTRD_UNNAMED"),
            ("ä b=c\n", "PTRD____B_C_"),
            (String(repeating: "n", count: 80), "PTRD_" + String(repeating: "N", count: 59)),
        ])
    func fieldNames(text: String, name: String) {
        #expect(JournalField(text).name == name)
        #expect(JournalField(text).name.utf8.count <= 64)
    }

    @Test("the names of our own fields are the sanitised ones")
    func ownFields() {
        #expect(JournalField("stream") == .stream)
        #expect(JournalField("worker") == .worker)
        #expect(JournalField("sequence") == .sequence)
        #expect(JournalField("event_id") == .eventID)
    }

    @Test("sends each field as one vector, whatever bytes it holds")
    func vectors() {
        var record = JournalRecord(message: "line\nPRIORITY=0\0end", priority: .info, identifier: "ptrd")
        record.append(.stream, bytes: [0xff, 0x00, 0x0a])
        record.append(.sequence, "7")
        let vectors = record.withVectors { vectors, count in
            UnsafeBufferPointer(start: vectors, count: Int(count)).map { vector in
                Array(UnsafeRawBufferPointer(start: vector.iov_base, count: vector.iov_len))
            }
        }
        #expect(
            vectors == [
                Array("MESSAGE=line\nPRIORITY=0\0end".utf8), Array("PRIORITY=6".utf8),
                Array("SYSLOG_IDENTIFIER=ptrd".utf8),
                Array("PTRD_STREAM=".utf8) + [0xff, 0x00, 0x0a], Array("PTRD_SEQUENCE=7".utf8),
            ])
        #expect(record.byteCount == vectors.map(\.count).reduce(0, +))
    }

    @Test("leaves out fields beyond what one entry may have")
    func tooManyFields() {
        var record = JournalRecord(message: "m", priority: .debug)
        for number in 0..<500 { record.append(JournalField("field\(number)"), "v") }
        #expect(record.fields.count == 128)
    }

    @Test("a missing journal refuses the records with the socket's path")
    func missing() {
        let sink = JournalSink(socket: "/nonexistent/socket") { _, _ in 0 }
        let records = [JournalRecord(message: "a", priority: .info), JournalRecord(message: "b", priority: .info)]
        let result = sink.write(records, until: Interruption())
        #expect(result.decided == 2)
        #expect(result.refused[0] as? JournalError == .unavailable(socket: "/nonexistent/socket"))
        #expect(result.refused[1] as? JournalError == .unavailable(socket: "/nonexistent/socket"))
    }

    @Test("an error refuses one record, and a signal none")
    func errors() throws {
        let folder = TemporaryFolder()
        let path = "\(folder.path)/socket"
        let listener = bindUnixSocket(path, type: SOCK_DGRAM)
        defer { close(listener) }
        let answers = Locked<[Int32]>([0, -EINTR, 0, -ECONNREFUSED, 0])
        let sink = JournalSink(socket: path) { _, _ in answers.withLock { $0.removeFirst() } }
        let record = JournalRecord(message: "a", priority: .info)
        let result = sink.write([record, record, record, record], until: Interruption())
        #expect(result.decided == 4)
        #expect(result.refused.keys.sorted() == [2])
        #expect(result.refused[2] as? JournalError == .refused(errno: ECONNREFUSED))
        #expect(answers.withLock { $0 } == [])
    }

    @Test(
        "of printed messages, it waits for a journald that is not there or takes nothing, says so once, and loses nothing"
    )
    func waits() async throws {
        let folder = TemporaryFolder()
        let path = "\(folder.path)/socket"
        let events = Locked<[JournalSink.Event]>([])
        let answers = Locked<[Int32]>([-ECONNREFUSED, -ECONNREFUSED, 0, -EMSGSIZE, 0])
        let told = AsyncStream.makeStream(of: JournalSink.Event.self)
        let sink = JournalSink(
            socket: path, retryMilliseconds: 0,
            onEvent: { event in
                events.withLock { $0.append(event) }
                told.continuation.yield(event)
            }, send: { _, _ in answers.withLock { $0.removeFirst() } })
        let record = JournalRecord(message: "a", priority: .info)
        let interruption = Interruption()
        let writing = Task { await onThread { sink.write([record, record, record], until: interruption) } }
        var next = told.stream.makeAsyncIterator()
        #expect(await next.next() == .blocked(.unavailable(socket: path)))
        let listener = bindUnixSocket(path, type: SOCK_DGRAM)
        defer { close(listener) }
        // The batch is over with the wait, so that a watchdog does not take the wait for the next one's.
        let first = await writing.value
        #expect(first.decided == 1 && first.refused.isEmpty)
        let rest = sink.write([record, record], until: interruption)
        #expect(rest.decided == 2 && rest.refused[0] as? JournalError == .refused(errno: EMSGSIZE))
        #expect(events.withLock { $0 } == [.blocked(.unavailable(socket: path)), .takesAgain])
        unlink(path)
        interruption.request()
        #expect(sink.write([record], until: interruption).decided == 0)
    }

    @Test("stops between two records when asked to")
    func interrupted() throws {
        let folder = TemporaryFolder()
        let path = "\(folder.path)/socket"
        let listener = bindUnixSocket(path, type: SOCK_DGRAM)
        defer { close(listener) }
        let interruption = Interruption()
        let sink = JournalSink(socket: path) { _, _ in
            interruption.request()
            return 0
        }
        let record = JournalRecord(message: "a", priority: .info)
        #expect(sink.write([record, record], until: interruption).decided == 1)
    }

    @Test("journald takes a record", .enabled(if: JournalSink.isAvailable, "needs a running systemd-journald"))
    func journald() async throws {
        let writer = BoundedWriter(name: "test", sink: JournalSink())
        try writer.start { _ in }
        var record = JournalRecord(message: "a test of ptrd\nPTRD_FORGED=1", priority: .debug, identifier: "ptrd-test")
        record.append(.stream, "test")
        #expect(await writer.write(all: [record]).isEmpty)
        await writer.close()
        #expect(writer.counters.written == 1)
    }
}
