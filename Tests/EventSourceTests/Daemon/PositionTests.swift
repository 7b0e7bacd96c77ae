import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import Testing

@testable import EventSource

/// A position that the server no longer accepts.
@Suite("A position that is refused")
struct PositionTests {
    /// Answers by the ID that it is asked with, in the order of the requests.
    private func run(
        _ ids: [String], patience: Duration = .zero, answers: [(id: String, status: Int)],
        then opened: Bool = true, isStrict: Bool = false
    ) async throws -> Books {
        let server = try await FeedServer.start()
        let books = Books(ids)
        var configuration = untimed(server.url)
        configuration.policy = isStrict ? .standard : .persistent
        if !isStrict { configuration.policy.positionPatience = patience }
        configuration.retryOnServerError = true
        configuration.resumption = books
        var stream = EventSource.dialing(configuration).makeAsyncIterator()
        let served = Task {
            for (id, status) in answers {
                let exchange = try await server.next()
                #expect(exchange.request.headers["Last-Event-ID"] == (id.isEmpty ? [] : [id]))
                if status == 200 {
                    try await exchange.stream()
                } else {
                    try await exchange.respond(.init(statusCode: status), headers: ["Content-Length": "0"])
                    try await exchange.end()
                }
            }
        }
        while let update = await stream.next() {
            if case .open = update { break }
            if case .failed = update { break }
            if case .waiting = update, !opened { break }
        }
        try await served.value
        try await server.stop()
        return books
    }

    @Test(
        "412, 416 and 431: a connection without the ID decides at once; refused again, the stream goes on without",
        arguments: [412, 416, 431])
    func atOnce(status: Int) async throws {
        let books = try await run(
            ["7"], patience: .seconds(3600), answers: [("7", status), ("", 200), ("7", status), ("", 200)])
        #expect(books.opened == [Books.Opening(after: "", refused: ["7"])])
    }

    @Test("the position is tried again right after the connection without it, and kept when it is taken")
    func takenAgain() async throws {
        let books = try await run(["7"], answers: [("7", 412), ("", 200), ("7", 200)])
        #expect(books.opened == [Books.Opening(after: "7", refused: [])])
    }

    @Test("a server that answers nobody refuses no position", arguments: [412, 404, 503])
    func down(status: Int) async throws {
        let books = try await run(["7"], answers: [("7", 412), ("", status)], then: false)
        #expect(books.opened.isEmpty)
    }

    @Test("400, 404 and 410, which a deployment answers as well, count only after a while", arguments: [400, 404, 410])
    func patience(status: Int) async throws {
        let impatient = try await run(["7"], answers: [("7", status), ("", 200), ("7", status), ("", 200)])
        #expect(impatient.opened == [Books.Opening(after: "", refused: ["7"])])
        let patient = try await run(
            ["7"], patience: .seconds(3600), answers: [("7", status), ("7", status), ("7", 200)])
        #expect(patient.opened == [Books.Opening(after: "7", refused: [])])
    }

    @Test("the next ID is tried before none")
    func candidates() async throws {
        let next = try await run(["7", "5"], answers: [("7", 410), ("", 200), ("7", 410), ("5", 200)])
        #expect(next.opened == [Books.Opening(after: "5", refused: ["7"])])
        let none = try await run(
            ["7", "5"], answers: [("7", 412), ("", 200), ("7", 412), ("5", 412), ("5", 412), ("", 200)])
        #expect(none.opened == [Books.Opening(after: "", refused: ["7", "5"])])
    }

    @Test("other refusals, and no answer at all, are not about the position", arguments: [401, 403, 429, 500, 503])
    func others(status: Int) async throws {
        let books = try await run(["7"], answers: [("7", status), ("7", 200)])
        #expect(books.opened == [Books.Opening(after: "7", refused: [])])
    }

    @Test("IDs that no header can hold are not asked with, an empty one ends the list, and equal ones count once")
    func odd() {
        let trials = PositionTrials(patience: .zero)
        let ids = ["a\u{1}b", "7", "7", "", "5"].map { ByteBuffer(string: $0) }
        #expect(trials.candidates(of: ids) == [ByteBuffer(string: "7")])
    }

    @Test("what was refused before other trouble does not count towards the while")
    func staleRefusal() {
        var trials = PositionTrials(patience: .seconds(60))
        let isOver = [(404, 0), (nil, 30), (404, 7200), (404, 7259), (404, 7260)].map { status, second in
            trials.mayBeRefused(status, at: .seconds(second), answersWithoutID: false)
        }
        #expect(isOver == [false, false, false, false, true])
    }

    @Test("an ID that was refused is asked with again when there was no connection without one")
    func failedWithout() async throws {
        let books = try await run(
            ["7"], answers: [("7", 412), ("", 200), ("7", 412), ("", 503), ("7", 200)])
        #expect(books.opened == [Books.Opening(after: "7", refused: [])])
    }

    @Test("with the standard's policy a refusal ends the stream, whatever it is about")
    func strict() async throws {
        let books = try await run(["7"], answers: [("7", 412)], isStrict: true)
        #expect(books.opened.isEmpty)
    }

    @Test("the parser's last event ID is that which the connection was asked for with")
    func parserID() async throws {
        try await withFeed { server, client in
            var configuration = untimed(server.url)
            configuration.resumption = Books(["3"])
            var stream = EventSource.leaping(configuration, client: client).makeAsyncIterator()
            for _ in 0..<2 {
                try await stream.connecting()
                let ended = server.answer {
                    try await $0.stream("data: a\n\nid: 9\ndata: b\n\n")
                    try await $0.end()
                }
                try await stream.open()
                #expect(try await stream.events(2) == [PlainEvent("a", id: "3"), PlainEvent("b", id: "9")])
                _ = try await stream.waiting()
                #expect(try await ended.value.request.headers["Last-Event-ID"] == ["3"])
            }
        }
    }
}

/// Wants those IDs, and notes what it hears.
private final class Books: EventStreamResumption {
    struct Opening: Equatable {
        let after: String
        let refused: [String]
    }

    private let ids: [String]
    private let heard = NIOLockedValueBox<[Opening]>([])

    init(_ ids: [String]) { self.ids = ids }

    var opened: [Opening] { heard.withLockedValue { $0 } }

    func lastEventIDs() async -> [ByteBuffer] { ids.map { ByteBuffer(string: $0) } }

    func opened(after id: ByteBuffer, refused: [ByteBuffer]) async {
        let opening = Opening(after: String(buffer: id), refused: refused.map { String(buffer: $0) })
        heard.withLockedValue { $0.append(opening) }
    }
}
