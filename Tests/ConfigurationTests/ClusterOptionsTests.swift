import Testing

@testable import PtrConfiguration

@Suite("The options of a cluster")
struct ClusterOptionsTests {
    private static let published = """
        [stream.a]
        url = "https://example.com/"
        [nats]
        servers = ["nats://a:4222"]
        [handler]
        kind = "nats"
        [handler.nats]
        stream = "EVENTS"
        subject = "ev"
        """

    @Test("a bucket is all that two edges need; without one there is no cluster")
    func example() throws {
        let configuration = try Configuration.parse(
            Self.published + "\n[cluster]\nbucket = \"ptr_streams\"", file: "ptrd.toml")
        #expect(configuration.cluster.bucket == "ptr_streams" && configuration.cluster.lease == .seconds(15))
        #expect(configuration.cluster.node == nil)
        #expect(try Configuration.parse(Self.published, file: "ptrd.toml").cluster.bucket == nil)
    }

    @Test(
        "what cannot be is refused with its mend",
        arguments: [
            ("bucket = \"a.b\"", "write letters, digits, _ and -"), ("lease = \"20s\"", "add bucket = \"ptr_streams\""),
            ("bucket = \"b\"\nlease = \"2s\"", "3s"), ("bucket = \"b\"\nnode = \"a b\"", "without spaces"),
        ])
    func refused(text: String, mend: String) {
        let problems = problems(in: Self.published + "\n[cluster]\n" + text)
        #expect(problems.count == 1 && problems[0].contains(mend), "\(problems)")
    }

    @Test("it is for messages that are published to a broker")
    func otherHandler() {
        let problems = problems(in: "stream.a.url = \"https://example.com/\"\ncluster.bucket = \"b\"")
        #expect(problems.count == 1 && problems[0].contains("add kind = \"nats\""), "\(problems)")
    }

    @Test("a source has a ptrd of its own: what it brings no node takes from another one")
    func source() {
        let problems = problems(
            in: Self.published + """

                [cluster]
                bucket = "b"
                [source.events]
                kind = "nats"
                stream = "EVENTS"
                consumer = "work"
                """)
        #expect(problems.count == 1 && problems[0].contains("in a ptrd of its own"), "\(problems)")
    }
}
