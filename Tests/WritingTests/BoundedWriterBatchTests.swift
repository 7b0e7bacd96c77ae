import Locking
import TestKit
import Testing

@testable import Writing

@Suite("Several records of one caller, in a bounded writer")
struct BoundedWriterBatchTests {
    private func makeWriter(
        _ sink: some RecordSink<String>, bytes: Int = 10_000, batch: Int = 50
    ) -> BoundedWriter<String> {
        BoundedWriter(name: "test", limits: .init(bytes: bytes, batch: batch), sink: sink)
    }

    @Test("go to the sink next to each other, and their caller is woken once, when all are decided")
    func together() async throws {
        let sink = ScriptedSink()
        let writer = makeWriter(sink)
        try writer.start { _ in }
        var batches = sink.batches.makeAsyncIterator()
        writer.offer("before")
        #expect(await batches.next() == ["before"])
        let write = Task.immediate {
            let untaken = await writer.write(all: ["a", "b", "c"])
            return (untaken.count, sink.taken)
        }
        writer.offer("after")
        sink.release()
        #expect(await batches.next() == ["a", "b", "c", "after"])
        sink.release(BatchResult(decided: 2))
        #expect(await batches.next() == ["c", "after"])
        #expect(writer.counters.waiting == 2 && writer.counters.bytes == 6)
        sink.release()
        let (untaken, taken) = await write.value
        #expect(untaken == 0 && taken.starts(with: ["before", "a", "b", "c"]))
        await writer.close()
        #expect(writer.counters == WriterCounters(written: 5))
    }

    @Test("none need no sink")
    func none() async {
        #expect(await makeWriter(ScriptedSink()).write(all: []).isEmpty)
    }

    @Test("are taken in parts where they are more than the sink gets at once, in records or in bytes")
    func parts() async throws {
        let sink = ScriptedSink(isGated: false)
        let writer = makeWriter(sink, bytes: 10, batch: 3)
        let write = Task.immediate { await writer.write(all: ["1", "2", "3", "4", "567890", "1234567890123", "x"]) }
        try writer.start { _ in }
        #expect(await write.value.isEmpty)
        var batches = sink.batches.makeAsyncIterator()
        #expect(await batches.next() == ["1", "2", "3"])
        #expect(await batches.next() == ["4", "567890"])
        #expect(await batches.next() == ["1234567890123"])
        #expect(await batches.next() == ["x"])
        await writer.close()
        #expect(writer.counters == WriterCounters(written: 7))
    }

    @Test("that the sink refuses are named to their caller, and to no other")
    func refusal() async throws {
        let sink = ScriptedSink()
        let writer = makeWriter(sink)
        let first = Task.immediate { await writer.write(all: ["a", "b", "c"]) }
        let second = Task.immediate { await writer.write(all: ["d", "e"]) }
        let third = Task.immediate { await writer.write(all: ["f"]) }
        try writer.start { _ in }
        // In two steps: what is refused is counted from where the step began.
        sink.release(BatchResult(decided: 2, refused: [1: SinkFailure()]))
        sink.release(BatchResult(decided: 4, refused: [0: SinkFailure(), 2: SinkFailure()]))
        #expect(await first.value.keys.sorted() == [1, 2])
        #expect(await second.value as? [Int: SinkFailure] == [1: SinkFailure()])
        #expect(await third.value.isEmpty)
        await writer.close()
        #expect(writer.counters == WriterCounters(written: 3, refused: 3))
        #expect(sink.taken == ["a", "d", "f"])
    }

    @Test("that still wait are withdrawn when their caller is cancelled")
    func cancelWaiting() async throws {
        let sink = ScriptedSink()
        let writer = makeWriter(sink)
        try writer.start { _ in }
        var batches = sink.batches.makeAsyncIterator()
        writer.offer("in hand")
        _ = await batches.next()
        let write = Task.immediate { await writer.write(all: ["a", "b"]) }
        let other = Task.immediate { await writer.write(all: ["c"]) }
        write.cancel()
        let untaken = await write.value
        #expect(untaken.keys.sorted() == [0, 1] && untaken.values.allSatisfy { $0 is CancellationError })
        sink.release()
        #expect(await batches.next() == ["c"])
        sink.release()
        #expect(await other.value.isEmpty)
        await writer.close()
        #expect(writer.counters == WriterCounters(written: 2))
    }

    @Test(
        "in the sink's hands are waited for when their caller is cancelled, the others withdrawn; what was taken is taken"
    )
    func cancelInHand() async throws {
        let sink = ScriptedSink()
        let writer = makeWriter(sink, batch: 2)
        try writer.start { _ in }
        var batches = sink.batches.makeAsyncIterator()
        let write = Task.immediate { await writer.write(all: ["a", "b", "c", "d"]) }
        #expect(await batches.next() == ["a", "b"])
        write.cancel()
        #expect(writer.counters.waiting == 2)
        sink.release(BatchResult(decided: 2, refused: [0: SinkFailure()]))
        let untaken = await write.value
        #expect(untaken.keys.sorted() == [0, 2, 3])
        #expect(untaken[0] is SinkFailure && untaken[2] is CancellationError && untaken[3] is CancellationError)
        await writer.close()
        #expect(writer.counters == WriterCounters(written: 1, refused: 1))
    }

    @Test("that the sink gives back are withdrawn, too, if their caller was cancelled meanwhile")
    func cancelGivenBack() async throws {
        let sink = ScriptedSink()
        let writer = makeWriter(sink)
        let life = Task.immediate { try await writer.run() }
        var batches = sink.batches.makeAsyncIterator()
        let write = Task.immediate { await writer.write(all: ["a", "b", "c"]) }
        #expect(await batches.next() == ["a", "b", "c"])
        writer.offer("d")
        write.cancel()
        sink.release(.failed(after: 1, SinkFailure()))
        #expect(await write.value.keys.sorted() == [1, 2])
        await #expect(throws: SinkFailure()) { try await life.value }
        #expect(writer.counters.waiting == 1)
        sink.release()
        await writer.close()
        #expect(sink.taken == ["a", "d"])
    }

    @Test("are not queued for a caller that is cancelled already")
    func cancelledBefore() async throws {
        let sink = ScriptedSink(isGated: false)
        let writer = makeWriter(sink)
        let write = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await writer.write(all: ["never", "ever"])
        }
        #expect(await write.value.count == 2)
        await writer.close()
        #expect(sink.taken == [])
    }

    @Test(
        "outlive a crash of the writer in the middle of them: the next life goes on with the first that is not decided")
    func crash() async throws {
        let sink = ScriptedSink()
        let writer = makeWriter(sink)
        let life = Task.immediate { try await writer.run() }
        var batches = sink.batches.makeAsyncIterator()
        let write = Task.immediate { await writer.write(all: ["a", "b", "c"]) }
        _ = await batches.next()
        sink.release(.failed(after: 2, SinkFailure()))
        await #expect(throws: SinkFailure()) { try await life.value }
        try writer.start { _ in }
        #expect(await batches.next() == ["c"])
        sink.release()
        #expect(await write.value.isEmpty)
        await writer.close()
        #expect(writer.counters == WriterCounters(written: 3))
    }

    @Test("are given up with the writer as far as they are not decided, and refused by one that is closed")
    func close() async throws {
        let sink = ScriptedSink()
        let writer = makeWriter(sink, batch: 2)
        try writer.start { _ in }
        var batches = sink.batches.makeAsyncIterator()
        let write = Task.immediate { await writer.write(all: ["a", "b", "c"]) }
        _ = await batches.next()
        sink.release(BatchResult(decided: 1))
        _ = await batches.next()
        #expect(await writer.close(within: .zero) == 2)
        let untaken = await write.value as? [Int: WriterError]
        #expect(untaken == [1: .abandoned, 2: .abandoned])
        sink.release()
        #expect(await writer.write(all: ["x", "y"]) as? [Int: WriterError] == [0: .closed, 1: .closed])
    }

    /// Takes, refuses, gives back and breaks by chance.
    private final class MoodySink: RecordSink {
        let generator: Locked<SeededGenerator>
        let taken = Locked<[String]>([])

        init(seed: UInt64) { generator = Locked(SeededGenerator(seed: seed)) }

        func write(_ records: [String], until interruption: Interruption) -> BatchResult {
            generator.withLock { generator in
                var result = BatchResult(decided: Int.random(in: 0...records.count, using: &generator))
                for index in 0..<result.decided {
                    if Int.random(in: 0..<5, using: &generator) == 0 {
                        result.refused[index] = SinkFailure()
                    } else {
                        taken.withLock { $0.append(records[index]) }
                    }
                }
                if result.decided == 0 || Int.random(in: 0..<8, using: &generator) == 0 {
                    result.end = .failed(SinkFailure())
                }
                return result
            }
        }
    }

    @Test(
        "of many callers, some of them cancelled, with a sink that does what it likes: each is told the truth of each")
    func chance() async throws {
        for seed in 0..<20 {
            var generator = SeededGenerator(seed: UInt64(seed))
            let sink = MoodySink(seed: UInt64(seed) + 1000)
            let writer = makeWriter(sink, bytes: 40, batch: 7)
            let life = Task {
                while true {
                    do {
                        return try await writer.run()
                    } catch WriterError.closed {
                        return
                    } catch {}
                }
            }
            let taken = await withTaskGroup(of: [String].self) { group in
                for caller in 0..<40 {
                    let records = (0..<Int.random(in: 1...12, using: &generator)).map { "\(caller) \($0)" }
                    let isCancelled = Int.random(in: 0..<4, using: &generator) == 0
                    group.addTask {
                        let write = Task.immediate { await writer.write(all: records) }
                        if isCancelled { write.cancel() }
                        let untaken = await write.value
                        if !isCancelled { #expect(untaken.values.allSatisfy { $0 is SinkFailure }) }
                        return records.indices.filter { untaken[$0] == nil }.map { records[$0] }
                    }
                }
                return await group.reduce(into: []) { $0 += $1 }
            }
            #expect(taken.sorted() == sink.taken.withLock { $0 }.sorted())
            #expect(writer.counters.waiting == 0 && writer.counters.bytes == 0)
            await writer.close()
            await life.value
        }
    }
}
