/// One holder for each stream (`[cluster]`).
package struct ClusterOptions: OptionGroup {
    package let bucket = DaemonOption(
        "cluster.bucket", .optional(.bucketName), .nextStart, default: nil,
        note: "none: the streams are read by this ptrd alone",
        """
        The key-value bucket at the broker of `[nats]`, such as `"ptr_streams"`, in which it stands who reads each stream, and where it goes
        on. Every ptrd with this bucket and a stream of the same name is a node: one of them reads it, the others stand by. It is made if
        it is not there.
        """)
    package let lease = DaemonOption(
        "cluster.lease", .duration(.seconds(3)...minutes(10)), .nextStart, default: .seconds(15),
        """
        How long a node that does not answer any more holds its streams. A second after that another one takes them. It is to be longer than
        an election of the broker's, of about five seconds.
        """)
    package let node = DaemonOption(
        "cluster.node", .optional(.nodeName), .nextStart, default: nil,
        note: "the host's name and a number of the state directory",
        "What this node is called where it is shown who holds a stream.")
}

extension ValueType<String> {
    /// The name of a bucket.
    static var bucketName: ValueType {
        .text(name: "name", write: \.self) { name throws(Faults) in
            guard 1...100 ~= name.utf8.count,
                name.utf8.allSatisfy({ $0.isBareKey })
            else { throw Faults("this is no name of a bucket", mend: "write letters, digits, _ and -, at most 100") }
            return name
        }
    }

    /// The name of a node.
    static var nodeName: ValueType {
        .text(name: "name", write: \.self) { name throws(Faults) in
            guard 1...100 ~= name.utf8.count, name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
                throw Faults("this is no name of a node", mend: "write one without spaces, of at most 100 bytes")
            }
            return name
        }
    }
}
