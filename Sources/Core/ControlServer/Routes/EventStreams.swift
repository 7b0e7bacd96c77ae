import ControlAPI
import Hummingbird
import Locking
import NIOCore

/// The event streams that are open: how many there may be, and that they end when the server stops.
final class EventStreams: Sendable {
    private let slots: Slots
    private let heartbeat: Duration
    private let ending = Locked(Ending())

    /// Whom to tell of the end.
    private struct Ending {
        var isOver = false
        var waiting: [UInt64: @Sendable () -> Void] = [:]
        var next: UInt64 = 0
    }

    init(limits: ControlServerLimits) {
        slots = Slots(total: limits.subscriptions, perUser: limits.subscriptionsPerUser)
        heartbeat = limits.heartbeat
    }

    /// The right to one more stream.
    ///
    /// - Throws: ``ErrorCode/unavailable`` if there are too many.
    func takeSlot(for caller: Caller?) throws(ControlFailure) -> Slots.Slot {
        guard let slot = slots.take(caller?.uid) else {
            throw ControlFailure(
                .unavailable, "too many event streams are open already", hint: "end one of them, or try again later")
        }
        return slot
    }

    /// Ends all of them, each after what it is writing.
    func endAll() {
        let waiting = ending.withLock { ending in
            ending.isOver = true
            defer { ending.waiting = [:] }
            return ending.waiting.values
        }
        for tell in waiting { tell() }
    }

    /// An answer that lasts until its items end, its reader goes away, or the server stops.
    ///
    /// Its memory is one item: the next is taken when this one is written, and that waits for the reader. Whoever makes
    /// the items decides what becomes of those that a slow reader leaves.
    func response<Item: Sendable>(
        of items: AsyncStream<Item>, slot: Slots.Slot, to channel: any Channel,
        event: @escaping @Sendable (Item) throws -> ServerSentEvent
    ) -> Response {
        let body = ResponseBody { writer in
            // The slot is held for as long as this closure is.
            _ = slot
            let (steps, step) = AsyncStream<Step<Item>>.makeStream()
            let number = self.tellOfEnd { step.finish() }
            defer { self.forget(number) }
            channel.closeFuture.whenComplete { _ in step.finish() }
            try await self.write(items, as: event, steps, step, to: &writer)
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: Self.headers, body: body)
    }

    /// The answer to HEAD: as the stream's, without one.
    static var head: Response { Response(status: .ok, headers: headers) }

    private static let headers: HTTPFields = [.contentType: "text/event-stream", .cacheControl: "no-store"]

    private enum Step<Item: Sendable>: Sendable {
        case item(Item)
        case heartbeat
    }

    private func write<Item: Sendable>(
        _ items: AsyncStream<Item>, as event: @Sendable (Item) throws -> ServerSentEvent,
        _ steps: AsyncStream<Step<Item>>, _ step: AsyncStream<Step<Item>>.Continuation,
        to writer: inout any ResponseBodyWriter
    ) async throws {
        let (written, itemWritten) = AsyncStream<Void>.makeStream()
        try await withThrowingTaskGroup { group in
            group.addTask {
                var written = written.makeAsyncIterator()
                for await item in items {
                    step.yield(.item(item))
                    guard await written.next() != nil else { return }
                }
                step.finish()
            }
            group.addTask { [heartbeat] in
                while (try? await Task.sleep(for: heartbeat)) != nil { step.yield(.heartbeat) }
            }
            for await next in steps {
                switch next {
                case .item(let item):
                    try await writer.write(try event(item).bytes)
                    itemWritten.yield()
                case .heartbeat:
                    try await writer.write(ServerSentEvent.heartbeat)
                }
            }
            group.cancelAll()
        }
    }

    private func tellOfEnd(_ tell: @escaping @Sendable () -> Void) -> UInt64 {
        let (number, isOver) = ending.withLock { ending in
            ending.next += 1
            if !ending.isOver { ending.waiting[ending.next] = tell }
            return (ending.next, ending.isOver)
        }
        if isOver { tell() }
        return number
    }

    private func forget(_ number: UInt64) {
        ending.withLock { ending in ending.waiting[number] = nil }
    }
}

/// One event of an event stream of the API, as the standard writes it (WHATWG HTML, section 9.2.6).
struct ServerSentEvent: Hashable, Sendable {
    /// Its type. All have one, so that a reader that knows only some of them passes over the others.
    let name: String
    /// What a reader gives as `Last-Event-ID` to go on after it.
    let id: UInt64?
    /// One line of JSON.
    let data: [UInt8]

    init(_ name: String, id: UInt64? = nil, data: some Encodable) throws {
        self.name = name
        self.id = id
        self.data = try ControlJSON.encodeLine(data)
    }

    /// A comment, which readers pass over.
    static let heartbeat = ByteBuffer(string: ":\n\n")

    var bytes: ByteBuffer {
        var buffer = ByteBuffer()
        if let id { buffer.writeString("id: \(id)\n") }
        buffer.writeString("event: \(name)\ndata: ")
        buffer.writeBytes(data)
        buffer.writeString("\n\n")
        return buffer
    }
}
