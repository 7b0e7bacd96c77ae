import ControlAPI
import Hummingbird
import Locking
import NIOCore

/// The event streams that are open: how many there may be, and that they end when the server stops.
final class EventStreams: Sendable {
    private let slots: Slots
    private let heartbeat: Duration
    /// Whom to tell of the end, by their slots; nil: it has come.
    private let waiting = Locked<[ObjectIdentifier: @Sendable () -> Void]?>([:])

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
        let told = waiting.withLock { waiting in
            defer { waiting = nil }
            return waiting ?? [:]
        }
        for tell in told.values { tell() }
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
            let (steps, step) = AsyncStream<Step<Item>>.makeStream()
            // The slot is held for as long as this closure is.
            let key = ObjectIdentifier(slot)
            let isOver = self.waiting.withLock { waiting in
                waiting?[key] = { step.finish() }
                return waiting == nil
            }
            if isOver { step.finish() }
            defer { self.waiting.withLock { $0?[key] = nil } }
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
