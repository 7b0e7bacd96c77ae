import Dispatch
import Locking

// MARK: Connecting

extension NATSConnection {
    /// Tells of itself what belongs to one session.
    private final class Relay: CallbackTarget {
        private let connection: NATSConnection
        let prefix = Locked(0)

        init(_ connection: NATSConnection) { self.connection = connection }

        func arrived(_ message: borrowing ArrivedMessage) {
            guard let number = message.number(after: prefix.withLock { $0 }) else { return }
            let (status, bytes) = (message.status, message.bytes)
            let last: ContinuousClock.Instant? = connection.state.withLock { state in
                let start = state.bytes.count
                state.bytes.append(contentsOf: bytes)
                state.arrived.append(Arrived(number: number, status: status, bytes: start..<state.bytes.count))
                return state.arrived.count == 1 ? state.handedOn : nil
            }
            if let last { connection.soon(at: last + NATSConnection.pause) { [connection] in connection.handOn() } }
        }

        func changed(_ change: ConnectionChange) { connection.changed(change, self) }
    }

    /// Connects; on the wire's queue.
    func connect(avoiding avoided: String?) {
        guard case .connecting = state.withLock({ $0.phase }) else { return }
        var servers = settings.servers.shuffled()
        for server in state.withLock(\.nodes) where !servers.contains(server) { servers.append(server) }
        // Whom we have left comes last: it may be the only one that is up.
        servers.sort { one, other in Self.isSame(other, avoided) && !Self.isSame(one, avoided) }
        let relay = Relay(self)
        let session: NATSSession
        do {
            session = try NATSSession(settings, servers: servers, target: relay)
        } catch {
            let reason = if case .disconnected(let reason) = error { reason } else { "\(error)" }
            let isNews = state.withLock { state in
                defer { state.down?.reason = reason }
                return state.down?.reason != reason
            }
            if isNews { onEvent(.disconnected(reason)) }
            let pause = Int.random(in: 500...1500)
            return wire.asyncAfter(deadline: .now() + .milliseconds(pause)) {
                self.connect(avoiding: avoided)
            }
        }
        relay.prefix.withLock { $0 = session.inbox.utf8.count }
        let isWanted = state.withLock { state in
            guard case .connecting = state.phase else { return false }
            state.phase = .up(session)
            return true
        }
        guard isWanted else { return session.close() }
        // Given up before it was ours: nobody heard of it.
        if session.isClosed { return leave(reason: "the broker ended the connection", avoiding: nil) }
        stands(session)
    }

    /// On the wire's queue.
    private func stands(_ session: NATSSession) {
        learn(session)
        let maxPayload = session.maxPayload
        let consumers = state.withLock { state in
            state.down = nil
            (state.silentSince, state.unavailableSince) = (nil, nil)
            if maxPayload > 0 { state.maxPayload = maxPayload }
            return Array(state.consumers.values)
        }
        onEvent(.connected(session.url.map(Self.withoutSecret) ?? "?"))
        for consumer in consumers { consumer.connected(session) }
    }

    /// Remembers the nodes that the broker names; on the wire's queue.
    func learn(_ session: NATSSession) {
        let servers = session.servers
        state.withLock { state in
            state.nodesLookedAt = .now
            for server in servers where !state.nodes.contains(server) { state.nodes.append(server) }
            // There are not so many; the oldest may be gone.
            state.nodes.removeFirst(max(state.nodes.count - 64, 0))
        }
    }

    private func changed(_ change: ConnectionChange, _ relay: Relay) {
        switch change {
        case .error(let text): onEvent(.complaint(text))
        case .disconnected(let reason):
            let isNews = state.withLock { state in
                guard case .up(let session) = state.phase else { return false }
                state.phase = .down(session)
                state.down = (.now, reason)
                return true
            }
            guard isNews else { return }
            onEvent(.disconnected(reason))
            failAll(.disconnected(reason))
        case .reconnected:
            wire.async {
                let session: NATSSession? = self.state.withLock { state in
                    guard case .down(let session) = state.phase else { return nil }
                    state.phase = .up(session)
                    return session
                }
                if let session { self.stands(session) }
            }
        // The library has given up: it was refused twice, say. We do not.
        case .closed(let reason): leave(reason: reason, avoiding: nil)
        }
    }

    /// Closes the session and looks for another node.
    func leave(reason: String, avoiding avoided: String?) {
        let session: NATSSession? = state.withLock { state in
            switch state.phase {
            case .up(let session), .down(let session):
                state.phase = .connecting
                if state.down == nil { state.down = (.now, reason) }
                state.silentSince = nil
                return session
            case .idle, .connecting, .closed: return nil
            }
        }
        guard let session else { return }
        onEvent(.disconnected(reason))
        failAll(.disconnected(reason))
        wire.async {
            self.learn(session)
            session.close()
            self.connect(avoiding: avoided)
        }
    }

    /// Whether two addresses name one node.
    private static func isSame(_ one: String, _ other: String?) -> Bool {
        guard let other else { return false }
        return host(of: one) == host(of: other)
    }

    private static func host(of url: String) -> Substring {
        let rest = url.split(separator: "/", omittingEmptySubsequences: true).last ?? ""
        return rest.split(separator: "@").last ?? ""
    }

    static func withoutSecret(_ url: String) -> String { String(host(of: url)) }
}
