import Logging
import NIOCore

extension EventSource {
    /// The stream's life: connecting, open, waiting, and so on until it is finished.
    public struct AsyncIterator: AsyncIteratorProtocol {
        /// What the stream reports.
        public typealias Element = EventSourceUpdate
        /// The sequence does not throw.
        public typealias Failure = Never

        /// What the next call has to do first.
        private enum State {
            /// Announce the attempt.
            case starting
            /// Connect.
            case connecting
            /// Read.
            case open(EventStreamSession)
            /// Sleep, then announce the next attempt.
            case waiting(Duration)
            /// Announce the end, which a batch of sound events had to go before, or what follows the event that ends the stream.
            case failing(EventSourceError)
            /// Nothing, ever again (C6).
            case finished
        }

        private let source: EventSource
        private var state = State.starting
        private var parser: EventStreamParser
        private var schedule: ReconnectSchedule
        /// The number of the connection attempt since the last good spell.
        private var attempt = 1
        private var chunks: [ByteBuffer] = []
        /// How many events the last batch had: the next one's array is made for as many.
        private var expectedEvents = 0
        private var hasEventsSinceConnect = false
        /// Of a body that is compressed.
        private var decoder: ContentDecoder?
        /// The ID of the event that ended the connection before: a server may send it again where it is asked to go on.
        private var endedAt: ByteBuffer?
        /// What the server says of the IDs that it is asked with.
        private var positions: PositionTrials
        /// What the server has set, if it is kept.
        private var cookies = CookieJar()
        private let elapsed: @Sendable () -> Duration

        init(_ source: EventSource) {
            self.source = source
            parser = EventStreamParser(
                lastEventID: ByteBuffer(bytes: source.configuration.lastEventID), limits: source.configuration.limits)
            schedule = source.configuration.reconnect
            positions = PositionTrials(patience: source.configuration.policy.positionPatience)
            elapsed = stopwatch(source.clock)
        }

        /// The next update, or `nil` after ``EventSourceUpdate/failed(_:)`` or when the task is cancelled.
        public mutating func next(isolation actor: isolated (any Actor)?) async -> EventSourceUpdate? {
            let update = await step()
            // Whatever was done while the task was being cancelled is not told any more.
            guard !Task.isCancelled, let update else {
                state = .finished
                return nil
            }
            return update
        }

        private nonisolated(nonsending) mutating func step() async -> EventSourceUpdate? {
            guard !Task.isCancelled else { return nil }
            switch state {
            case .starting:
                state = .connecting
                return .connecting(attempt: attempt)
            case .connecting:
                return await connect()
            case .open(let session):
                return await read(session)
            case .waiting(let delay):
                do { try await source.clock.sleep(for: delay) } catch { return nil }
                state = .connecting
                return .connecting(attempt: attempt)
            case .failing(let error):
                if error.isTemporary { return backOff(error, afterGoodSpell: true) }
                state = .finished
                return .failed(error)
            case .finished:
                return nil
            }
        }

        private nonisolated(nonsending) mutating func connect() async -> EventSourceUpdate? {
            let (id, result) = await ask()
            switch result {
            case nil:
                return nil
            case .success(let session):
                source.logger?.debug("The event stream is open.", metadata: ["url": "\(session.request.displayURL)"])
                parser.reset(lastEventID: id)
                await source.configuration.resumption?.opened(after: id, refused: positions.refused)
                positions.reset()
                hasEventsSinceConnect = false
                decoder = session.coding.map(ContentDecoder.init)
                state = .open(session)
                return .open
            case .failure(let error):
                return backOff(error)
            }
        }

        /// Asks for the stream, after the first ID of those wanted that the server takes.
        private nonisolated(nonsending) mutating func ask() async -> (
            id: ByteBuffer, Result<EventStreamSession, EventSourceError>?
        ) {
            guard let resumption = source.configuration.resumption else {
                return (parser.lastEventID, await source.connect(lastEventID: parser.lastEventID, &cookies))
            }
            // Whether the server has answered a request without an ID, in this round.
            var answersWithoutID = false
            for id in positions.candidates(of: await resumption.lastEventIDs()) {
                let first = await source.connect(lastEventID: id, &cookies)
                guard case .failure(let error)? = first,
                    positions.mayBeRefused(error.status, at: elapsed(), answersWithoutID: answersWithoutID)
                else { return (id, first) }
                if !answersWithoutID {
                    guard case .success(let probe)? = await source.connect(lastEventID: ByteBuffer(), &cookies) else {
                        return (id, first)
                    }
                    // Closed unread: what it would bring is after the gap.
                    probe.close()
                    answersWithoutID = true
                }
                let second = await source.connect(lastEventID: id, &cookies)
                guard case .failure(let error)? = second, PositionTrials.isAboutPosition(error.status) else {
                    return (id, second)
                }
                positions.refused.append(id)
            }
            let last = await source.connect(lastEventID: ByteBuffer(), &cookies)
            if case .failure? = last { positions.forget() }
            return (ByteBuffer(), last)
        }

        /// Lets the wait that was announced last take no time: the next element is the next attempt.
        public mutating func skipWait() {
            if case .waiting = state { state = .starting }
        }

        private nonisolated(nonsending) mutating func read(_ session: EventStreamSession) async -> EventSourceUpdate? {
            if let decoder, decoder.hasMore {
                // What one read gave may be a thousand times as much, and others want to run, too.
                await Task.yield()
                return decode(by: decoder, from: session, received: 0)
            }
            do {
                if try await session.read(into: &chunks) {
                    guard let decoder else { return parse(from: session) }
                    decoder.take(chunks)
                    return decode(by: decoder, from: session, received: chunks.reduce(0) { $0 + $1.readableBytes })
                }
            } catch .cancelled {
                return nil
            } catch let failure {
                return lose(
                    session,
                    EventSourceError(
                        failure, of: session.request, limit: source.configuration.idleTimeout, timeout: .idle))
            }
            if let fault = decoder?.faultAtEnd { return lose(session, fault) }
            return lose(
                session,
                EventSourceError(
                    .endedByServer, url: session.request.displayURL, reason: "the server ended the stream"))
        }

        /// Decodes one piece and parses it.
        private mutating func decode(
            by decoder: ContentDecoder, from session: EventStreamSession, received: Int
        ) -> EventSourceUpdate {
            do {
                chunks = try decoder.next().map { [$0] } ?? []
            } catch {
                return lose(session, error)
            }
            return parse(from: session, compressedBytes: received)
        }

        private mutating func lose(_ session: EventStreamSession, _ fault: ContentDecoder.Fault) -> EventSourceUpdate {
            lose(
                session,
                EventSourceError(fault, url: session.request.displayURL, policy: source.configuration.policy))
        }

        /// The connection is of no more use.
        private mutating func lose(_ session: EventStreamSession, _ error: EventSourceError) -> EventSourceUpdate {
            // A question whose answer breaks off is asked again, and may cost: only its end is good.
            let isAnswer = source.configuration.end != nil && source.configuration.method != "GET"
            let wasGood =
                !isAnswer && (hasEventsSinceConnect || session.age() >= source.configuration.goodSpell)
            session.close()
            return backOff(error, afterGoodSpell: wasGood)
        }

        /// Parses all that one read gave.
        private mutating func parse(
            from session: EventStreamSession, compressedBytes: Int = 0
        ) -> EventSourceUpdate {
            let before = parser.counters
            let retry = parser.retry
            var batch = EventStreamBatch(events: [], bytes: 0)
            batch.events.reserveCapacity(expectedEvents)
            for chunk in chunks { batch.bytes += chunk.readableBytes }
            do {
                // Also what came before an event that the parser fails at.
                defer {
                    batch.commits = parser.commits
                    if source.configuration.reportsComments { batch.commentPositions = parser.commentPositions }
                }
                if source.configuration.reportsComments {
                    try parser.parse(chunks, into: &batch.events, comments: &batch.commentTexts)
                } else {
                    try parser.parse(chunks, into: &batch.events)
                }
            } catch {
                session.close()
                state = .failing(
                    EventSourceError(
                        .tooLarge, url: session.request.displayURL, reason: error.description, isTemporary: false))
            }
            // The chunks live on in the events' slices only.
            chunks.removeAll(keepingCapacity: true)
            batch.comments = parser.counters.comments - before.comments
            batch.skippedEvents = parser.counters.skippedEvents - before.skippedEvents
            batch.truncatedEvents = parser.counters.truncatedEvents - before.truncatedEvents
            batch.lastEventID = parser.lastEventID
            if let retry = parser.retry.flatMap({ $0 == retry ? nil : $0 }) {
                source.configuration.onStep?(.retry(retry))
            }
            batch.compressedBytes = compressedBytes
            if let end = source.configuration.end { look(for: end, in: &batch, session) }
            if !batch.events.isEmpty { hasEventsSinceConnect = true }
            expectedEvents = batch.events.count
            return .batch(batch)
        }

        /// Closes the connection if the event has come that ends the stream.
        private mutating func look(
            for end: EventStreamEnd, in batch: inout EventStreamBatch, _ session: EventStreamSession
        ) {
            guard let first = batch.events.first else { return }
            // Only a connection's first event may be the one that it was asked to go on after.
            let former = endedAt.take()
            guard var index = batch.events.firstIndex(where: end.matches) else { return }
            if index == 0, !hasEventsSinceConnect, let former, first.hasOwnID, first.lastEventID == former {
                batch.leaveOut(at: index)
                guard let next = batch.events.firstIndex(where: end.matches) else { return }
                index = next
            }
            session.close()
            let ending = batch.events[index]
            // Both are kept beyond the chunk that they lie in.
            if ending.hasOwnID, ending.lastEventID.readableBytes > 0 {
                endedAt = ByteBuffer(bytes: ending.lastEventID.readableBytesView)
            }
            batch.end(at: index)
            parser.reset(lastEventID: ByteBuffer(bytes: batch.lastEventID.readableBytesView))
            state = .failing(
                EventSourceError(
                    .endedByEvent, url: session.request.displayURL, reason: "the event came that ends the stream",
                    isTemporary: end.then == .reconnect))
        }

        /// Decides between another attempt and the end.
        private mutating func backOff(_ error: EventSourceError, afterGoodSpell: Bool = false) -> EventSourceUpdate {
            decoder = nil
            guard error.isTemporary else {
                source.logger?.error("\(error)")
                state = .finished
                return .failed(error)
            }
            attempt = afterGoodSpell ? 1 : attempt + 1
            if afterGoodSpell { schedule.reset() }
            schedule.retry = parser.retry
            let delay = schedule.nextDelay(
                retryAfter: error.retryAfter, isSlow: error.pace == .slow, random: source.random())
            source.logger?.info("\(error)", metadata: ["delay": "\(delay)"])
            state = .waiting(delay)
            return .waiting(delay, error)
        }
    }
}
