import TestKit
import Testing

@testable import Writing

@Suite("The life of a bounded writer")
struct BoundedWriterLifeTests {
    private func makeWriter(_ sink: some RecordSink<String>) -> BoundedWriter<String> {
        BoundedWriter(name: "test", sink: sink)
    }

    @Test("a broken sink ends run() with its error, and the next run() goes on with what is queued")
    func restart() async throws {
        let sink = ScriptedSink()
        let writer = makeWriter(sink)
        for record in ["a", "b"] { writer.offer(record) }
        let waiting = Task.immediate { try await writer.write("c") }
        let firstLife = Task.immediate { try await writer.run() }
        var batches = sink.batches.makeAsyncIterator()
        #expect(await batches.next() == ["a", "b", "c"])
        sink.release(.failed(after: 1, SinkFailure()))
        await #expect(throws: SinkFailure()) { try await firstLife.value }
        #expect(!writer.counters.isRunning)
        #expect(writer.counters.waiting == 2)
        writer.offer("d")

        let secondLife = Task.immediate { try await writer.run() }
        #expect(await batches.next() == ["b", "c", "d"])
        sink.release()
        try await waiting.value
        await writer.close()
        try await secondLife.value
        #expect(sink.taken == ["a", "b", "c", "d"])
    }

    /// A sink that takes nothing.
    private struct BrokenSink: RecordSink {
        func write(_ records: [String], until interruption: Interruption) -> BatchResult {
            .failed(after: 0, SinkFailure())
        }
    }

    @Test("a sink that takes nothing ends run() with its error, and the record stays queued")
    func broken() async throws {
        let writer = makeWriter(BrokenSink())
        writer.offer("a")
        await #expect(throws: SinkFailure()) { try await writer.run() }
        #expect(writer.counters.waiting == 1)
    }

    @Test("a sink that decides nothing breaks the writer instead of spinning")
    func noProgress() async throws {
        let sink = ScriptedSink()
        let writer = makeWriter(sink)
        writer.offer("a")
        sink.release(BatchResult(decided: 0))
        await #expect(throws: WriterError.noProgress) { try await writer.run() }
        #expect(writer.counters.waiting == 1)
    }

    #if DEBUG
    @Test("a sink that decides more than it was given is a fault of the program, which debug builds do not survive")
    func tooMuch() async {
        await #expect(processExitsWith: .failure) {
            let sink = ScriptedSink()
            let writer = BoundedWriter(name: "test", sink: sink)
            writer.offer("a")
            sink.release(BatchResult(decided: 2))
            try await writer.run()
        }
    }
    #endif

    @Test("cancelling run() ends the thread after the batch in hand and leaves the rest queued")
    func cancellation() async throws {
        let sink = ScriptedSink()
        let writer = BoundedWriter(name: "test", limits: .init(batch: 1), sink: sink)
        for record in ["a", "b"] { writer.offer(record) }
        let life = Task.immediate { try await writer.run() }
        var batches = sink.batches.makeAsyncIterator()
        #expect(await batches.next() == ["a"])
        life.cancel()
        sink.release()
        await #expect(throws: CancellationError.self) { try await life.value }
        #expect(sink.taken == ["a"])
        #expect(writer.counters.waiting == 1)
        sink.release()
        await writer.close()
        #expect(sink.taken == ["a", "b"])
    }

    @Test("cancelling run() wakes an idle thread")
    func cancelIdle() async throws {
        let writer = makeWriter(ScriptedSink())
        let life = Task.immediate { try await writer.run() }
        life.cancel()
        await #expect(throws: CancellationError.self) { try await life.value }
    }

    @Test("one writer has one thread")
    func oneThread() async throws {
        let writer = makeWriter(ScriptedSink())
        try writer.start { _ in }
        #expect(throws: WriterError.alreadyRunning) { try writer.start { _ in } }
        await writer.close()
    }

    @Test("close lets the sink take what is queued, and refuses what comes later")
    func close() async throws {
        let sink = ScriptedSink()
        let writer = makeWriter(sink)
        let life = Task.immediate { try await writer.run() }
        var batches = sink.batches.makeAsyncIterator()
        writer.offer("a")
        _ = await batches.next()
        writer.offer("b")
        let closing = Task.immediate { await writer.close() }
        sink.release()
        sink.release()
        #expect(await closing.value == 0)
        try await life.value
        #expect(sink.taken == ["a", "b"])
        #expect(!writer.offer("late"))
        await #expect(throws: WriterError.closed) { try await writer.write("late") }
        #expect(throws: WriterError.closed) { try writer.start { _ in } }
        #expect(await writer.close() == 0)
    }

    /// A sink that waits for its gate, and then does nothing if it has been interrupted.
    private struct ObedientSink: RecordSink {
        let scripted = ScriptedSink()

        func write(_ records: [String], until interruption: Interruption) -> BatchResult {
            let result = scripted.write(records, until: interruption)
            return interruption.isRequested ? BatchResult(decided: 0, end: .interrupted) : result
        }
    }

    @Test("close after a stop that has not taken effect yet still lets the sink take what is queued")
    func closeAfterStop() async throws {
        let sink = ObedientSink()
        let writer = makeWriter(sink)
        let life = Task.immediate { try await writer.run() }
        var batches = sink.scripted.batches.makeAsyncIterator()
        writer.offer("a")
        _ = await batches.next()
        writer.stop()
        let closing = Task.immediate { await writer.close(within: nil) }
        sink.scripted.release()
        #expect(await batches.next() == ["a"])
        sink.scripted.release()
        #expect(await closing.value == 0)
        try await life.value
        #expect(writer.counters == WriterCounters(written: 1))
    }

    @Test("close without a thread still lets the sink take what is queued")
    func closeWithoutThread() async throws {
        let sink = ScriptedSink(isGated: false)
        let writer = makeWriter(sink)
        writer.offer("a")
        #expect(await writer.close() == 0)
        #expect(sink.taken == ["a"])
    }

    @Test("close gives up on a sink that stalls, and tells the writers")
    func closeAbandons() async throws {
        let sink = ScriptedSink()
        let writer = makeWriter(sink)
        let ended = AsyncStream.makeStream(of: Bool.self)
        try writer.start { result in
            ended.continuation.yield((try? result.get()) == nil)
        }
        var batches = sink.batches.makeAsyncIterator()
        let inHand = Task.immediate { try await writer.write("a") }
        _ = await batches.next()
        let waiting = Task.immediate { try await writer.write("b") }
        #expect(await writer.close(within: .zero) == 2)
        await #expect(throws: WriterError.abandoned) { try await inHand.value }
        await #expect(throws: WriterError.abandoned) { try await waiting.value }
        // The thread itself ends once its sink returns, and books nothing any more.
        sink.release()
        var ends = ended.stream.makeAsyncIterator()
        #expect(await ends.next() == true)
        #expect(writer.counters == WriterCounters(abandoned: 2))
    }

    @Test("close gives up what a broken sink leaves")
    func closeBroken() async throws {
        let writer = makeWriter(BrokenSink())
        writer.offer("a")
        let waiting = Task.immediate { try await writer.write("b") }
        #expect(await writer.close() == 2)
        await #expect(throws: WriterError.abandoned) { try await waiting.value }
    }

    @Test("an interruption ends a wait and is not carried to the next life")
    func interruption() async {
        let interruption = Interruption()
        let wait = Task { await onThread { interruption.wait() } }
        interruption.request()
        interruption.request()
        guard case .interrupted = await wait.value else {
            Issue.record("the wait was not interrupted")
            return
        }
        guard case .timedOut = await onThread({ Interruption().wait(milliseconds: 0) }) else {
            Issue.record("a fresh interruption was requested")
            return
        }
    }
}
