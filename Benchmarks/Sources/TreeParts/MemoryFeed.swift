public import NIOCore
public import Pipeline

/// A stream that brings events when it is told to, in batches as one read of 64 KiB gives them.
public struct MemoryFeed: Source {
    private static let batch = 81

    /// What it is called.
    public let name = "memory"
    /// It has no address.
    public let location = "memory"
    /// What of it is worked on.
    public let filter: EventFilter?
    private let data: ByteBuffer
    private typealias Request = (count: Int, done: CheckedContinuation<Void, Never>?)
    private let requests: AsyncStream<Request>
    private let request: AsyncStream<Request>.Continuation

    /// Makes one that brings nothing yet.
    ///
    /// - Parameters:
    ///   - data: that of each event.
    ///   - filter: what of it is worked on; nil: all.
    public init(
        data: ByteBuffer = ByteBuffer(repeating: UInt8(ascii: "x"), count: 801), filter: EventFilter? = nil
    ) {
        self.filter = filter
        self.data = data
        (requests, request) = AsyncStream.makeStream()
    }

    /// Has that many events brought.
    public func bring(_ count: Int) {
        request.yield((count, nil))
    }

    /// Has that many events brought, and waits until the tree has taken them all in: when as many as it may hold are held, that goes
    /// at the pace at which they are settled.
    public func bringAll(_ count: Int) async {
        await withCheckedContinuation { _ = request.yield((count, $0)) }
    }

    /// Brings what is asked for, until it is cancelled.
    public func run(_ intake: StreamIntake) async throws {
        let events = Array(
            repeating: Event(id: ByteBuffer(string: "1"), data: data), count: Self.batch)
        for await (count, done) in requests {
            var left = count
            while left > 0 {
                let batch = min(left, Self.batch)
                try await intake.bring(Array(events.prefix(batch)), bytes: batch * (data.readableBytes + 8))
                left -= batch
            }
            done?.resume()
        }
    }
}
