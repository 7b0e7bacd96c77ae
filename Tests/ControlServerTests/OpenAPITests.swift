import ControlAPI
import ControlServer
import Foundation
import TestKit
import Testing

/// Holds the description of the API against what the server does.
@Suite("The OpenAPI description")
struct OpenAPITests {
    private let root: JSON
    private let paths: [String: JSON]

    private static let document = Result { try ControlJSON.decode(JSON.self, from: OpenAPI.document.utf8) }

    init() throws {
        root = try Self.document.get()
        paths = try #require(root["paths"]?.object)
    }

    @Test("in the repository is the one that is served")
    func file() async throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("docs/openapi.json")
        let text = try String(contentsOf: file, encoding: .utf8)
        #expect(text == OpenAPI.document, "docs/openapi.json was changed: run scripts/openapi")
        let folder = try TemporaryFolder()
        try await withServer(.path(folder.socket)) {
            let answer = await Answer.of("GET /v1/openapi.json", over: folder.socket)
            #expect(answer.body == text)
        }
    }

    @Test("has every route, and no other")
    func routes() {
        let described = paths.flatMap { path, item in
            (item.object ?? [:]).keys.map { "\($0.uppercased()) \(path)" }
        }
        #expect(Set(described) == Set(ControlRoute.all.map { "\($0.method) \($0.path)" }))
    }

    @Test("has every key of every answer, and no other")
    func answers() async throws {
        let folder = try TemporaryFolder()
        var schema = JSONSchema(root: root)
        let answers = try await withServer(.path(folder.socket)) {
            var answers: [(ControlRoute, Answer)] = []
            for (route, request) in Self.requests {
                answers.append((route, await Answer.of(request.line, request.body, over: folder.socket)))
            }
            return answers
        }
        for (route, answer) in answers {
            #expect(answer.status == 200, "\(route): \(answer.body)")
            let content = try #require(operation(route)?["responses"]?["200"]?["content"]?.object)
            let type = try #require(content.keys.first)
            #expect(answer.type == type, "\(route)")
            guard type == "application/json", route != .openAPI else { continue }
            let document = try ControlJSON.decode(JSON.self, from: answer.body.utf8)
            let problems = schema.problems(document, try #require(content[type]?["schema"]))
            #expect(problems.isEmpty, "\(route)")
        }
        // The events of event streams, each of which names its schema.
        for (route, name, document) in [
            (ControlRoute.eventStream, "event", try ControlJSON.encodeLine(FakePlane.event)),
            (.tap, "message", try ControlJSON.encodeLine(FakePlane.record)),
            (.tap, "skipped", try ControlJSON.encodeLine(TapSkipped(skipped: 3))),
        ] {
            let content = operation(route)?["responses"]?["200"]?["content"]?["text/event-stream"]
            let described = try #require(content?["x-events"]?[name])
            #expect(schema.problems(try ControlJSON.decode(JSON.self, from: document), described).isEmpty)
        }
        let refusal = ErrorResponse(ControlFailure(.denied, "no", hint: "join"))
        let document = try ControlJSON.decode(JSON.self, from: try ControlJSON.encode(refusal))
        #expect(schema.problems(document, .object(["$ref": .string("#/components/schemas/ErrorResponse")])).isEmpty)

        // What no answer had is described in vain.
        let requests = Set(try requestSchemas().values)
        for (name, described) in try #require(root["components"]?["schemas"]?.object)
        where !requests.contains(name) && name != "DeadLetterSelection" {
            for key in (described["properties"]?.object ?? [:]).keys {
                #expect(schema.met.contains("\(name).\(key)"), "no answer has \(key) of \(name)")
            }
        }
    }

    @Test("has the status of every refusal, each with the error document")
    func refusals() async throws {
        let table = Dictionary(grouping: ErrorCode.table, by: \.httpStatus)
        let statuses = try #require(root["components"]?["responses"]?.object).map { name, response in
            #expect(
                response["content"]?["application/json"]?["schema"]
                    == .object(["$ref": .string("#/components/schemas/ErrorResponse")]), "\(name)")
            return name
        }
        #expect(statuses.count == table.count)
        for route in ControlRoute.all {
            let described = Set(try #require(operation(route)?["responses"]?.object).keys)
            #expect(described.isSuperset(of: ["200", "400", "429", "500", "503", "504"]), "\(route)")
            #expect(described.contains("403") == (route.method == "POST"), "\(route)")
            #expect(described.contains("413") == (route.method == "POST"), "\(route)")
            #expect(described.contains("404") || !route.path.contains("{id}"), "\(route)")
        }
        let codes = root["components"]?["schemas"]?["Error"]?["properties"]?["code"]?["examples"]
        #expect(codes?.list?.compactMap(\.string) == ErrorCode.table.map(\.code.rawValue))
    }

    @Test("has the parameters that the server takes")
    func parameters() async throws {
        let folder = try TemporaryFolder()
        try await withServer(.path(folder.socket)) {
            for route in ControlRoute.all where route.method == "GET" {
                let described = (operation(route)?["parameters"]?.list ?? []).filter { $0["in"] == .string("query") }
                let names = described.compactMap { $0["name"]?.string }
                let path = route.path.replacing("{id}", with: "3")
                let answer = await Answer.of("GET \(path)?no_such_thing=1", over: folder.socket)
                #expect(answer.status == 400)
                let taken = names.isEmpty ? "there are none here" : "there are \(names.joined(separator: ", "))"
                #expect(answer.body.contains(taken), "\(route): \(answer.body)")
            }
        }
    }

    @Test("has the words and the bounds that the server has")
    func bounds() throws {
        func schema(_ route: ControlRoute, _ name: String) throws -> JSON {
            let parameters = try #require(operation(route)?["parameters"]?.list)
            return try #require(parameters.first { $0["name"] == .string(name) }?["schema"])
        }
        func words(_ schema: JSON?) -> [String]? { schema?["enum"]?.list?.compactMap(\.string) }
        func range(_ schema: JSON?) throws -> ClosedRange<Int> {
            Int(try #require(schema?["minimum"]?.number))...Int(try #require(schema?["maximum"]?.number))
        }
        for route in [ControlRoute.events, .eventStream] {
            #expect(words(try schema(route, "kind")["items"]) == Event.Kind.all.map(\.rawValue))
        }
        #expect(words(try schema(.tap, "stage")) == TapRecord.Stage.all.map(\.rawValue))
        #expect(try range(try schema(.events, "limit")) == EventsRequest.limits)
        #expect(try range(try schema(.decisions, "limit")) == DecisionsRequest.limits)
        #expect(try range(try schema(.crashes, "limit")) == CrashesRequest.limits)
        #expect(try range(try schema(.deadLetters, "limit")) == DeadLettersRequest.limits)
        #expect(try schema(.tap, "where")["maxLength"] == .number(Double(TapSubscription.longestText)))
        #expect(try schema(.deadLetters, "where")["maxLength"] == .number(Double(DeadLetterSelection.longestText)))
        let schemas = root["components"]?["schemas"]
        #expect(words(schemas?["CrashRequest"]?["properties"]?["target"]) == CrashTarget.all.map(\.rawValue))
        #expect(words(schemas?["LogLevelRequest"]?["properties"]?["level"]) == LogLevelRequest.levels)
        #expect(
            schemas?["PauseRequest"]?["properties"]?["for_seconds"]?["maximum"] == .number(PauseRequest.longest))
        let position = schemas?["SetStreamPositionRequest"]?["properties"]?["position"]
        #expect(position?["maxLength"] == .number(Double(SetStreamPositionRequest.longestPosition)))
        let selection = schemas?["DeadLetterSelection"]?["properties"]
        #expect(try range(selection?["limit"]) == DeadLetterSelection.limits)
    }

    @Test("takes the requests that the server takes, and refuses those that it refuses", arguments: bodies)
    func requestBodies(route: ControlRoute, body: String) async throws {
        let folder = try TemporaryFolder()
        let answer = try await withServer(.path(folder.socket)) {
            await Answer.of("POST \(route.path)", body, over: folder.socket)
        }
        let described = try #require(operation(route)?["requestBody"]?["content"]?["application/json"]?["schema"])
        var schema = JSONSchema(root: root)
        let problems = schema.problems(try ControlJSON.decode(JSON.self, from: body.utf8), described)
        #expect(problems.isEmpty == (answer.status != 400), "\(answer.status): \(answer.body)")
    }

    @Test("says where a body may be left out")
    func emptyBodies() async throws {
        let folder = try TemporaryFolder()
        try await withServer(.path(folder.socket)) {
            for route in ControlRoute.all where route.method == "POST" {
                let answer = await Answer.of("POST \(route.path)", "", over: folder.socket)
                let required = operation(route)?["requestBody"]?["required"]
                #expect(required == .bool(answer.status == 400), "\(route): \(answer.body)")
            }
        }
    }

    private func operation(_ route: ControlRoute) -> JSON? { paths[route.path]?[route.method.lowercased()] }

    /// The names of the schemas of the requests' bodies, by path.
    private func requestSchemas() throws -> [String: String] {
        var names: [String: String] = [:]
        for route in ControlRoute.all where route.method == "POST" {
            let schema = operation(route)?["requestBody"]?["content"]?["application/json"]?["schema"]
            names[route.path] = try String(#require(schema?["$ref"]?.string?.split(separator: "/").last))
        }
        return names
    }

    /// One good request for each route whose answer ends.
    private static let requests: [(ControlRoute, (line: String, body: String?))] = ControlRoute.all.compactMap {
        route in
        guard route != .eventStream, route != .tap else { return nil }
        let path =
            route.path.replacing("{id}", with: route == .crashDetail ? "3" : "17")
            + (route == .streamPosition ? "?stream=tweets-1" : route == .sourceCheck ? "?source=events" : "")
        return (route, (line: "\(route.method) \(path)", body: good[route]))
    }

    private static let good: [ControlRoute: String] = [
        .scale: #"{"target": 5}"#, .crash: #"{"target": "worker"}"#, .pause: "{}", .resume: "{}", .drain: "{}",
        .reload: "{}", .logLevel: #"{"level": "debug"}"#,
        .replayDeadLetters: #"{"selection": {"all": true}, "dry_run": true}"#,
        .purgeDeadLetters: #"{"selection": {"ids": [1, 2]}}"#,
        .setStreamPosition: #"{"stream": "tweets-1", "position": "e17"}"#,
        .forgetStreamPosition: #"{"stream": "tweets-1"}"#, .handOverStream: #"{"stream": "tweets-1"}"#,
    ]

    static let bodies: [(ControlRoute, String)] =
        good.sorted { $0.key.path < $1.key.path }.map { ($0.key, $0.value) } + [
            (.scale, "[]"), (.scale, "{}"), (.scale, "7"), (.scale, #"{"target": 1.5}"#),
            (.scale, #"{"target": null}"#),
            (.scale, #"{"target": 3.0}"#), (.scale, #"{"mode": "auto"}"#), (.scale, #"{"mode": "manual"}"#),
            (.scale, #"{"mode": "auto", "target": 1}"#), (.scale, #"{"target": 1, "x": 1}"#),
            (.scale, #"{"target": -7}"#),
            (.crash, #"{"target": "kernel"}"#), (.crash, #"{"target": "worker", "id": null}"#),
            (.crash, #"{"target": "worker", "id": 7}"#), (.crash, #"{"id": "worker.1.1"}"#),
            (.pause, #"{"for_seconds": 0}"#), (.pause, #"{"for_seconds": -1}"#), (.pause, #"{"for_seconds": 0.5}"#),
            (.pause, #"{"for_seconds": 2592001}"#), (.pause, #"{"for_seconds": "1"}"#), (.pause, #"{"stream": null}"#),
            (.pause, #"{"stream": 1}"#), (.pause, "null"), (.resume, #"{"stream": ""}"#), (.resume, #"{"steam": "a"}"#),
            (.drain, #"{"timeout": 1}"#), (.reload, "[]"), (.reload, "true"),
            (.logLevel, #"{"level": "loud"}"#), (.logLevel, #"{"level": null}"#), (.logLevel, "{}"),
            (.purgeDeadLetters, #"{"selection": {}}"#), (.purgeDeadLetters, #"{"selection": {"all": false}}"#),
            (.purgeDeadLetters, #"{"selection": {"limit": 1}}"#),
            (.purgeDeadLetters, #"{"selection": {"stream": null}}"#),
            (.purgeDeadLetters, "{}"), (.purgeDeadLetters, #"{"selection": null}"#),
            (.purgeDeadLetters, #"{"selection": {"ids": [0]}}"#), (.purgeDeadLetters, #"{"selection": {"ids": 1}}"#),
            (.purgeDeadLetters, #"{"selection": {"text": ""}}"#), (.purgeDeadLetters, #"{"selection": {"all": 1}}"#),
            (.purgeDeadLetters, #"{"selection": {"all": true, "limit": 0}}"#),
            (
                .purgeDeadLetters,
                #"{"selection": {"stream": "a", "limit": 10, "text": null, "ids": null, "all": null}}"#
            ),
            (.replayDeadLetters, #"{"selection": {"all": true}, "dry_run": null}"#),
            (.replayDeadLetters, #"{"selection": {"all": true}, "dry_run": "yes"}"#),
            (.replayDeadLetters, #"{"selection": {"all": true}, "dryRun": true}"#),
            (.setStreamPosition, #"{"stream": "a"}"#), (.setStreamPosition, #"{"position": "1"}"#),
            (.setStreamPosition, #"{"stream": "a", "position": ""}"#),
            (.setStreamPosition, #"{"stream": "a", "position": 17}"#),
            (.setStreamPosition, #"{"stream": "a", "position": null}"#),
            (.setStreamPosition, #"{"stream": "a", "position": "[{\"topic\": 1}]"}"#),
            (.setStreamPosition, #"{"stream": "a", "position": "1\n2"}"#),
            (.setStreamPosition, #"{"stream": "a", "position": "\u0000"}"#),
            (.setStreamPosition, #"{"stream": "a", "position": "\u007f"}"#),
            (.setStreamPosition, #"{"stream": "a", "position": "a\tb"}"#),
            (.setStreamPosition, #"{"stream": "a", "position": "\#(String(repeating: "9", count: 32_769))"}"#),
            (.forgetStreamPosition, "{}"), (.forgetStreamPosition, #"{"stream": null}"#),
            (.forgetStreamPosition, #"{"stream": "a", "position": "1"}"#), (.handOverStream, "{}"),
        ]
}

/// An answer of the server, taken apart.
private struct Answer: Sendable {
    let status: Int
    let type: String
    let body: String

    static func of(_ line: String, _ body: String? = nil, over socket: String) async -> Answer {
        let length = body.map { "Content-Length: \($0.utf8.count)\r\n" } ?? ""
        let text = await RawSocket.exchange(
            "\(line) HTTP/1.1\r\nHost: ptrd\r\nConnection: close\r\n\(length)\r\n\(body ?? "")", over: socket)
        let parts = text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
        let head = parts.first?.split(separator: "\r\n") ?? []
        let type = head.first { $0.lowercased().hasPrefix("content-type: ") }?.dropFirst("content-type: ".count)
        return Answer(
            status: head.first.flatMap { Int($0.split(separator: " ").dropFirst().first ?? "") } ?? 0,
            type: String(type ?? ""), body: parts.count > 1 ? String(parts[1]) : "")
    }
}
