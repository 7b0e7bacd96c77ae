import ControlAPI
import Hummingbird
import Logging
import NIOCore

/// The routes of the API over a plane.
struct ControlRoutes: Sendable {
    let plane: any ControlPlane
    let limits: ControlServerLimits
    let logger: Logger

    func makeResponder() -> RouterResponder<ControlContext> {
        let router = Router(context: ControlContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: FailureMiddleware(limits: limits, logger: logger))
        router.get(RouterPath(StatusRequest.route.path)) { [plane] _, _ in
            try Response.document(await plane.status())
        }
        command(ScaleRequest.self, on: router) { [plane] request throws(ControlFailure) in
            try await plane.scale(request)
        }
        command(CrashRequest.self, on: router) { [plane] request throws(ControlFailure) in
            try await plane.crash(request)
        }
        return router.buildResponder()
    }

    /// A route that changes something. Who asked for what, and what came of it, goes to the log.
    private func command<Request: ControlRequest & Decodable>(
        _ type: Request.Type, on router: Router<ControlContext>,
        perform: @escaping @Sendable (Request) async throws(ControlFailure) -> Request.Response
    ) {
        router.post(RouterPath(Request.route.path)) { [limits, logger] request, context in
            let body = try await request.body.collect(upTo: limits.body)
            let command = try Self.decode(type, from: body)
            let peer = await PeerCredentials.of(context.channel)
            let metadata: Logger.Metadata = [
                "route": "\(Request.route.path)", "request": "\(command)",
                "peer_uid": "\(peer.map { "\($0.uid)" } ?? "unknown")",
                "peer_pid": "\(peer.map { "\($0.pid)" } ?? "unknown")",
            ]
            do {
                let answer = try await perform(command)
                logger.info("control request carried out", metadata: metadata)
                return try Response.document(answer)
            } catch {
                logger.info("control request refused: \(error)", metadata: metadata)
                throw error
            }
        }
    }

    private static func decode<Value: Decodable>(
        _ type: Value.Type, from body: ByteBuffer
    ) throws(ControlFailure) -> Value {
        guard body.readableBytes > 0 else {
            throw ControlFailure(.badRequest, "the request has no body", hint: "send a JSON object")
        }
        do {
            return try ControlJSON.decode(type, from: body.readableBytesView)
        } catch {
            throw ControlFailure(.badRequest, "the request's JSON is wrong: \(error)")
        }
    }
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
