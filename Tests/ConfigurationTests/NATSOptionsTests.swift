import Testing

@testable import PtrConfiguration

@Suite("The options of NATS")
struct NATSOptionsTests {
    private static let whole = """
        [stream.a]
        url = "https://example.com/"
        [nats]
        servers = ["nats://a:4222", "tls://b.example.com:4222"]
        creds_credential = "edge"
        [handler]
        kind = "nats"
        [handler.nats]
        stream = "EVENTS"
        subject = "ev.{@stream}.{user.id:hash16}"
        """

    @Test("the example of the documentation is taken, with its defaults")
    func example() throws {
        let configuration = try Configuration.parse(Self.whole, file: "ptrd.toml")
        #expect(configuration.handler.kind == .nats && configuration.handler.nats.dedup == .eventID)
        #expect(configuration.handler.nats.publishTimeout == .seconds(30))
        #expect(configuration.handler.nats.subject?.text == "ev.{@stream}.{user.id:hash16}")
    }

    @Test(
        "what is missing or makes no sense is named, with its mend",
        arguments: [
            ("servers = [\"nats://a:4222\", \"tls://b.example.com:4222\"]", "", "\"nats\" needs a broker"),
            ("stream = \"EVENTS\"", "", "\"nats\" needs a stream and a subject"),
            ("kind = \"nats\"", "", "nothing is published"),
            ("\"nats://a:4222\"", "\"nats://user:word@a:4222\"", "is no address of a broker"),
            ("\"nats://a:4222\"", "\"http://a:4222\"", "is no address of a broker"),
            ("\"EVENTS\"", "\"EV.ENTS\"", "this is no name of a broker's stream"),
            ("ev.{@stream}", "ev.>", "is no subject to publish to"),
            ("{@stream}", "{@strem}", "in the token \"{@strem}\", \"@strem\" at character 2 is nothing"),
            (
                "creds_credential = \"edge\"", "creds_credential = \"a\"\nnkey_credential = \"b\"",
                "are two ways to say who ptrd is"
            ),
            ("creds_credential = \"edge\"", "tls.client_key_credential = \"b\"", "a certificate needs its key"),
        ])
    func faults(part: String, instead: String, problem: String) {
        let found = problems(in: Self.whole.replacing(part, with: instead))
        #expect(found.count == 1 && found.contains { $0.contains(problem) }, "\(found)")
    }
}
