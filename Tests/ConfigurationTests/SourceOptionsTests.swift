import Testing

@testable import PtrConfiguration

@Suite("The options of sources")
struct SourceOptionsTests {
    private static let whole = """
        [nats]
        servers = ["nats://a:4222"]
        [source.events]
        kind = "nats"
        stream = "EVENTS"
        consumer = "work"
        """

    @Test("a source needs no stream beside it, and has its defaults")
    func example() throws {
        let configuration = try Configuration.parse(Self.whole, file: "ptrd.toml")
        let source = try #require(configuration.sources.first)
        #expect(configuration.streams.isEmpty && source.name == "events" && source.kind == .nats)
        #expect(source.ackWait == .seconds(60) && source.maxDeliveries == 10 && !source.create)
    }

    @Test(
        "what is missing or makes no sense is named, with its mend",
        arguments: [
            ("kind = \"nats\"", "", "the source has no kind"), ("stream = \"EVENTS\"", "", "the source has no stream"),
            ("consumer = \"work\"", "", "the source has no consumer"),
            ("servers = [\"nats://a:4222\"]", "", "the source needs a broker"),
            ("consumer =", "max_deliveries = 1\nconsumer =", "max_deliveries"),
            ("consumer =", "subjects = [\"ev.>\"]\nconsumer =", "create is false"),
            ("consumer =", "create = true\nsubjects = [\"ev.>.a\"]\nconsumer =", "is no subject"),
            ("[source.events]", "[stream.events]\nurl = \"https://h/\"\n[source.events]", "a stream has this name"),
            (
                "[source.events]",
                "[source.a]\nkind = \"nats\"\nstream = \"EVENTS\"\nconsumer = \"work\"\n[source.events]",
                "takes from the consumer work of EVENTS, too"
            ),
        ])
    func faults(part: String, instead: String, problem: String) {
        let found = problems(in: Self.whole.replacing(part, with: instead))
        #expect(found.count == 1 && found.contains { $0.contains(problem) }, "\(found)")
    }

    @Test("a reload says what has changed of them")
    func changes() throws {
        let old = try Configuration.parse(Self.whole, file: "ptrd.toml")
        let new = try Configuration.parse(
            Self.whole.replacing("\"work\"", with: "\"work\"\nack_wait = \"30s\"") + "\n[source.b]\nkind = \"nats\"\n"
                + "stream = \"B\"\nconsumer = \"b\"", file: "ptrd.toml")
        #expect(
            old.changes(to: new).map { "\($0.key) \($0.before ?? "-") \($0.after ?? "-") \($0.isLive)" } == [
                #"source.events.ack_wait "1m" "30s" true"#, #"source.b - "B/b" true"#,
            ])
        #expect(new.changes(to: old).first?.key == "source.b" && old.applying(new).sources == new.sources)
    }
}
