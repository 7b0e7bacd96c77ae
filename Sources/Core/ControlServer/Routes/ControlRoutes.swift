import ControlAPI
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// The routes of the API over a plane. Which there are, and what of the plane answers each, is made of docs/openapi.json
/// (``ControlAnswers``).
struct ControlRoutes: Sendable {
    let plane: any ControlPlane
    let limits: ControlServerLimits
    let commands: CommandGate
    let eventStreams: EventStreams
    let logger: Logger

    func makeResponder() -> RouterResponder<ControlContext> {
        let router = Router(context: ControlContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: FailureMiddleware(limits: limits, logger: logger))
        router.add(middleware: AdmissionMiddleware(limits: limits))
        addQuestions(of: plane, to: router)
        text(.openAPI, type: "application/json", on: router) { OpenAPI.document }
        subscription(plane.follow, on: router) { try ServerSentEvent("event", id: $0.id, data: $0) }
        subscription(plane.tap, on: router) { item in
            switch item {
            case .record(let record): try ServerSentEvent("message", data: record)
            case .skipped(let count): try ServerSentEvent("skipped", data: TapSkipped(skipped: count))
            }
        }
        addCommands(of: plane, to: router)
        return router.buildResponder()
    }

    // MARK: The kinds of routes

    func question<Question: ControlQuestion>(
        _ answer: @escaping @Sendable (Question) async throws -> Question.Response, on router: Router<ControlContext>
    ) {
        router.get(RouterPath(Question.route.path)) { request, context in
            try Response.document(try await answer(try Self.read(request, context)))
        }
    }

    func text(
        _ route: ControlRoute, type: String, on router: Router<ControlContext>,
        answer: @escaping @Sendable () async throws -> String
    ) {
        router.get(RouterPath(route.path)) { request, _ in
            try Query(url: request.uri.query).refuseRest()
            return Response.fresh(type, ByteBuffer(string: try await answer()))
        }
    }

    func subscription<Subscription: ControlSubscription, Item: Sendable>(
        _ open: @escaping @Sendable (Subscription) async throws -> AsyncStream<Item>,
        on router: Router<ControlContext>, event: @escaping @Sendable (Item) throws -> ServerSentEvent
    ) {
        router.get(RouterPath(Subscription.route.path)) { [eventStreams] request, context in
            let subscription: Subscription = try Self.read(request, context)
            guard request.method != .head else { return EventStreams.head }
            let slot = try eventStreams.takeSlot(for: context.caller)
            return eventStreams.response(
                of: try await open(subscription), slot: slot, to: context.channel, event: event)
        }
    }

    func command<Command: ControlCommand>(
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

/// What a request carries along: its connection, and who is at the other end of it.
struct ControlContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel
    /// nil if the kernel does not say.
    var caller: Caller?

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }
}

extension ControlRoute {
    /// The routes at a path, which differ in their methods. A path is matched to the letter: an empty component or a
    /// slash at the end makes it another one.
    static func routes(at path: String) -> [ControlRoute] {
        let exact = all.filter { $0.path == path }
        // What is spelt out is not also a number: `/v1/dead-letters/purge` is no dead letter.
        guard exact.isEmpty else { return exact }
        let components = path.split(separator: "/", omittingEmptySubsequences: false)
        return templates.filter { entry in
            entry.components.count == components.count
                && zip(entry.components, components).allSatisfy { $0 == $1 || ($0 == "{id}" && !$1.isEmpty) }
        }.map(\.route)
    }

    private static let templates = all.filter { $0.path.contains("{id}") }.map { route in
        (route: route, components: route.path.split(separator: "/", omittingEmptySubsequences: false))
    }

    /// What `ptrctl` and the log call a command: `scale`, `dead-letters purge`.
    var verb: String {
        path.split(separator: "/").dropFirst().joined(separator: " ")
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
    ) throws -> Response {
        var response = fresh("application/json", ByteBuffer(bytes: try ControlJSON.encode(value)))
        response.status = .init(code: status)
        response.headers.append(contentsOf: headers)
        return response
    }

    /// An answer that is of this moment, and not to be kept by whoever passes it on.
    static func fresh(_ type: String, _ body: ByteBuffer) -> Response {
        Response(
            status: .ok, headers: [.contentType: type, .cacheControl: "no-store"], body: ResponseBody(byteBuffer: body))
    }
}
