extension EventSource {
    /// The events alone, one by one.
    ///
    /// ```swift
    /// for try await event in source.events { print(event.dataString) }
    /// ```
    ///
    /// Connecting again goes on unseen. The sequence ends when the task is cancelled, and throws the
    /// ``EventSourceError`` that ends the stream for good.
    public var events: Events { Events(source: self, onStateChange: nil) }

    /// The events alone, one by one, while the rest is told on the side.
    ///
    /// - Parameter onStateChange: is called with every update that is not a batch, in the reader's task, before the events
    ///   that follow it.
    public func events(onStateChange: @escaping @Sendable (EventSourceUpdate) -> Void) -> Events {
        Events(source: self, onStateChange: onStateChange)
    }

    /// The events of a stream: see ``EventSource/events``.
    public struct Events: AsyncSequence, Sendable {
        /// A dispatched event.
        public typealias Element = EventStreamEvent
        /// What ends the stream for good.
        public typealias Failure = EventSourceError

        let source: EventSource
        let onStateChange: (@Sendable (EventSourceUpdate) -> Void)?

        /// Begins the stream anew.
        public func makeAsyncIterator() -> AsyncIterator {
            AsyncIterator(updates: source.makeAsyncIterator(), onStateChange: onStateChange)
        }

        /// Takes batches apart.
        public struct AsyncIterator: AsyncIteratorProtocol {
            /// A dispatched event.
            public typealias Element = EventStreamEvent
            /// What ends the stream for good.
            public typealias Failure = EventSourceError

            private var updates: EventSource.AsyncIterator
            private let onStateChange: (@Sendable (EventSourceUpdate) -> Void)?
            private var batch: [EventStreamEvent] = []
            /// How many events of the batch have been given.
            private var position = 0

            init(updates: EventSource.AsyncIterator, onStateChange: (@Sendable (EventSourceUpdate) -> Void)?) {
                self.updates = updates
                self.onStateChange = onStateChange
            }

            /// The next event, or `nil` when the task is cancelled.
            public mutating func next(
                isolation actor: isolated (any Actor)?
            ) async throws(EventSourceError) -> EventStreamEvent? {
                while true {
                    // Closing is final (C6), for what has been read already, too.
                    guard !Task.isCancelled else { return nil }
                    if position < batch.count {
                        defer { position += 1 }
                        return batch[position]
                    }
                    batch = []
                    position = 0
                    switch await updates.next(isolation: actor) {
                    case .batch(let next)?:
                        batch = next.events
                    case .failed(let error)?:
                        onStateChange?(.failed(error))
                        if error.code == .endedByEvent { return nil }
                        throw error
                    case let update?:
                        onStateChange?(update)
                    case nil:
                        return nil
                    }
                }
            }
        }
    }
}
