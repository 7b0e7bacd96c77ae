// The rules between the options of `[cluster]`, and between them and others.
extension CrossChecks {
    mutating func checkCluster() {
        let cluster = options.cluster
        guard configuration.cluster.bucket != nil else {
            let lease = cluster.lease.isDefault(in: configuration) ? nil : cluster.lease.key
            let alone = [lease, cluster.node.key].compactMap { $0 }.filter { root[$0] != nil }
            if !alone.isEmpty {
                report(
                    "without a bucket there are no other nodes",
                    mend: "add bucket = \"ptr_streams\" below [cluster], or remove it", at: alone)
            }
            return
        }
        // Only what the broker recognises may be published by a node that does not know yet that it is not the holder any more.
        if configuration.handler.kind != .nats {
            report(
                "nodes take streams from one another only where messages are published to a broker",
                mend: "add kind = \"nats\" below [handler], or remove [cluster]",
                at: [cluster.bucket.key, options.handler.kind.key])
        }
        if !configuration.sources.isEmpty {
            report(
                "what a source brings is shared by its consumer, and no node takes it from another one",
                mend: "remove [cluster], or have the source in a ptrd of its own", at: [cluster.bucket.key])
        }
    }
}
