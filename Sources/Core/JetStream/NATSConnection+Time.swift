import Dispatch

// MARK: Time

extension NATSConnection {
    func tickLater() {
        replies.asyncAfter(deadline: .now() + .milliseconds(250)) { [weak self] in self?.tick() }
    }

    /// What there is to do at one look at the clock.
    private struct Tick {
        var expired: [RequestTable.Entry]
        var due: [(batch: PublishBatch, places: [Int])]
        var consumers: [any SessionUser]
        var isToProbe: Bool
        /// Whether it is time to see which nodes there are.
        var isToLearn: Bool
    }

    private func tick() {
        let now = ContinuousClock.now
        let tick = state.withLock { state -> Tick? in
            if case .closed = state.phase { return nil }
            let due = state.later.filter { $0.due <= now }.map { ($0.batch, $0.places) }
            state.later.removeAll { $0.due <= now }
            var isToProbe = false
            let since = [state.silentSince, state.unavailableSince].compactMap(\.self).min()
            if case .up = state.phase, let since, since + settings.minorityPatience <= now {
                isToProbe = !state.isProbing
                state.isProbing = true
            }
            return Tick(
                expired: state.table.takeExpired(at: now), due: due, consumers: Array(state.consumers.values),
                isToProbe: isToProbe, isToLearn: state.nodesLookedAt + .seconds(5) <= now)
        }
        guard let tick else { return }
        if !tick.expired.isEmpty {
            note(silence: true)
            var ends = Ends()
            for entry in tick.expired { ends.add(entry, .failure(.timeout)) }
            ends.deliver()
        }
        for (batch, places) in tick.due { batch.send(places) }
        for consumer in tick.consumers { consumer.tick(at: now) }
        if tick.isToLearn { onWire { self.learn($0) } }
        if tick.isToProbe { Task { await probe() } }
        tickLater()
    }

    /// Asks the node whether it serves at all: a stream that does not exist is silent, too.
    private func probe() async {
        let url = session?.url
        let serves: Bool
        do {
            let answer = try await request("$JS.API.INFO", within: .seconds(2))
            serves = (try? APIAnswer.check(answer)) != nil
        } catch {
            serves = false
        }
        let isLeft = state.withLock { state in
            state.isProbing = false
            guard case .up = state.phase else { return false }
            state.silentSince = serves ? nil : .now
            state.unavailableSince = nil
            return !serves
        }
        guard isLeft else { return }
        onEvent(.left(url.map(Self.withoutSecret) ?? "?"))
        leave(reason: "the node does not serve JetStream; it may be cut off from the others", avoiding: url)
    }
}
