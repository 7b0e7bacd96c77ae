import AsyncHTTPClient
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import NIOSSL
import Testing

@testable import EventSource

/// The rows of *what is shared must not outlive one stream's timeouts*, each with real sockets.
@Suite("A client for each connection")
struct SharingTests {
    private func patient(_ url: String) -> EventSourceConfiguration {
        var configuration = EventSourceConfiguration(url: url)
        configuration.connectTimeout = .seconds(30)
        configuration.idleTimeout = nil
        return configuration
    }

    @Test(
        "a connection that went dead is not used again: after an idle timeout the next try is a new one",
        arguments: [false, true])
    func deadConnection(isEncrypted: Bool) async throws {
        let server = try await ByteServer.start(tls: isEncrypted ? ByteServer.tls : nil) { number in
            .reply(number == 0 ? [ByteServer.head] : [ByteServer.head, "data: \(number)\n\n"])
        }
        let scheme = isEncrypted ? "https" : "http"
        var configuration = patient("\(scheme)://127.0.0.1:\(server.port)/")
        configuration.idleTimeout = .milliseconds(300)
        configuration.reconnect = ReconnectSchedule(initialDelay: .milliseconds(1), minimumDelay: .milliseconds(1))
        var stream = EventSource(configuration, dialer: .testing).makeAsyncIterator()
        try await stream.connecting()
        try await stream.open()
        #expect(try await stream.waiting().1.code == .idle)
        try await stream.connecting(2)
        try await stream.open()
        #expect(try await stream.events(1) == [PlainEvent("1")])
        try await server.stop()
    }

    @Test("a head that never comes ends the try after the response timeout, and the next one is a new connection")
    func deadBeforeHead() async throws {
        let server = try await ByteServer.start { number in
            number == 0 ? .silence : .reply([ByteServer.head, "data: a\n\n"])
        }
        var configuration = patient(server.url)
        configuration.responseTimeout = .after(.milliseconds(200))
        configuration.reconnect = ReconnectSchedule(initialDelay: .milliseconds(1), minimumDelay: .milliseconds(1))
        var stream = EventSource(configuration, dialer: .testing).makeAsyncIterator()
        try await stream.connecting()
        let (_, error) = try await stream.waiting()
        #expect(error.code == .responseTimeout)
        #expect(error.reason == "the connection stands, but the server did not answer within 0.2 seconds")
        try await stream.connecting(2)
        try await stream.open()
        try await server.stop()
    }

    @Test("a server that sends its head with the first event is waited for, when the response timeout is off")
    func lateHead() async throws {
        let server = try await FeedServer.start()
        var configuration = EventSourceConfiguration(url: server.url)
        configuration.connectTimeout = .seconds(10)
        configuration.responseTimeout = .off
        configuration.idleTimeout = nil
        let (requests, requested) = AsyncStream.makeStream(of: Void.self)
        configuration.onStep = { if case .requested = $0 { requested.yield() } }
        let clock = TestClock()
        let source = EventSource(configuration, dialer: .testing, clock: clock)
        let received = Task {
            for await update in source {
                switch update {
                case .batch: return true
                case .waiting, .failed: return false
                default: continue
                }
            }
            return false
        }
        let exchange = try await server.next()
        // The server may have the request before the client knows that the connection stands, and even before the timeout of
        // connecting has begun to sleep.
        for await _ in requests { break }
        // Far longer than it may take to connect.
        clock.advance(by: .seconds(3600))
        try await exchange.stream("data: a\n\n")
        #expect(await received.value)
        try await server.stop()
    }

    @Test("a handshake that hangs ends with its own timeout, and holds no other stream to the host", arguments: [1, 3])
    func hungHandshake(hanging: Int) async throws {
        // The first connections are never answered, not even in TLS.
        let server = try await ByteServer.start { $0 < hanging ? .silence : .reply([ByteServer.head]) }
        var hung = patient("https://127.0.0.1:\(server.port)/")
        hung.connectTimeout = .milliseconds(300)
        hung.reconnect = ReconnectSchedule(initialDelay: .milliseconds(1), minimumDelay: .milliseconds(1))
        var stream = EventSource(hung, dialer: .testing).makeAsyncIterator()
        for attempt in 1...hanging {
            try await stream.connecting(attempt)
            let (_, error) = try await stream.waiting()
            #expect(error.code == .connectTimeout || error.code == .tls)
        }
        var other = EventSource.dialing(untimed(server.url)).makeAsyncIterator()
        try await other.connecting()
        try await other.open()
        try await server.stop()
    }

    @Test(
        "cancelling ends a stream at once, whatever its connection waits for", arguments: ["handshake", "head", "name"])
    func cancelling(phase: String) async throws {
        let server = try await ByteServer.start { _ in .silence }
        let (opened, open) = AsyncStream.makeStream(of: Void.self)
        let silent = SilentTransport(opened: open)
        let url = phase == "handshake" ? "https://127.0.0.1:\(server.port)/" : server.url
        var configuration = patient(url)
        configuration.connectTimeout = nil
        let transport: any EventStreamTransport =
            phase == "name" ? silent : EventStreamDialer.testing.transport(connectTimeout: nil)
        let source = EventSource(
            configuration, transport: transport, clock: ContinuousClock(), random: { 0 }, logger: nil)
        let task = Task {
            var last: EventSourceUpdate?
            for await update in source { last = update }
            return last
        }
        if phase == "name" { for await _ in opened { break } } else { for await _ in server.accepted { break } }
        task.cancel()
        // That it returns is what is shown: without timeouts nothing else would end it.
        guard case .connecting? = await task.value else { return _ = Issue.record("it went on") }
        if phase == "head" { for await _ in server.closed { break } }
        try await server.stop()
    }

    @Test("a name whose lookup hangs holds no other name, and whoever asks for it meanwhile shares its thread")
    func hungLookup() async throws {
        let gate = ThreadGate()
        let asked = NIOLockedValueBox<[String]>([])
        let lookups = NameLookups { name in
            asked.withLockedValue { $0.append(name) }
            if name == "hangs.example" { gate.wait() }
            return .success(["192.0.2.1"])
        }
        let (answers, answered) = AsyncStream.makeStream(of: String.self)
        lookups.addresses(of: "hangs.example") { _ in answered.yield("first") }
        lookups.addresses(of: "HANGS.example") { _ in answered.yield("second") }
        for number in 0..<20 {
            await withCheckedContinuation { done in
                lookups.addresses(of: "name\(number).example") { _ in done.resume() }
            }
        }
        #expect(asked.withLockedValue { $0.count { $0 == "hangs.example" } } == 1)
        gate.open()
        var iterator = answers.makeAsyncIterator()
        #expect(await [iterator.next(), iterator.next()] == ["first", "second"])
    }

    @Test("whoever does not wait for a name any longer is forgotten, though it hangs")
    func forgottenLookup() async {
        let gate = ThreadGate()
        let lookups = NameLookups { _ in
            gate.wait()
            return .success(["192.0.2.1"])
        }
        let (answers, answered) = AsyncStream.makeStream(of: Int.self)
        let tickets = (0..<100).map { number in
            lookups.addresses(of: "hangs.example") { _ in answered.yield(number) }
        }
        for ticket in tickets.dropLast() { lookups.cancel(ticket) }
        #expect(lookups.waiting(for: "hangs.example") == 1)
        gate.open()
        var iterator = answers.makeAsyncIterator()
        #expect(await iterator.next() == 99)
        #expect(lookups.waiting(for: "hangs.example") == 0)
    }

    @Test("the address that worked last comes first; after a try of all, each in turn has all the time")
    func addressOrder() {
        var order = AddressOrder()
        let all = ["a", "b", "c"]
        func next() -> [String] { order.next(of: all).map { "\($0.address)/\($0.share)" } }
        #expect(next() == ["a/3", "b/2", "c/1"])
        #expect(next() == ["a/1", "b/2", "c/1"])
        #expect(next() == ["a/3", "b/2", "c/1"])
        #expect(next() == ["b/1", "c/2", "a/1"])
        order.connected(to: "c")
        #expect(next() == ["c/3", "a/2", "b/1"])
        #expect(order.next(of: ["d", "e"]).map(\.address) == ["d", "e"])
        // One of many that worked is among the few that are tried.
        let many = (0..<9).map(String.init)
        order.connected(to: "8")
        #expect(order.next(of: many).map(\.address) == ["8", "0", "1", "2"])
        #expect(order.next(of: ["only"]) == [AddressOrder.Way(address: "only", share: 1)])
    }

    @Test("each name has an order of its own, whatever redirects lead to; names without end are not kept")
    func addressBook() {
        let book = AddressBook()
        let (first, second) = (["a", "b"], ["c", "d"])
        var shares: [[Int]] = []
        for _ in 0..<2 {
            _ = book.next(of: first, for: "first")
            book.connected(to: "b", of: "first")
            shares.append(book.next(of: second, for: "second").map(\.share))
        }
        #expect(shares == [[2, 1], [1, 1]])
        #expect(book.next(of: first, for: "first").map(\.address) == ["b", "a"])
        for number in 0..<100 { _ = book.next(of: first, for: "name\(number)") }
        #expect(book.next(of: first, for: "first").map(\.address) == ["a", "b"])
    }

    @Test("of the addresses of a name the next is tried when one refuses")
    func severalAddresses() async throws {
        // `localhost` leads to ::1, too, where nobody listens.
        let server = try await ByteServer.start { _ in .reply([ByteServer.head, "data: a\n\n"]) }
        var stream = EventSource.dialing(untimed("http://localhost:\(server.port)/")).makeAsyncIterator()
        try await stream.connecting()
        try await stream.open()
        #expect(try await stream.events(1) == [PlainEvent("a")])
        try await server.stop()
    }

    @Test("streams to one host beyond any limit of a server's connection: each has its own", arguments: [120])
    func manyStreams(count: Int) async throws {
        let server = try await ByteServer.start { _ in .reply([ByteServer.head, "data: a\n\n"]) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<count {
                group.addTask {
                    var stream = EventSource.dialing(untimed(server.url)).makeAsyncIterator()
                    try await stream.connecting()
                    try await stream.open()
                    _ = try await stream.events(1)
                }
            }
            try await group.waitForAll()
        }
        var connections = server.accepted.makeAsyncIterator()
        for number in 0..<count { #expect(await connections.next() == number) }
        try await server.stop()
    }
}

/// Never gets as far as a connection, as when a name is looked up.
private struct SilentTransport: EventStreamTransport {
    let opened: AsyncStream<Void>.Continuation

    func open(_ request: EventStreamRequest) -> any EventStreamConnection {
        opened.yield()
        return HTTPClientConnection()
    }
}

/// Holds a thread that may be held.
private final class ThreadGate: Sendable {
    private let condition = ConditionLock(value: false)

    func wait() {
        condition.lock(whenValue: true)
        condition.unlock()
    }

    func open() {
        condition.lock()
        condition.unlock(withValue: true)
    }
}
