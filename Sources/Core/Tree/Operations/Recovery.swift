import Flow
import Ledger
import NIOCore

/// What of an earlier life a tree goes on from.
package struct Recovery: Sendable {
    private let topology: Topology
    private var kernel: ErrorKernel { topology.kernel }

    package init(_ topology: Topology) {
        self.topology = topology
    }

    /// Reads the positions of the last life. To be called before the tree runs.
    package func recover(_ sources: [any Source]) async throws {
        let secret = try await topology.stateWriter.store.secret()
        let eventSecret = try await topology.stateWriter.store.eventSecret()
        let checkpoints = try await topology.stateWriter.store.checkpoints()
        kernel.ledger.withLock { $0.hash = KeyedHash(secret: secret, events: eventSecret) }
        for (place, source) in sources.enumerated() {
            kernel.ledger.withLock { $0.identify(place, as: source) }
            guard let checkpoint = usable(checkpoints, for: source) else { continue }
            kernel.ledger.withLock { $0.resume(place, after: checkpoint) }
        }
    }

    /// Of all checkpoints the one that a stream may go on from.
    ///
    /// One that was stored by a version which knew only the location, or not even that, is believed where nothing says
    /// otherwise, and one of the same address that was stored before parameters of it were ignored is the stream's, too.
    /// They are stored anew as they should be.
    func usable(_ checkpoints: [Checkpoint], for source: any Source) -> Checkpoint? {
        guard let checkpoint = checkpoints.first(where: { $0.stream == source.name }) else { return nil }
        let hashes = kernel.ledger.withLock { ledger in
            [source.identity, source.fullIdentity].map { ByteBuffer(bytes: ledger.hash(source: $0).bytes) }
        }
        let (here, there) = (source.location, checkpoint.location ?? source.location)
        guard checkpoint.source.map(hashes.contains) ?? (here == there) else {
            let difference =
                here == there
                ? "has other values in its query now" : "comes from \(here) now, its position from \(there)"
            topology.logger.warning(
                "stream \(source.name) \(difference): its position is not used, and the stream begins anew",
                metadata: ["stream": "\(source.name)"])
            return nil
        }
        return checkpoint
    }
}
