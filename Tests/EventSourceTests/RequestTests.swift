import NIOCore
import Testing

@testable import EventSource

@Suite("Requests and errors in words")
struct RequestTests {
    @Test(
        "a URL is shown without user information, values of the query and fragment",
        arguments: [
            ("http://u:p@example.org:80/a/b?token=s3cret&x#f", "http://example.org:80/a/b?token=…&…"),
            ("https://example.org", "https://example.org"), ("http://a@b@c/x@y", "http://c/x@y"),
            ("u:p@host/x", "host/x"), ("http://example.org/?", "http://example.org/?"), ("", ""),
        ])
    func redaction(url: String, shown: String) {
        #expect(redacted(url) == shown)
    }

    @Test("an error says which stream, what happened and what comes next")
    func description() throws {
        let temporary = EventSourceError(.idle, url: "http://h/", reason: "the server sent nothing", isTemporary: true)
        #expect(temporary.description == "event stream http://h/: the server sent nothing; will connect again")
        let final = EventSourceError(
            .refused, url: "http://h/", reason: "the server answered 404 Not Found", isTemporary: false)
        #expect(final.description == "event stream http://h/: the server answered 404 Not Found; the stream is over")
    }

    @Test(
        "dates of HTTP become seconds since the epoch",
        arguments: [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
            ("Thu, 29 Feb 2024 23:59:59 GMT", 1_709_251_199), ("Fri, 01 Mar 2024 00:00:00 GMT", 1_709_251_200),
            ("Tue, 31 Dec 2999 23:59:59 GMT", 32_503_679_999), ("yesterday", nil), ("Sun, 06 Nov 1994 08:49 GMT", nil),
            ("Sun, 06 Foo 1994 08:49:37 GMT", nil), ("Sun, 06 Nov 1994 08:49:37 CET", nil),
        ] as [(String, Int64?)])
    func dates(text: String, seconds: Int64?) {
        #expect(secondsSinceEpoch(httpDate: text) == seconds)
    }
}
