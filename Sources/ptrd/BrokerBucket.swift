#if NATS
import Cluster
import JetStream

/// The bucket at the broker, which is made when it is not there.
struct BrokerBucket: LeaseBucket {
    /// As many as survive one node.
    private static let replicas = 3

    private let bucket: KeyValueBucket

    init(_ name: String, over connection: NATSConnection) throws(NATSError) {
        bucket = try KeyValueBucket(name, over: connection)
    }

    func read(_ key: String, within limit: Duration) async throws -> (value: [UInt8]?, revision: UInt64) {
        do {
            return try await entry(key, limit)
        } catch NATSError.refused(code: 10059, _) {
            try await make(limit)
            return try await entry(key, limit)
        }
    }

    private func entry(_ key: String, _ limit: Duration) async throws(NATSError) -> (value: [UInt8]?, revision: UInt64)
    {
        let entry = try await bucket.get(key, within: limit)
        return (entry?.value, entry?.revision ?? 0)
    }

    private func make(_ limit: Duration) async throws(NATSError) {
        do {
            try await bucket.make(replicas: Self.replicas, within: limit)
        } catch {
            // 10074: a server by itself keeps no replicas.
            guard case .refused(code: 10074, _) = error else { throw error }
            try await bucket.make(replicas: 1, within: limit)
        }
    }

    func write(
        _ key: String, _ value: [UInt8], ifRevision revision: UInt64, within limit: Duration
    ) async throws -> UInt64? {
        switch try await bucket.set(key, to: value, ifRevision: revision, within: limit) {
        case .stored(let revision): revision
        case .conflict: nil
        }
    }
}
#endif
