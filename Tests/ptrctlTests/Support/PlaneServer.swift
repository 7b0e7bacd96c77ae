import ControlAPI
import ControlServer
import Hummingbird
import Logging
import NIOCore

/// All routes of the API over a plane, with nothing of what the real server does for safety: for tests of the client
/// that need every route.
struct PlaneServer: Sendable {
    let plane: any ControlPlane

    /// Serves on a socket until the task is cancelled.
    func run(socket: String, onListening: @escaping @Sendable () -> Void) async {
        let application = Application(
            router: makeRouter(), configuration: ApplicationConfiguration(address: .unixDomainSocket(path: socket)),
            onServerRunning: { _ in onListening() },
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        // Cancelled, it throws.
        try? await application.run()
    }

    private func makeRouter() -> Router<BasicRequestContext> {
        let router = Router()
        question(StatusRequest.self, router) { [plane] _ in await plane.status() }
        question(TreeRequest.self, router) { [plane] _ in await plane.tree() }
        question(StreamsRequest.self, router) { [plane] _ in await plane.streams() }
        question(WorkersRequest.self, router) { [plane] _ in await plane.workers() }
        question(TopRequest.self, router) { [plane] _ in await plane.top() }
        question(EventsRequest.self, router) { [plane] in await plane.events($0) }
        question(DecisionsRequest.self, router) { [plane] in await plane.decisions($0) }
        question(CrashesRequest.self, router) { [plane] in await plane.crashes($0) }
        question(CrashDetailRequest.self, router) { [plane] in try await plane.crash($0) }
        question(DeadLettersRequest.self, router) { [plane] in try await plane.deadLetters($0) }
        question(DeadLetterRequest.self, router) { [plane] in try await plane.deadLetter($0) }
        question(CurrentLogLevelRequest.self, router) { [plane] _ in await plane.logLevel() }
        command(ScaleRequest.self, router) { [plane] in try await plane.scale($0) }
        command(CrashRequest.self, router) { [plane] in try await plane.crash($0) }
        command(PauseRequest.self, router) { [plane] in try await plane.pause($0) }
        command(ResumeRequest.self, router) { [plane] in try await plane.resume($0) }
        command(DrainRequest.self, router) { [plane] in try await plane.drain($0) }
        command(ReloadRequest.self, router) { [plane] in try await plane.reload($0) }
        command(LogLevelRequest.self, router) { [plane] in try await plane.setLogLevel($0) }
        command(ReplayRequest.self, router) { [plane] in try await plane.replay($0) }
        command(PurgeRequest.self, router) { [plane] in try await plane.purge($0) }
        router.get(RouterPath(EventsSubscription.route.path)) { [plane] request, context in
            try await Self.answer(EventsSubscription.self, request, context) { question in
                let events = await plane.follow(question)
                return Self.stream(events) { ("event", "\($0.id)", try ControlJSON.encode($0)) }
            }
        }
        router.get(RouterPath(TapSubscription.route.path)) { [plane] request, context in
            try await Self.answer(TapSubscription.self, request, context) { question in
                let items = await plane.tap(question)
                return Self.stream(items) { item in
                    switch item {
                    case .record(let record): ("message", nil, try ControlJSON.encode(record))
                    case .skipped(let count): ("skipped", nil, try ControlJSON.encode(TapSkipped(skipped: count)))
                    }
                }
            }
        }
        return router
    }

    private func question<Question: ControlQuestion>(
        _ type: Question.Type, _ router: Router<BasicRequestContext>,
        _ answer: @escaping @Sendable (Question) async throws -> Question.Response
    ) {
        router.get(RouterPath(type.route.path)) { request, context in
            try await Self.answer(type, request, context) { try Self.document(try await answer($0)) }
        }
    }

    private static func answer<Question: ControlQuestion>(
        _ type: Question.Type, _ request: Request, _ context: BasicRequestContext,
        _ answer: (Question) async throws -> Response
    ) async throws -> Response {
        do {
            var query = Query(request.uri.queryParameters.map { QueryItem("\($0.key)", $0.value) })
            let question = try Question(identifier: context.parameters.get("id"), query: &query)
            try query.refuseRest()
            return try await answer(question)
        } catch let failure as ControlFailure {
            return try document(ErrorResponse(failure), status: failure.code.httpStatus)
        }
    }

    private func command<Command: ControlRequest & Decodable>(
        _ type: Command.Type, _ router: Router<BasicRequestContext>,
        _ answer: @escaping @Sendable (Command) async throws -> Command.Response
    ) {
        router.post(RouterPath(type.route.path)) { request, _ in
            do {
                let body = try await request.body.collect(upTo: 1 << 20)
                return try Self.document(try await answer(try ControlJSON.decode(type, from: body.readableBytesView)))
            } catch let failure as ControlFailure {
                return try Self.document(ErrorResponse(failure), status: failure.code.httpStatus)
            }
        }
    }

    private static func document(_ value: some Encodable, status: Int = 200) throws -> Response {
        Response(
            status: .init(code: status), headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: try ControlJSON.encode(value))))
    }

    /// As an event stream: a comment first, so that the client gets to see that such are passed over.
    private static func stream<Item: Sendable>(
        _ items: AsyncStream<Item>, _ encode: @escaping @Sendable (Item) throws -> (String, String?, [UInt8])
    ) -> Response {
        Response(
            status: .ok, headers: [.contentType: "text/event-stream"],
            body: ResponseBody { writer in
                try await writer.write(ByteBuffer(string: ": heartbeat\n\n"))
                for await item in items {
                    let (type, id, json) = try encode(item)
                    // In one line, as events have them.
                    let data = String(decoding: json, as: UTF8.self).split(separator: "\n")
                        .map { $0.drop { $0 == " " } }.joined()
                    let head = "event: \(type)\n" + (id.map { "id: \($0)\n" } ?? "")
                    try await writer.write(ByteBuffer(string: "\(head)data: \(data)\n\n"))
                }
                try await writer.finish(nil)
            })
    }
}
