import Locking
import NIOCore

/// The connections that are open, so that they can be closed in good order when the server stops.
///
/// State behind one lock: connections come and go on the event loops, the server stops on a task.
final class Connections: Sendable {
    private struct Entry {
        let channel: any Channel
        /// Whether HTTP is spoken on it already; before that, nobody will miss it.
        var isServed = false
    }

    private enum State {
        case open([ObjectIdentifier: Entry])
        /// The server is stopping: whoever comes now comes too late.
        case stopping
    }

    private let state = Locked<State>(.open([:]))

    /// Enters an accepted connection, until it closes. If the server is stopping, it is closed instead.
    func accepted(_ channel: any Channel) {
        let entered = state.withLock { state in
            guard case .open(var entries) = state else { return false }
            entries[ObjectIdentifier(channel)] = Entry(channel: channel)
            state = .open(entries)
            return true
        }
        guard entered else {
            channel.close(promise: nil)
            return
        }
        channel.closeFuture.whenComplete { [weak self] _ in
            self?.closed(channel)
        }
    }

    /// Notes that HTTP is about to be spoken on a connection.
    ///
    /// - Returns: false if the server is stopping, and the connection with it.
    func isToBeServed(_ channel: any Channel) -> Bool {
        state.withLock { state in
            guard case .open(var entries) = state, entries[ObjectIdentifier(channel)] != nil else { return false }
            entries[ObjectIdentifier(channel)]?.isServed = true
            state = .open(entries)
            return true
        }
    }

    private func closed(_ channel: any Channel) {
        state.withLock { state in
            guard case .open(var entries) = state else { return }
            entries[ObjectIdentifier(channel)] = nil
            state = .open(entries)
        }
    }

    /// Closes idle connections at once and the others after their answer, or after `grace`, and waits until all are
    /// closed.
    ///
    /// - Returns: how many had to be cut off.
    func closeAll(grace: Duration) async -> Int {
        let entries = state.withLock { state -> [Entry] in
            guard case .open(let entries) = state else { return [] }
            state = .stopping
            return Array(entries.values)
        }
        return await withTaskGroup(of: Bool.self) { group in
            for entry in entries {
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
