import TestKit
import Testing

@testable import Writing

@Suite("A bounded writer")
struct BoundedWriterTests {
    private func makeWriter(
        _ sink: ScriptedSink, records: Int = 100, bytes: Int = 10_000, batch: Int = 50,
        onDropsEnded: (@Sendable (Int) -> String)? = nil
    ) -> BoundedWriter<String> {
        BoundedWriter(
            name: "test", limits: .init(records: records, bytes: bytes, batch: batch), sink: sink,
            onDropsEnded: onDropsEnded)
    }

    @Test("keeps the order of what is offered and written")
    func order() async throws {
        let sink = ScriptedSink(isGated: false)
        let writer = makeWriter(sink)
        try writer.start { _ in }
        for number in 0..<20 {
            if number.isMultiple(of: 2) { writer.offer("\(number)") } else { try await writer.write("\(number)") }
        }
        #expect(await writer.close() == 0)
        #expect(sink.taken == (0..<20).map(String.init))
        #expect(writer.counters == WriterCounters(written: 20))
    }

    @Test("hands over what gathered meanwhile as one batch")
    func batches() async throws {
        let sink = ScriptedSink()
        let writer = makeWriter(sink, batch: 30)
        try writer.start { _ in }
        var batches = sink.batches.makeAsyncIterator()
        writer.offer("first")
        #expect(await batches.next() == ["first"])
        for number in 0..<40 { writer.offer("\(number)") }
        sink.release()
        #expect(await batches.next()?.count == 30)
        sink.release()
        #expect(await batches.next()?.count == 10)
        sink.release()
        await writer.close()
    }

    @Test("drops and counts an offer when the count is reached")
    func dropsByCount() async throws {
        let sink = ScriptedSink()
        let writer = makeWriter(sink, records: 3)
        try writer.start { _ in }
        var batches = sink.batches.makeAsyncIterator()
        writer.offer("in hand")
        _ = await batches.next()
        #expect(writer.offer("2"))
        #expect(writer.offer("3"))
        #expect(!writer.offer("4"))
        #expect(writer.counters.dropped == 1)
        #expect(writer.counters.waiting == 3)
        sink.release()
        _ = await batches.next()
        #expect(writer.offer("5"))
        sink.release()
        sink.release()
        await writer.close()
        #expect(sink.taken == ["in hand", "2", "3", "5"])
    }

    @Test("drops an offer when the bytes are reached, and one that could never fit")
    func dropsByBytes() async throws {
        let sink = ScriptedSink(isGated: false)
        let writer = makeWriter(sink, bytes: 10)
        #expect(!writer.offer("eleven byte"))
        #expect(writer.offer("123456"))
        #expect(!writer.offer("78901"))
        #expect(writer.offer("7890"))
        #expect(writer.counters.bytes == 10)
        await writer.close()
        #expect(sink.taken == ["123456", "7890"])
    }

    @Test("reports dropped records once the queue has run empty")
    func reportsDrops() async throws {
        let sink = ScriptedSink()
        let writer = makeWriter(sink, records: 1) { "\($0) dropped" }
        try writer.start { _ in }
        var batches = sink.batches.makeAsyncIterator()
        writer.offer("a")
        _ = await batches.next()
        writer.offer("b")
        writer.offer("c")
        sink.release()
        #expect(await batches.next() == ["2 dropped"])
        sink.release()
        await writer.close()
        #expect(sink.taken == ["a", "2 dropped"])
    }

    @Test("returns from a write only after the sink has taken the record")
    func handOver() async throws {
        let sink = ScriptedSink()
        let writer = makeWriter(sink)
        try writer.start { _ in }
        var batches = sink.batches.makeAsyncIterator()
        let write = Task {
            try await writer.write("message")
            return sink.taken
        }
        #expect(await batches.next() == ["message"])
        #expect(writer.counters.waiting == 1)
        #expect(writer.counters.busySince != nil)
        sink.release()
        #expect(try await write.value == ["message"])
        #expect(writer.counters.busySince == nil)
        await writer.close()
    }

    @Test("never drops a write, however small its bounds")
    func writesAreNeverDropped() async throws {
        let sink = ScriptedSink(isGated: false)
        let writer = makeWriter(sink, records: 1, bytes: 1, batch: 3)
        try writer.start { _ in }
        await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<64 {
                group.addTask {
                    for number in 0..<50 { try await writer.write("\(task) \(number)") }
                }
            }
        }
        await writer.close()
        #expect(writer.counters == WriterCounters(written: 3200))
        for task in 0..<64 {
            let own = sink.taken.filter { $0.hasPrefix("\(task) ") }
            #expect(own == (0..<50).map { "\(task) \($0)" })
        }
    }

    @Test("is called again by a sink that took a part, with the rest first")
    func partialSuccess() async throws {
        let sink = ScriptedSink()
        let writer = makeWriter(sink)
        for record in ["a", "b", "c"] { writer.offer(record) }
        try writer.start { _ in }
        var batches = sink.batches.makeAsyncIterator()
        #expect(await batches.next() == ["a", "b", "c"])
        sink.release(BatchResult(decided: 1))
        #expect(await batches.next() == ["b", "c"])
        sink.release()
        await writer.close()
        #expect(sink.taken == ["a", "b", "c"])
    }

    @Test("does not hold up other tasks while its sink stalls")
    func poolStaysFree() async throws {
        let sink = ScriptedSink()
        let writer = makeWriter(sink)
        try writer.start { _ in }
        var batches = sink.batches.makeAsyncIterator()
        let writes = (0..<200).map { number in Task { try await writer.write("\(number)") } }
        _ = await batches.next()
        // With 200 tasks in write(), more than any pool has threads, this only ends if none of them holds one.
        #expect(await Task.detached { 42 }.value == 42)
        for _ in 0..<200 { sink.release() }
        for write in writes { try await write.value }
        await writer.close()
        #expect(writer.counters.written == 200)
    }
}

extension BoundedWriter {
    /// Queues a record and returns once the sink has taken it; throws why it was not taken.
    func write(_ record: Record) async throws {
        if let error = await write(all: [record])[0] { throw error }
    }
}
