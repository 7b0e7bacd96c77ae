import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import Testing

@testable import EventSource

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// The rows of *final or temporary*.
@Suite("What is final, and what is tried again")
struct RefusalTests {
    private func judge(
        _ status: Int, _ headers: HTTPHeaders = [:], _ policy: EventSourcePolicy, retryOnServerError: Bool = true
    ) -> EventSourceError? {
        let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: headers)
        guard
            case .refused(let error) = EventStreamResponse(
                head, url: "http://h/", retryOnServerError: retryOnServerError, policy: policy)
        else { return nil }
        return error
    }

    @Test("a program that nobody watches goes on after every answer but 204", arguments: 200...599)
    func everyStatus(status: Int) {
        guard let error = judge(status, [:], .persistent) else {
            #expect([301, 302, 303, 307, 308].contains(status))
            return
        }
        #expect(error.isTemporary == (status != 204))
    }

    @Test("what asks to come again or may be mended at any moment is tried at the usual pace, all else slower")
    func pace() {
        for status in [401, 403, 408, 421, 425, 429, 500, 502, 503, 504, 599] {
            #expect(judge(status, [:], .persistent)?.pace == .usual, "\(status)")
        }
        for status in [200, 201, 206, 300, 304, 400, 402, 404, 405, 410, 412, 418, 451] {
            #expect(judge(status, [:], .persistent)?.pace == .slow, "\(status)")
        }
        let error = judge(404, ["Retry-After": "7"], .persistent)
        #expect(error?.pace == .usual && error?.retryAfter == .seconds(7))
    }

    @Test("who stops at refusals still comes again when asked to, and after server errors unless those are final, too")
    func stopping() {
        var policy = EventSourcePolicy.persistent
        policy.endsOnRefusal = true
        for status in [408, 421, 425, 429, 500, 503] { #expect(judge(status, [:], policy)?.isTemporary == true) }
        for status in [200, 400, 401, 403, 404, 410] { #expect(judge(status, [:], policy)?.isTemporary == false) }
        #expect(judge(404, ["Retry-After": "1"], policy)?.isTemporary == true)
        for status in [429, 500, 503] {
            #expect(judge(status, [:], policy, retryOnServerError: false)?.isTemporary == false)
            #expect(judge(status, ["Retry-After": "1"], .persistent, retryOnServerError: false)?.isTemporary == false)
        }
    }

    @Test("the library's default stays the standard's: whatever is no event stream is final")
    func standard() {
        for status in [200, 204, 400, 401, 404, 408, 421, 425, 500, 503] {
            #expect(judge(status, ["Retry-After": "1"], .standard, retryOnServerError: false)?.isTemporary == false)
        }
        #expect(EventSourceConfiguration(url: "http://h/").policy == .standard)
    }

    @Test(
        "a body that is not compressed is known by several names",
        arguments: ["none", "identity", "utf-8", "", "UTF-8"])
    func identityEncodings(name: String) {
        let head = HTTPResponseHead(
            version: .http1_1, status: .ok, headers: ["Content-Type": "text/event-stream", "Content-Encoding": name])
        guard case .open = EventStreamResponse(head, url: "", retryOnServerError: false) else {
            return _ = Issue.record("refused")
        }
    }

    @Test("an encoding that cannot be read, and a redirect to nowhere, are tried again, slowly")
    func healing() async throws {
        let error = judge(
            200, ["Content-Type": "text/event-stream", "Content-Encoding": "br"], .persistent)
        #expect(error?.isTemporary == true && error?.pace == .slow)
        #expect(error?.code == .unsupportedContentEncoding)
        let server = try await ByteServer.start { number in
            .reply([number == 0 ? "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n" : ByteServer.head])
        }
        var configuration = untimed(server.url)
        configuration.policy = .persistent
        var stream = EventSource.dialing(configuration).makeAsyncIterator()
        try await stream.connecting()
        #expect(try await stream.waiting().1.code == .invalidRedirect)
        try await stream.connecting(2)
        try await stream.open()
        try await server.stop()
    }

    @Test("a redirect loop is final")
    func redirectLoop() async throws {
        let server = try await ByteServer.start { _ in
            .reply(["HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n"])
        }
        var configuration = untimed(server.url)
        configuration.policy = .persistent
        var stream = EventSource.dialing(configuration).makeAsyncIterator()
        try await stream.connecting()
        #expect(try await stream.failed().code == .tooManyRedirects)
        try await server.stop()
    }

    @Test(
        "the error quotes what a person would read first in the body: 200 bytes, on one line, without control characters"
    )
    func quotation() async throws {
        let page = "\u{1B}[31m<h1>Down\r\n\r\n  for\u{0} maintenance</h1>" + String(repeating: "x", count: 5000)
        let server = try await ByteServer.start { number in
            switch number {
            case 0: .reply(["HTTP/1.1 404 Not Found\r\nContent-Length: \(page.utf8.count)\r\n\r\n" + page])
            // It promises a body that never comes.
            case 1: .reply(["HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 10\r\n\r\nhello"])
            // It never ends.
            default: .reply(["HTTP/1.1 503 Busy\r\n\r\n", String(repeating: "busy ", count: 100_000)])
            }
        }
        var configuration = untimed(server.url)
        configuration.policy = .persistent
        configuration.retryOnServerError = true
        var stream = EventSource(configuration, dialer: .testing, clock: LeapingWaits(), random: { 0 })
            .makeAsyncIterator()
        try await stream.connecting()
        let first = try await stream.waiting().1
        #expect(first.reason.hasPrefix("the server answered 404 Not Found: \"[31m<h1>Down for maintenance</h1>xxx"))
        #expect(first.reason.utf8.count == "the server answered 404 Not Found: ".utf8.count + 202)
        try await stream.connecting(2)
        #expect(
            try await stream.waiting().1.reason
                == "the server answered with the media type text/html instead of text/event-stream: \"hello\"")
        try await stream.connecting(3)
        #expect(
            try await stream.waiting().1.reason.hasPrefix("the server answered 503 Service Unavailable: \"busy busy"))
        try await server.stop()
    }

    @Test("the credential is read anew for each try: a token that was exchanged opens the stream")
    func rotatedCredential() async throws {
        let server = try await FeedServer.start()
        let path = "/tmp/EventSource-\(UInt32.random(in: 0 ... .max)).token"
        func write(_ token: String) {
            let file = fopen(path, "w")
            fputs(token, file)
            fclose(file)
        }
        write("old")
        defer { unlink(path) }
        var configuration = untimed(server.url)
        configuration.policy = .persistent
        configuration.bearerTokenFile = path
        var stream = EventSource.dialing(configuration).makeAsyncIterator()
        try await stream.connecting()
        let refused = server.answer { exchange in
            try await exchange.respond(.unauthorized, headers: ["Content-Length": "0"])
            try await exchange.end()
        }
        let (_, error) = try await stream.waiting()
        #expect(error.status == 401)
        #expect(try await refused.value.request.headers["Authorization"] == ["Bearer old"])
        write("new")
        try await stream.connecting(2)
        async let accepted = server.nextStream()
        try await stream.open()
        #expect(try await accepted.request.headers["Authorization"] == ["Bearer new"])
        try await server.stop()
    }
}

/// Lets the waits of minutes and more take no time; those of a second are real.
private struct LeapingWaits: Clock {
    typealias Instant = ContinuousClock.Instant
    var now: Instant { ContinuousClock().now }
    var minimumResolution: Duration { .zero }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        guard now.duration(to: deadline) <= .seconds(2) else { return try Task.checkCancellation() }
        try await ContinuousClock().sleep(until: deadline, tolerance: tolerance)
    }
}
