import NIOCore
import Testing

@testable import ContractService

@Suite("The contract-test service", .timeLimit(.minutes(1)))
struct ContractServiceTests {
    @Test("says what the client can do")
    func capabilities() async throws {
        try await Harness.run { harness in
            let answer = try await harness.send(.GET, harness.serviceURL)
            #expect(answer.status == 200)
            for capability in [
                "bom", "comments", "headers", "last-event-id", "post", "read-timeout", "report", "restart",
                "server-directed-shutdown-request", "event-type-listeners",
            ] {
                #expect(answer.body.contains("\"\(capability)\""))
            }
        }
    }

    @Test("reports events and comments in the order of the stream, numbered from 1")
    func order() async throws {
        try await Harness.run { harness in
            _ = try await harness.create()
            let request = try await harness.streams.next()
            #expect(request.head.method == .GET)
            #expect(request.header("Accept") == "text/event-stream")
            #expect(request.header("Cache-Control") == "no-cache")
            #expect(request.header("Last-Event-ID") == nil)
            try await request.stream(
                "\u{FEFF}:one\nid: 7\ndata: a\n\n:two\nevent: greeting\n:three\ndata: €\n\n:four\n")
            let reports = try await harness.reports(6)
            #expect(
                reports == [
                    .comment("one"), .event("a", id: "7"), .comment("two"), .comment("three"),
                    .event("€", type: "greeting", id: "7"), .comment("four"),
                ])
            try await request.send((0..<200).map { "data: \($0)\n\n" }.joined())
            #expect(try await harness.reports(200, after: 6) == (0..<200).map { .event("\($0)", id: "7") })
        }
    }

    @Test(
        "sends headers, method, body and the last event ID as asked for, and again after a broken connection",
        arguments: ["POST", "REPORT"])
    func request(method: String) async throws {
        try await Harness.run { harness in
            _ = try await harness.create(
                #"""
                ,"method":"\#(method)","body":"{\"a\": 1}","initialDelayMs":0,"lastEventId":"abc",
                "headers":{"content-type":"application/json; charset=utf-8","x-a":"1"}
                """#)
            for _ in 0..<2 {
                let request = try await harness.streams.next()
                #expect(request.head.method.rawValue == method)
                #expect(request.header("Content-Type") == "application/json; charset=utf-8")
                #expect(request.header("X-A") == "1")
                #expect(request.header("Last-Event-ID") == "abc")
                #expect(request.body == #"{"a": 1}"#)
                try await request.stream(":\n")
                try await request.hangUp()
            }
        }
    }

    @Test("reports that the connection broke, and connects again with the ID of the last event")
    func reconnect() async throws {
        try await Harness.run { harness in
            _ = try await harness.create(#","initialDelayMs":0"#)
            let first = try await harness.streams.next()
            try await first.stream("id: abc\ndata: Hello\n\ndata: World\n\n")
            try await first.hangUp()
            let reports = try await harness.reports(3)
            #expect(reports.prefix(2) == [.event("Hello", id: "abc"), .event("World", id: "abc")])
            #expect(reports[2].kind == "error")
            let second = try await harness.streams.next()
            #expect(second.header("Last-Event-ID") == "abc")
            try await second.stream("data: again\n\n")
            #expect(try await harness.reports(1, after: 3) == [.event("again", id: "abc")])
        }
    }

    @Test("restarts on command without reporting an error, keeping the last event ID")
    func restart() async throws {
        try await Harness.run { harness in
            let stream = try await harness.create(#","initialDelayMs":3600000"#)
            let first = try await harness.streams.next()
            try await first.stream("id: 1\ndata: Hello\n\n")
            #expect(try await harness.reports(1) == [.event("Hello", id: "1")])
            #expect(try await harness.send(.POST, stream, #"{"command":"restart"}"#).status == 202)
            try await first.closed()
            // Restarts in a row, also of a connection that has not been answered.
            let second = try await harness.streams.next()
            #expect(second.header("Last-Event-ID") == "1")
            _ = try await harness.send(.POST, stream, #"{"command":"restart"}"#)
            let third = try await harness.streams.next()
            #expect(third.header("Last-Event-ID") == "1")
            try await third.stream("data: Thanks\n\n")
            #expect(try await harness.reports(1, after: 1) == [.event("Thanks", id: "1")])
        }
    }

    @Test("restarts at once while it waits to connect again")
    func restartWhileWaiting() async throws {
        try await Harness.run { harness in
            let stream = try await harness.create(#","initialDelayMs":3600000"#)
            let first = try await harness.streams.next()
            try await first.stream("")
            try await first.end()
            #expect(try await harness.reports(1).map(\.kind) == ["error"])
            _ = try await harness.send(.POST, stream, #"{"command":"restart"}"#)
            try await harness.streams.next().stream("data: a\n\n")
            #expect(try await harness.reports(1, after: 1) == [.event("a")])
        }
    }

    @Test("drops a connection that is silent for the read timeout")
    func readTimeout() async throws {
        try await Harness.run { harness in
            _ = try await harness.create(#","initialDelayMs":0,"readTimeoutMs":100"#)
            let first = try await harness.streams.next()
            try await first.stream("data: Hello\n\n")
            let reports = try await harness.reports(2)
            #expect(reports[0] == .event("Hello"))
            #expect(reports[1].kind == "error")
            _ = try await harness.streams.next()
        }
    }

    @Test("takes 204 for an order to stop")
    func noContent() async throws {
        try await Harness.run { harness in
            let stream = try await harness.create(#","initialDelayMs":0"#)
            let request = try await harness.streams.next()
            try await request.respond(.noContent)
            try await request.end()
            #expect(try await harness.reports(1).map(\.kind) == ["error"])
            #expect(try await harness.send(.DELETE, stream).status == 204)
        }
    }

    @Test("closes the connection on DELETE, and does not know the stream any more")
    func delete() async throws {
        try await Harness.run { harness in
            let stream = try await harness.create()
            let request = try await harness.streams.next()
            try await request.stream(":\n")
            #expect(try await harness.send(.DELETE, stream).status == 204)
            try await request.closed()
            #expect(try await harness.send(.DELETE, stream).status == 404)
            #expect(try await harness.send(.POST, stream, #"{"command":"restart"}"#).status == 404)
        }
    }

    @Test("takes the command to listen, and refuses what it does not know")
    func commands() async throws {
        try await Harness.run { harness in
            let stream = try await harness.create()
            let listen = try await harness.send(.POST, stream, #"{"command":"listen","listen":{"type":"greeting"}}"#)
            #expect(listen.status == 202)
            for command in [#"{"command":"sing"}"#, #"{"command":"listen"}"#, "{}", "nonsense"] {
                #expect(try await harness.send(.POST, stream, command).status == 400)
            }
            #expect(
                try await harness.send(.POST, "\(harness.serviceURL)/streams/x", #"{"command":"restart"}"#).status
                    == 404)
        }
    }

    @Test(
        "refuses parameters that cannot be meant",
        arguments: [
            "", "[]", #"{"streamUrl":"http://127.0.0.1/"}"#, #"{"callbackUrl":"http://127.0.0.1/"}"#,
            #"{"streamUrl":"ftp://127.0.0.1/","callbackUrl":"http://127.0.0.1/"}"#,
            #"{"streamUrl":"http://127.0.0.1/","callbackUrl":"nowhere"}"#,
            #"{"streamUrl":"http://127.0.0.1/","callbackUrl":"http://127.0.0.1/","initialDelayMs":-1}"#,
            #"{"streamUrl":"http://127.0.0.1/","callbackUrl":"http://127.0.0.1/","readTimeoutMs":0}"#,
            #"{"streamUrl":"http://127.0.0.1/","callbackUrl":"http://127.0.0.1/","method":"G T"}"#,
            #"{"streamUrl":"http://127.0.0.1/","callbackUrl":"http://127.0.0.1/","headers":{"a b":"c"}}"#,
        ])
    func badParameters(body: String) async throws {
        try await Harness.run { harness in
            let answer = try await harness.send(.POST, harness.serviceURL, body)
            #expect(answer.status == 400)
        }
    }

    @Test("ends on DELETE /, closing what is open")
    func quit() async throws {
        try await Harness.run(endsItself: true) { harness in
            _ = try await harness.create()
            let request = try await harness.streams.next()
            try await request.stream(":\n")
            #expect(try await harness.send(.DELETE, harness.serviceURL).status == 204)
            try await request.closed()
        }
    }
}

extension Report {
    fileprivate static func event(_ data: String, type: String = "message", id: String = "") -> Report {
        var report = Report(.comment(ByteBuffer()))
        report.kind = "event"
        report.comment = nil
        report.event = Event(type: type, data: data, id: id)
        return report
    }

    fileprivate static func comment(_ text: String) -> Report { Report(.comment(ByteBuffer(string: text))) }
}
