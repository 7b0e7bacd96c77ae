import Locking
import NIOCore

/// The connections that are open: who is at their other ends, which of them make way when there are too many, and that
/// all are closed in good order when the server stops.
///
/// State behind one lock: connections come and go on the event loops, the server stops on a task.
final class Connections: Sendable {
    private struct Entry {
        let channel: any Channel
        let caller: Caller?
        /// Whether HTTP is spoken on it already; before that, nobody will miss it.
        var isServed = false
    }

    private struct Open {
        var table: ConnectionTable<ObjectIdentifier>
        var entries: [ObjectIdentifier: Entry] = [:]
    }

    /// nil: the server is stopping, and whoever comes now comes too late.
    private let state: Locked<Open?>

    /// - Parameter limit: how many there may be, if fewer than in `limits`.
    init(limits: ControlServerLimits, limit: Int, access: CommandAccess) {
        state = Locked(
            Open(
                table: ConnectionTable(
                    limit: limit, limitPerUser: min(limits.connectionsPerUser, limit),
                    reserve: limits.reservedConnections, isPrivileged: { access.isPrivileged($0) })))
    }

    /// Enters an accepted connection, until it closes. If there is no room, another one is closed for it; if there is
    /// none to be made, it is not entered, and ``isToBeServed(_:)`` will say so. If the server is stopping, it is closed.
    func accepted(_ channel: any Channel, from caller: Caller?) {
        let key = ObjectIdentifier(channel)
        let evicted = withOpen { open -> Entry? in
            switch open.table.admit(key, user: caller?.uid) {
            case .refused: return nil
            case .admitted(let other):
                open.entries[key] = Entry(channel: channel, caller: caller)
                return other.flatMap { open.entries.removeValue(forKey: $0) }
            }
        }
        guard let evicted else {
            // Nobody will take it from the queue of accepted connections any more.
            channel.close(promise: nil)
            return
        }
        evicted?.channel.close(promise: nil)
        channel.closeFuture.whenComplete { [weak self] _ in
            self?.closed(key)
        }
    }

    /// Notes that HTTP is about to be spoken on a connection.
    ///
    /// - Returns: false if it is not served: there was no room for it, or the server is stopping.
    func isToBeServed(_ channel: any Channel) -> Bool {
        let isEntered = withOpen { open in
            open.entries[ObjectIdentifier(channel)]?.isServed = true
            return open.entries[ObjectIdentifier(channel)] != nil
        }
        return isEntered ?? false
    }

    /// Who is at the other end of a connection; nil if the kernel does not say.
    func caller(of channel: any Channel) -> Caller? {
        withOpen { $0.entries[ObjectIdentifier(channel)]?.caller } ?? nil
    }

    /// Whether the server is stopping.
    var isStopping: Bool { withOpen { _ in } == nil }

    /// A request is worked on.
    func setBusy(_ channel: any Channel) {
        _ = withOpen { $0.table.setBusy(ObjectIdentifier(channel)) }
    }

    /// The answer is given.
    func setIdle(_ channel: any Channel) {
        _ = withOpen { $0.table.setIdle(ObjectIdentifier(channel)) }
    }

    private func closed(_ key: ObjectIdentifier) {
        _ = withOpen { open in
            open.entries[key] = nil
            open.table.remove(key)
        }
    }

    /// nil if the server is stopping.
    private func withOpen<Result>(_ body: (inout Open) -> Result) -> Result? {
        // In its place, or the dictionaries would be copied.
        state.withLock { $0 == nil ? nil : body(&$0!) }
    }

    /// Closes idle connections at once and the others after their answer, or after `grace`, and waits until all are
    /// closed.
    ///
    /// - Returns: how many had to be cut off.
    func closeAll(grace: Duration) async -> Int {
        let entries = state.withLock { state in
            defer { state = nil }
            return state?.entries ?? [:]
        }
        return await withTaskGroup(of: Bool.self) { group in
            for entry in entries.values {
                let channel = entry.channel
                guard entry.isServed else {
                    channel.close(promise: nil)
                    continue
                }
                group.addTask {
                    // Hummingbird's connection handler knows this event, and whether a request is in progress.
                    channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
                    let deadline = channel.eventLoop.scheduleTask(in: TimeAmount(grace)) {
                        channel.close(promise: nil)
                    }
                    // The future's `get` does not heed cancellation: the server is usually stopped by it.
                    try? await channel.closeFuture.get()
                    deadline.cancel()
                    return (try? await deadline.futureResult.get()) != nil
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
    }
}
