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

    @Test("the scheme that every URL has is no secret")
    func schemes() {
        var secrets = RequestSecrets()
        for secret in ["https", "HTTP", "https://example.com/books/1"] { secrets.add(secret, isCredential: true) }
        #expect(
            secrets.removed(from: "see http://a.org, https://elsewhere.org")
                == "see http://a.org, https://elsewhere.org")
        #expect(secrets.removed(from: "see https://example.com/") == "see https:…")
    }

    @Test(
        "one shorter than eight bytes is not told where it stands as a word, in another case and within JSON, too",
        arguments: [
            ("no hunt2 here", "no … here"), ("hunt2", "…"), ("me:hunt2@h", "me:…@h"), ("HUNT2,hunt2", "…,…"),
            ("_hunt2-", "_…-"), ("/hunt2/x?a=hunt2", "/…/x?a=…"), ("hunt22 hunt2r 0hunt2", "hunt22 hunt2r 0hunt2"),
            ("ühunt2 hunt2ü", "ühunt2 hunt2ü"), (#"{"sent":"hunt2"}"#, #"{"sent":"…"}"#), ("hunt", "hunt"),
            ("é: a/b+=", "é: …"), (#"é: "a\/b+=""#, #"é: "…""#), ("xa/b+=x xa/b+=", "xa/b+=x xa/b+="),
            ("a PIN of 7, not 77", "a PIN of …, not 77"), ("8", "8"),
        ])
    func shortSecrets(text: String, told: String) {
        var secrets = RequestSecrets()
        secrets.add("hunt2")
        secrets.add("a/b+=")
        secrets.add("8")
        secrets.add("7", isCredential: true)
        #expect(secrets.removed(from: text) == told)
    }

    @Test("a password is not told either by itself, wherever it was given, nor a short token")
    func logins() throws {
        func told(_ text: String, _ request: EventStreamRequest) -> String { request.withoutSecrets(text) }
        let text = "me:pw1, pw1, bWU6cHcx"
        let url = try EventStreamRequest(EventSourceConfiguration(url: "http://me:pw1@h/"), lastEventID: "")
        // With the space of what was sent.
        #expect(told(text, url) == "…, …,…")
        var request = try EventStreamRequest(EventSourceConfiguration(url: "http://h/"), lastEventID: "")
        #expect(told(text, request) == text)
        request.carry("me:pw1", as: .basic)
        request.carry("t1", as: .bearerToken)
        request.carry("k2", as: .header("X-Key"))
        request.carry("q/3", as: .parameter("auth"))
        #expect(told(text, request) == "…, …, …")
        #expect(told("t1 k2 q/3 q%2F3 t12", request) == "… … … … t12")
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
