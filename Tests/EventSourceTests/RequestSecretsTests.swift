import NIOCore
import NIOHTTP1
import Testing

@testable import EventSource

@Suite("What a server repeats of what it was sent")
struct RequestSecretsTests {
    private static let secret = "s3cr3t/abcdef+0123456789="

    @Test(
        "is not told: whole, cut off at either end, in another case, within JSON, more than once",
        arguments: [
            (secret, "…"), ("sent \(secret).", "sent …."), ("token \(secret.prefix(12))", "token …"),
            ("\(secret.suffix(9)) was sent", "… was sent"), (secret.uppercased(), "…"),
            (#"{"sent": "s3cr3t\/abcdef+0123456789="}"#, #"{"sent": "…"}"#), (secret + secret, "…"),
            ("\(secret), \(secret)", "…, …"), ("ü\(secret)ü", "ü…ü"),
            ("a s3cr3t/ is no secret", "a s3cr3t/ is no secret"),
            ("", ""), ("short", "short"),
        ])
    func removed(text: String, told: String) {
        var secrets = RequestSecrets()
        secrets.add(Self.secret)
        #expect(secrets.removed(from: text) == told)
    }

    @Test("words shorter than eight bytes, and the scheme that every URL has, are no secrets")
    func words() {
        var secrets = RequestSecrets()
        secrets.add("forbid")
        secrets.add("https://example.com/books/1")
        #expect(secrets.removed(from: "I forbid https://elsewhere.org") == "I forbid https://elsewhere.org")
        #expect(secrets.removed(from: "see https://example.com/") == "see https:…")
    }

    @Test("a large body, and one that repeats itself, are looked through once")
    func body() {
        var secrets = RequestSecrets()
        secrets.body = ByteBuffer(string: String(repeating: "a", count: 1 << 20) + #"{"question": "why me?"}"#)
        let text = String(repeating: "a", count: 800)
        #expect(secrets.removed(from: text) == "…")
        #expect(secrets.removed(from: #"you sent {\"question\": \"why me?\"}"#) == "you sent …")
    }

    @Test("is not told either where the head of the answer has it")
    func head() {
        var secrets = RequestSecrets()
        secrets.add(Self.secret)
        func reason(_ status: HTTPResponseStatus, _ headers: HTTPHeaders) -> String? {
            let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
            guard
                case .refused(let error) = EventStreamResponse(
                    head, url: "http://h/", retryOnServerError: true, policy: .persistent, without: secrets)
            else { return nil }
            return error.reason
        }
        #expect(
            reason(.custom(code: 401, reasonPhrase: "no \(Self.secret)"), [:]) == "the server answered 401 no …")
        #expect(
            reason(.ok, ["Content-Type": Self.secret])
                == "the server answered with the media type … instead of text/event-stream")
        #expect(
            reason(.ok, ["Content-Type": "text/event-stream", "Content-Encoding": Self.secret])?.contains("(…)") == true
        )
    }

    @Test("is not told where a redirect leads to it, by path, host, user or query, nor by who is asked then")
    func redirect() throws {
        var configuration = EventSourceConfiguration(url: "http://h/events?token=\(Self.secret)")
        configuration.headers = [("X-Key", "key-0123456789")]
        let first = try EventStreamRequest(configuration, lastEventID: "")
        func next(_ location: String, of request: EventStreamRequest) throws -> EventStreamRequest {
            try request.redirected(
                by: HTTPResponseHead(version: .http1_1, status: .found, headers: ["Location": location]))
        }
        let second = try next("http://key-0123456789.example/key-0123456789/x?new=0a1b2c3d4e5f", of: first)
        #expect(second.displayURL == "http://….example/…/x?new=…")
        #expect(second.told("cannot reach \(second.server)") == "cannot reach ….example:80")
        #expect(second.hasLeftOrigin && second.isRedirected)
        // What the first server was sent, the second may have been told; and of its own the third.
        #expect(second.withoutSecrets("key-0123456789 0a1b2c3d4e5f \(Self.secret)") == "… … …")
        let third = try next("http://h/0a1b2c3d4e5f", of: second)
        #expect(third.displayURL == "http://h/…")
        #expect(third.hasLeftOrigin)
        #expect(first.told("https://key-0123456789/") == "https://key-0123456789/")
    }
}
