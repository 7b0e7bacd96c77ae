import ControlAPI
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// The routes of the API over a plane.
struct ControlRoutes: Sendable {
    let plane: any ControlPlane
    let limits: ControlServerLimits
    let commands: Commands
    let eventStreams: EventStreams
    let logger: Logger

    func makeResponder() -> RouterResponder<ControlContext> {
        let router = Router(context: ControlContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: FailureMiddleware(limits: limits, logger: logger))
        router.add(middleware: AdmissionMiddleware(limits: limits))
        addQuestions(to: router)
        addSubscriptions(to: router)
        addCommands(to: router)
        return router.buildResponder()
    }

    private func addQuestions(to router: Router<ControlContext>) {
        question(StatusRequest.self, on: router) { [plane] in await plane.status() }
        question(TreeRequest.self, on: router) { [plane] in try await plane.tree() }
        question(StreamsRequest.self, on: router) { [plane] in await plane.streams() }
        question(plane.position, on: router)
        question(WorkersRequest.self, on: router) { [plane] in try await plane.workers() }
        question(TopRequest.self, on: router) { [plane] in try await plane.top() }
        question(plane.events, on: router)
        question(plane.decisions, on: router)
        question(plane.crashes, on: router)
        question(plane.crash, on: router)
        question(plane.deadLetters, on: router)
        question(plane.deadLetter, on: router)
        question(plane.progress, on: router)
        question(CurrentLogLevelRequest.self, on: router) { [plane] in try await plane.logLevel() }
        question(RunningConfigurationRequest.self, on: router) { [plane] in try await plane.configuration() }
        text(.metrics, type: "text/plain; version=0.0.4; charset=utf-8", on: router) { [plane] in
            try await plane.metrics()
        }
        text(.openAPI, type: "application/json", on: router) { OpenAPI.document }
    }

    private func addSubscriptions(to router: Router<ControlContext>) {
        subscription(EventsSubscription.self, on: router) { [plane] in
            try await plane.follow($0)
        } event: { event in
            try ServerSentEvent("event", id: event.id, data: event)
        }
        subscription(TapSubscription.self, on: router) { [plane] in
            try await plane.tap($0)
        } event: { item in
            switch item {
            case .record(let record): try ServerSentEvent("message", data: record)
            case .skipped(let count): try ServerSentEvent("skipped", data: TapSkipped(skipped: count))
            }
        }
    }

    private func addCommands(to router: Router<ControlContext>) {
        command(plane.scale, on: router)
        command(plane.crash, on: router)
        command(plane.pause, on: router)
        command(plane.resume, on: router)
        command(plane.drain, on: router)
        command(plane.reload, on: router)
        command(plane.setLogLevel, on: router)
        command(plane.setPosition, on: router)
        command(plane.forgetPosition, on: router)
        command(plane.replay, on: router)
        command(plane.purge, on: router)
    }

    // MARK: The kinds of routes

    private func question<Question: ControlQuestion>(
        _ answer: @escaping @Sendable (Question) async throws(ControlFailure) -> Question.Response,
        on router: Router<ControlContext>
    ) {
        router.get(RouterPath(Question.route.path)) { request, context in
            try Response.document(try await answer(try Self.read(request, context)))
        }
    }

    /// A question that has nothing to say.
    private func question<Question: ControlQuestion>(
        _ type: Question.Type, on router: Router<ControlContext>,
        answer: @escaping @Sendable () async throws -> Question.Response
    ) {
        router.get(RouterPath(Question.route.path)) { request, context in
            let _: Question = try Self.read(request, context)
            return try Response.document(try await answer())
        }
    }

    private func text(
        _ route: ControlRoute, type: String, on router: Router<ControlContext>,
        answer: @escaping @Sendable () async throws -> String
    ) {
        router.get(RouterPath(route.path)) { request, _ in
            try Query(url: request.uri.query).refuseRest()
            return Response(
                status: .ok, headers: [.contentType: type, .cacheControl: "no-store"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: try await answer())))
        }
    }

    private func subscription<Subscription: ControlSubscription, Item: Sendable>(
        _ type: Subscription.Type, on router: Router<ControlContext>,
        open: @escaping @Sendable (Subscription) async throws -> AsyncStream<Item>,
        event: @escaping @Sendable (Item) throws -> ServerSentEvent
    ) {
        router.get(RouterPath(Subscription.route.path)) { [eventStreams] request, context in
            let subscription: Subscription = try Self.read(request, context)
            guard request.method != .head else { return EventStreams.head }
            let slot = try eventStreams.takeSlot(for: context.caller)
            return eventStreams.response(
                of: try await open(subscription), slot: slot, to: context.channel, event: event)
        }
    }

    private func command<Command: ControlCommand>(
        _ perform: @escaping @Sendable (Command) async throws(ControlFailure) -> Command.Response,
        on router: Router<ControlContext>
    ) {
        router.post(RouterPath(Command.route.path)) { [commands] request, context in
            try await commands.answer(request, context, perform: perform)
        }
    }

    /// What the path, the query and, of an event stream that was broken off, the last event id say.
    private static func read<Question: ControlQuestion>(
        _ request: Request, _ context: ControlContext
    ) throws(ControlFailure) -> Question {
        let query = try Query(url: request.uri.query)
        let question: Question = try read(query, context)
        guard Question.self == EventsSubscription.self, let last = request.headers[.lastEventID] else {
            return question
        }
        // Where to go on, whereas the query says where the first connection began.
        var later = query
        later.replace("after", by: last)
        return try read(later, context)
    }

    private static func read<Question: ControlQuestion>(
        _ query: Query, _ context: ControlContext
    ) throws(ControlFailure) -> Question {
        var query = query
        let question = try Question(identifier: context.parameters.get("id"), query: &query)
        try query.refuseRest()
        return question
    }
}

extension HTTPField.Name {
    /// WHATWG HTML, section 9.2.4.
    fileprivate static let lastEventID = HTTPField.Name("Last-Event-ID")!
}

extension Response {
    /// An answer with one JSON document.
    static func document(
        _ value: some Encodable, status: Int = 200, headers: HTTPFields = HTTPFields()
    ) throws
        -> Response
    {
        var headers = headers
        headers[.contentType] = "application/json"
        headers[.cacheControl] = "no-store"
        return Response(
            status: .init(code: status), headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: try ControlJSON.encode(value))))
    }
}
