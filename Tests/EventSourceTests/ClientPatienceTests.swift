import AsyncHTTPClient
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Testing

@testable import EventSource

@Suite("Waiting, cancelling and back-pressure")
struct ClientPatienceTests {
    /// Iterates in a task of its own, and tells each update.
    private func run(_ source: EventSource) -> (task: Task<Void, Never>, updates: AsyncStream<EventSourceUpdate>) {
        let (updates, continuation) = AsyncStream.makeStream(of: EventSourceUpdate.self)
        let task = Task {
            for await update in source { continuation.yield(update) }
            continuation.finish()
        }
        return (task, updates)
    }

    @Test("C6 cancelling while it reads ends the sequence and closes the connection")
    func cancelWhileReading() async throws {
        try await withFeed { server, client in
            let (task, updates) = run(.leaping(untimed(server.url), client: client))
            let exchange = try await server.nextStream()
            var iterator = updates.makeAsyncIterator()
            while let update = await iterator.next() { if case .open = update { break } }
            task.cancel()
            #expect(await iterator.next() == nil)
            try await exchange.closed()
        }
    }

    @Test("C6 cancelling while the response is awaited ends the sequence and closes the connection")
    func cancelWhileConnecting() async throws {
        try await withFeed { server, client in
            let (task, updates) = run(.leaping(untimed(server.url), client: client))
            let exchange = try await server.next()
            task.cancel()
            await task.value
            for await update in updates {
                guard case .connecting = update else { return _ = Issue.record("\(update)") }
            }
            try await exchange.closed()
        }
    }

    @Test("C6 cancelling during the wait ends the sequence: no further event, error or connection")
    func cancelWhileWaiting() async throws {
        try await withFeed { server, client in
            let clock = TestClock()
            let (task, updates) = run(EventSource(untimed(server.url), client: client, clock: clock))
            try await server.nextStream().end()
            await clock.sleepers(1)
            task.cancel()
            await task.value
            clock.advance(by: .seconds(3600))
            var last: EventSourceUpdate?
            for await update in updates { last = update }
            guard case .waiting? = last else { return _ = Issue.record("\(String(describing: last))") }
        }
    }

    @Test("C6 a cancelled task gets nothing, not even what is there already")
    func cancelledBefore() async throws {
        try await withFeed { server, client in
            let source = EventSource.leaping(untimed(server.url), client: client)
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                var iterator = source.makeAsyncIterator()
                return await iterator.next() == nil
            }
            #expect(await task.value)
        }
    }

    @Test("giving up the iterator closes the connection")
    func abandoned() async throws {
        try await withFeed { server, client in
            let source = EventSource.leaping(untimed(server.url), client: client)
            async let exchange = server.nextStream()
            for await update in source { if case .open = update { break } }
            try await exchange.closed()
        }
    }

    @Test("C8 a server that falls silent is given up after the idle timeout")
    func idle() async throws {
        try await withFeed { server, client in
            let clock = TestClock()
            var configuration = untimed(server.url)
            configuration.idleTimeout = .seconds(60)
            let (task, updates) = run(EventSource(configuration, client: client, clock: clock))
            let exchange = try await server.nextStream()
            await clock.sleepers(1)
            clock.advance(by: .seconds(60))
            try await exchange.closed()
            await clock.sleepers(1)
            task.cancel()
            var error: EventSourceError?
            for await update in updates { if case .waiting(_, let reason) = update { error = reason } }
            #expect(error?.code == .idle)
            #expect(error?.isTemporary == true)
        }
    }

    @Test("C8 a response that does not come is given up after the connect timeout")
    func connectTimeout() async throws {
        try await withFeed { server, client in
            let clock = TestClock()
            var configuration = untimed(server.url)
            configuration.connectTimeout = .seconds(10)
            let (task, updates) = run(EventSource(configuration, client: client, clock: clock))
            let exchange = try await server.next()
            await clock.sleepers(1)
            clock.advance(by: .seconds(10))
            try await exchange.closed()
            await clock.sleepers(1)
            task.cancel()
            var error: EventSourceError?
            for await update in updates { if case .waiting(_, let reason) = update { error = reason } }
            #expect(error?.code == .connectTimeout)
        }
    }

    @Test("C8 time during which nobody asks for the next element is not idleness")
    func backPressureIsNotIdleness() async throws {
        try await withFeed { server, client in
            let clock = TestClock()
            var configuration = untimed(server.url)
            configuration.idleTimeout = .seconds(60)
            var stream = EventSource(configuration, client: client, clock: clock).makeAsyncIterator()
            try await stream.connecting()
            async let exchange = server.nextStream("data: a\n\n")
            try await stream.open()
            #expect(try await stream.events(1) == [PlainEvent("a")])
            // Nobody reads; the timer's task looks, finds the watchdog unarmed, and sleeps again.
            for _ in 0..<3 {
                await clock.sleepers(1)
                clock.advance(by: .seconds(60))
            }
            await clock.sleepers(1)
            try await exchange.send("data: b\n\n")
            #expect(try await stream.events(1) == [PlainEvent("b")])
        }
    }

    @Test("back-pressure counts what is held: a few bytes do not keep the buffer of a whole read, and each has a price")
    func waste() async throws {
        let eventLoop = MultiThreadedEventLoopGroup.singleton.any()
        let connection = HTTPClientConnection()
        var (sent, isHeldUp) = (0, false)
        while !isHeldUp, sent < 20_000 {
            var read = ByteBufferAllocator().buffer(capacity: 1 << 15)
            read.writeString(":\n\n")
            let demand = connection.receive(read, on: eventLoop)
            sent += 1
            try await eventLoop.submit {}.get()
            let isDone = NIOLockedValueBox(false)
            demand.whenSuccess { isDone.withLockedValue { $0 = true } }
            try await eventLoop.submit {}.get()
            isHeldUp = !isDone.withLockedValue { $0 }
        }
        #expect(isHeldUp)
        var chunks: [ByteBuffer] = []
        #expect(try await connection.read(into: &chunks))
        #expect(chunks.count == sent && chunks.allSatisfy { $0.readableBytes == 3 })
        #expect(chunks.reduce(0) { $0 + $1.storageCapacity } <= HTTPClientConnection.readAhead)
        connection.close(.cancelled)
    }

    @Test("back-pressure: what is not read holds up the socket once a bounded amount is there, until it is read")
    func backPressure() async throws {
        let eventLoop = MultiThreadedEventLoopGroup.singleton.any()
        let connection = HTTPClientConnection()
        let count = HTTPClientConnection.readAhead - HTTPClientConnection.costOfChunk - 1
        let part = ByteBuffer(repeating: 0, count: count)
        let resumed = NIOLockedValueBox(false)
        try await connection.receive(part, on: eventLoop).get()
        let demand = connection.receive(ByteBuffer(bytes: [0]), on: eventLoop)
        demand.whenSuccess { resumed.withLockedValue { $0 = true } }
        // Whatever the future would run by itself has run after this.
        try await eventLoop.submit {}.get()
        #expect(!resumed.withLockedValue { $0 })
        var chunks: [ByteBuffer] = []
        #expect(try await connection.read(into: &chunks))
        #expect(chunks.map(\.readableBytes) == [count, 1])
        try await demand.get()
        // A closed connection holds up nobody.
        connection.close(.cancelled)
        try await connection.receive(part, on: eventLoop).get()
        try await connection.receive(part, on: eventLoop).get()
    }

    @Test("back-pressure: reads of a large stream over a socket are bounded, and nothing is lost")
    func boundedReads() async throws {
        try await withFeed { server, client in
            let connection = HTTPClientConnection()
            connection.start(try EventStreamRequest(untimed(server.url), lastEventID: ""), over: client)
            let size = 64
            let sent = server.answer { exchange in
                try await exchange.stream()
                let piece = ByteBuffer(repeating: UInt8(ascii: "x"), count: 1 << 20)
                for _ in 0..<size { try await exchange.send(piece) }
                try await exchange.end()
            }
            _ = try await connection.head()
            var chunks: [ByteBuffer] = []
            var largest = 0
            var total = 0
            while try await connection.read(into: &chunks) {
                let bytes = chunks.reduce(0) { $0 + $1.readableBytes }
                largest = max(largest, bytes)
                total += bytes
            }
            _ = try await sent.value
            #expect(total == size << 20)
            #expect(largest <= 2 * HTTPClientConnection.readAhead)
        }
    }
}
