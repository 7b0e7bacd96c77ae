import JetStream
import NIOCore
import Pipeline

// MARK: From the broker to the tree

extension NATSSource {
    /// Begins to ask, if nothing does.
    func pull() {
        let options = options
        let number: UInt64? = state.withLock { state in
            guard state.puller == nil, state.run != 0, !state.isClosed, !state.books.hasSuspects else { return nil }
            state.pullers += 1
            return state.pullers
        }
        guard let number else { return }
        let least = max(state.withLock(\.books.window.messages) / 4, 1)
        let puller = connection.puller(
            stream: options.stream, consumer: options.consumer, least: least,
            deliver: { [weak self] in self?.delivered($0, to: number) },
            onEvent: { [weak self] in self?.happened($0) })
        let isWanted = state.withLock { state in
            guard state.pullers == number, state.puller == nil, state.run != 0, !state.isClosed else { return false }
            state.puller = puller
            state.books.forgetGrants()
            return true
        }
        guard isWanted else { return }
        puller.start()
        grant()
    }

    private func happened(_ event: PullEvent) {
        // The next look comes soon enough for what may be refused again at once.
        if case .refused(let reason) = event {
            return state.withLock { $0.refusal = "the broker refuses what the consumer is asked for: \(reason)" }
        }
        isToLook.notify()
    }

    /// Asks for nothing more. What is on its way still comes.
    func stopPulling() {
        let puller = state.withLock { state in
            state.books.forgetGrants()
            return state.puller.take()
        }
        puller?.drain()
    }

    private func delivered(_ messages: [PulledMessage], to number: UInt64) {
        let now = connection.now
        let arrival: ConsumerBooks.Arrival? = state.withLock { state in
            guard state.run != 0 else { return nil }
            let isAsked = state.puller != nil && state.pullers == number
            return state.books.arrived(messages, isAsked: isAsked, at: now)
        }
        // Nobody brings it.
        guard let arrival else { return connection.acknowledge(messages.map(\.reply), .again(after: nil)) }
        if !arrival.settled.isEmpty {
            var again = ConsumerBooks.Settled()
            for (reply, how) in arrival.settled {
                if how == .deadLettered { again.terminated.append(reply) } else { again.done.append(reply) }
            }
            say(again)
        }
        if arrival.hasNews { hasNews.notify() }
        grant()
    }

    /// Brings what has come, batch by batch.
    func pump(_ intake: StreamIntake) async throws {
        while true {
            let (isPulling, hasSuspects) = state.withLock { ($0.puller != nil, $0.books.hasSuspects) }
            if isPulling, hasSuspects { stopPulling() }
            // After suspects, unless something is wrong.
            if !isPulling, !hasSuspects, intake.status.state == .open, !intake.isHeld { pull() }
            switch state.withLock({ $0.books.next() }) {
            case .nothing: try await hasNews.wait()
            case .batch(let messages): try await bring(messages.map { event($0) }, messages, intake)
            case .alone(let message): try await bringAlone(message, intake)
            }
        }
    }

    private func bring(_ events: [Event], _ messages: [PulledMessage], _ intake: StreamIntake) async throws {
        let bytes = messages.reduce(0) { $0 + $1.size }
        if await !intake.offer(events, bytes: bytes) {
            takeBack(messages)
            // Nothing of it was begun.
            if messages.count == 1 { suspects.end(SuspectKey(messages[0])) }
        }
        try Task.checkCancellation()
    }

    /// What could not be brought waits for whoever brings next.
    private func takeBack(_ messages: [PulledMessage]) {
        state.withLock { $0.books.takeBack(messages) }
        hasNews.notify()
    }

    /// Deals a suspect while nothing else is in process, of no stream and source, and gives it up when the daemon has ended over it too often.
    private func bringAlone(_ message: PulledMessage, _ intake: StreamIntake) async throws {
        var isBrought = false
        // Who is told to stop while it waits, or whose record hangs, has begun nothing.
        defer { if !isBrought { takeBack([message]) } }
        try await intake.alone {
            let tries: Int
            do {
                tries = try await suspects.begin(SuspectKey(message))
            } catch {
                // Dealt all the same: not to deal it would hold up the others for ever.
                logger.warning("source \(name): it cannot be kept how often a suspect was dealt: \(error)")
                tries = 0
            }
            var event = event(message)
            event.standing = tries < Self.mostTries ? .suspect : .condemned(tries: tries)
            logger.notice(
                """
                source \(name): message \(message.delivery.sequence) of \(options.stream) was delivered \
                \(message.delivery.count) times: it is dealt alone
                """)
            isBrought = true
            try await bring([event], [message], intake)
        }
    }

    /// A message as the tree has it: named as whoever published it has named it.
    func event(_ message: PulledMessage) -> Event {
        let (name, id, type) = message.headers(
            (HeaderName("Nats-Msg-Id"), HeaderName("Ptr-Id"), HeaderName("Ptr-Event")))
        let identity: ShortHash
        if let name {
            // Another ptrd's is the identity, and a hash of what it says.
            identity = ShortHash(hexBefore: 0x2D, in: name) ?? ShortHash(of: identities, name, 0)
        } else {
            identity = ShortHash(of: identities, nil, message.delivery.sequence)
        }
        return Event(
            knownID: id, hasOwnID: id != nil, type: type, data: message.payload,
            receipt: message.delivery.sequence, identity: identity)
    }

    /// An operator has paused it: others get what was not brought.
    func standStill() {
        stopPulling()
        let replies = state.withLock { $0.books.giveBackUnbrought() }
        connection.acknowledge(replies, .again(after: nil))
    }

    /// A receiver has ended: what it has not brought is given back, and nothing more is asked for.
    func endRun(_ number: UInt64) {
        let replies: [AckSubject]? = state.withLock { state in
            guard state.run == number else { return nil }
            state.run = 0
            return state.books.giveBackUnbrought()
        }
        guard let replies else { return }
        connection.acknowledge(replies, .again(after: nil))
        stopPulling()
        // Who has begun meanwhile looks again.
        hasNews.notify()
    }
}
