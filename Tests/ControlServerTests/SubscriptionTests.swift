import ControlAPI
import ControlServer
import Glibc
import Testing

@Suite("Event streams")
struct SubscriptionTests {
    private func subscribe(_ target: String, _ folder: TemporaryFolder, headers: String = "") async throws -> CInt {
        let descriptor = try #require(RawSocket.connected(to: folder.socket))
        let request = "GET \(target) HTTP/1.1\r\nHost: ptrd\r\n\(headers)\r\n"
        #expect(await RawSocket.send(Array(request.utf8), to: descriptor) == request.utf8.count)
        return descriptor
    }

    @Test("bring events with their numbers as ids, each in one line of JSON")
    func events() async throws {
        let folder = try TemporaryFolder()
        let plane = FakePlane()
        try await withServer(.path(folder.socket), plane: plane) {
            let reader = try await subscribe("/v1/events/stream?kind=crash,scale&after=3", folder)
            defer { close(reader) }
            await plane.eventStream.readers(1)
            plane.eventStream.send(FakePlane.event)
            let line = String(decoding: try ControlJSON.encodeLine(FakePlane.event), as: UTF8.self)
            #expect(!line.contains("\n"))
            let answer = await RawSocket.read(reader, until: "id: 7\nevent: event\ndata: \(line)\n\n")
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(answer.lowercased().contains("content-type: text/event-stream\r\n"))
            #expect(answer.contains("id: 7\nevent: event\ndata: \(line)\n\n"))
        }
        #expect(await plane.asked == [#"follow ["crash", "scale"] after 3"#])
    }

    @Test("go on after the last event id, whatever the query says")
    func lastEventID() async throws {
        let folder = try TemporaryFolder()
        let plane = FakePlane()
        try await withServer(.path(folder.socket), plane: plane) {
            let reader = try await subscribe("/v1/events/stream?after=3", folder, headers: "Last-Event-ID: 41\r\n")
            defer { close(reader) }
            await plane.eventStream.readers(1)
            let wrong = await RawSocket.exchange(
                "GET /v1/events/stream HTTP/1.1\r\nLast-Event-ID: x\r\nConnection: close\r\n\r\n", over: folder.socket)
            #expect(wrong.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
            let alsoWrong = await RawSocket.exchange(
                "GET /v1/events/stream?after=x HTTP/1.1\r\nLast-Event-ID: 1\r\nConnection: close\r\n\r\n",
                over: folder.socket)
            #expect(alsoWrong.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
        }
        #expect(await plane.asked == ["follow [] after 41"])
    }

    @Test("of live messages say how many were passed over")
    func tap() async throws {
        let folder = try TemporaryFolder()
        let plane = FakePlane()
        try await withServer(.path(folder.socket), plane: plane) {
            let reader = try await subscribe("/v1/tap?stage=done&where=a+b%20c", folder)
            defer { close(reader) }
            await plane.tapStream.readers(1)
            plane.tapStream.send(.record(FakePlane.record))
            plane.tapStream.send(.skipped(12))
            plane.tapStream.finish()
            let answer = await RawSocket.read(reader, until: "0\r\n\r\n")
            #expect(answer.contains("event: message\ndata: {\"attempt\":1,"))
            #expect(answer.contains("event: skipped\ndata: {\"skipped\":12}\n\n"))
            // The plane has ended it, and so it ends.
            #expect(answer.hasSuffix("0\r\n\r\n"))
        }
        #expect(await plane.asked == ["tap done a b c"])
    }

    @Test("on which nothing happens carry comments")
    func heartbeat() async throws {
        let folder = try TemporaryFolder()
        var limits = ControlServerLimits()
        limits.heartbeat = .milliseconds(5)
        try await withServer(.path(folder.socket), limits: limits) {
            let reader = try await subscribe("/v1/tap", folder)
            defer { close(reader) }
            #expect(await RawSocket.read(reader, until: ":\n\n").contains(":\n\n"))
        }
    }

    @Test("end when their reader goes away")
    func readerGone() async throws {
        let folder = try TemporaryFolder()
        let plane = FakePlane()
        try await withServer(.path(folder.socket), plane: plane) {
            let reader = try await subscribe("/v1/events/stream", folder)
            await plane.eventStream.readers(1)
            close(reader)
            // Nothing is sent and no comment is due: the plane learns of it all the same.
            await plane.eventStream.readers(0)
        }
    }

    @Test("end in good order when the server stops")
    func serverStops() async throws {
        let folder = try TemporaryFolder()
        let plane = FakePlane()
        // With so long a grace the test would hang if an event stream had to be cut off.
        let limits = ControlServerLimits(grace: .seconds(3600))
        let reader = try await withServer(.path(folder.socket), plane: plane, limits: limits) {
            let reader = try await subscribe("/v1/events/stream", folder)
            await plane.eventStream.readers(1)
            return reader
        }
        defer { close(reader) }
        #expect(RawSocket.readAll(reader).hasSuffix("\r\n0\r\n\r\n"))
        await plane.eventStream.readers(0)
    }

    @Test("are bounded in number; one that ends makes room, and asking for the head takes none")
    func bounded() async throws {
        let folder = try TemporaryFolder()
        let plane = FakePlane()
        var limits = ControlServerLimits()
        limits.subscriptionsPerUser = 1
        try await withServer(.path(folder.socket), plane: plane, limits: limits) {
            let head = "HEAD /v1/tap HTTP/1.1\r\nHost: ptrd\r\nConnection: close\r\n\r\n"
            for _ in 0..<2 {
                #expect(await RawSocket.exchange(head, over: folder.socket).hasPrefix("HTTP/1.1 200 OK\r\n"))
            }
            let first = try await subscribe("/v1/tap", folder)
            await plane.tapStream.readers(1)
            let second = try await subscribe("/v1/events/stream", folder, headers: "Connection: close\r\n")
            let refusal = await RawSocket.onThread { RawSocket.readAll(second) }
            close(second)
            #expect(refusal.hasPrefix("HTTP/1.1 503 Service Unavailable\r\n"))
            #expect(refusal.contains("\"code\" : \"unavailable\""))
            close(first)
            await plane.tapStream.readers(0)
            var third = ""
            while !third.hasPrefix("HTTP/1.1 200 OK\r\n") {
                // The plane learns of the end a moment before the slot is free.
                let reader = try await subscribe("/v1/tap", folder)
                third = await RawSocket.read(reader, until: "\r\n\r\n")
                close(reader)
            }
        }
    }
}
