import NIOCore
import Synchronization

/// The connections that are open, so that they can be closed in good order when the server stops.
///
/// State behind one lock: connections come and go on the event loops, the server stops on a task.
final class Connections: Sendable {
    private enum State {
        case open([ObjectIdentifier: any Channel])
        /// The server is stopping: whoever comes now came too late.
        case stopping
    }

    private let state = Mutex<State>(.open([:]))

    /// Enters a new connection, until it closes.
    ///
    /// - Returns: false if the server is stopping.
    func add(_ channel: any Channel) -> Bool {
        let added = state.withLock { state in
            guard case .open(var channels) = state else { return false }
            channels[ObjectIdentifier(channel)] = channel
            state = .open(channels)
            return true
        }
        guard added else { return false }
        channel.closeFuture.whenComplete { [weak self] _ in
            self?.remove(channel)
        }
        return true
    }

    private func remove(_ channel: any Channel) {
        state.withLock { state in
            guard case .open(var channels) = state else { return }
            channels[ObjectIdentifier(channel)] = nil
            state = .open(channels)
        }
    }

    /// Closes idle connections at once and the others after their answer, or after `grace`, and waits until all are closed.
    ///
    /// - Returns: how many had to be cut off.
    func closeAll(grace: Duration) async -> Int {
        let channels = state.withLock { state -> [any Channel] in
            guard case .open(let channels) = state else { return [] }
            state = .stopping
            return Array(channels.values)
        }
        return await withTaskGroup(of: Bool.self) { group in
            for channel in channels {
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
