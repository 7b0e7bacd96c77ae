import AsyncHTTPClient
import EventSource
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import ServiceLifecycle
import UnixSignals

/// The REST interface: which streams to follow, and what to do with them.
///
///     GET /               what the client can do
///     POST /              follows a stream; its URL is in Location
///     POST /streams/N     restart, or listen for a type of events
///     DELETE /streams/N   stops it
///     DELETE /            ends the service
struct ContractServer: Sendable {
    let port: Int
    let logger: Logger

    /// Serves on 127.0.0.1 until it is told to end, by a request or a signal.
    ///
    /// - Parameter onListening: is called with the port once connections are accepted.
    func run(signals: [UnixSignal] = [], onListening: @escaping @Sendable (Int) async -> Void) async throws {
        let client = HTTPClient(configuration: .eventStreams)
        let streams = StreamRegistry()
        let (quit, quitting) = AsyncStream<Void>.makeStream()
        let routes = ContractRoutes(streams: streams, client: client, logger: logger) { quitting.finish() }
        let application = Application(
            router: routes.makeRouter(),
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: port)),
            onServerRunning: { channel in await onListening(channel.localAddress?.port ?? port) }, logger: logger)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: application)], gracefulShutdownSignals: signals, logger: logger))
        let quitter = Task {
            for await _ in quit {}
            // The answer to the request is still written: the shutdown waits for it.
            if !Task.isCancelled { await group.triggerGracefulShutdown() }
        }
        let result: Result<Void, any Error>
        do { result = .success(try await group.run()) } catch { result = .failure(error) }
        quitter.cancel()
        await streams.stopAll()
        try await client.shutdown()
        try result.get()
    }
}

/// The routes, and what they do.
struct ContractRoutes: Sendable {
    let streams: StreamRegistry
    let client: HTTPClient
    let logger: Logger
    let quit: @Sendable () -> Void

    func makeRouter() -> Router<BasicRequestContext> {
        let router = Router()
        router.get("/") { _, _ in
            Response(
                status: .ok, headers: [.contentType: "application/json"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: try JSONEncoder().encode(ServiceStatus()))))
        }
        router.delete("/") { _, _ in
            quit()
            return Response(status: .noContent)
        }
        router.post("/") { request, _ in try await create(request) }
        router.post("/streams/:number") { request, context in
            let stream = try await find(context.parameters.get("number"))
            return try await command(request, stream)
        }
        router.delete("/streams/:number") { _, context in
            guard let number = context.parameters.get("number", as: Int.self),
                let stream = await streams.remove(number)
            else { throw HTTPError(.notFound, message: "there is no such stream") }
            await stream.stop()
            return Response(status: .noContent)
        }
        return router
    }

    private func create(_ request: Request) async throws -> Response {
        let parameters = try await decode(StreamParameters.self, from: request)
        if let problem = parameters.problem { throw HTTPError(.badRequest, message: problem) }
        guard URL(string: parameters.callbackUrl)?.scheme?.hasPrefix("http") ?? false else {
            throw HTTPError(.badRequest, message: "callbackUrl is not a URL of HTTP")
        }
        let configuration: EventSourceConfiguration
        do {
            configuration = try parameters.configuration()
        } catch {
            throw HTTPError(.badRequest, message: error.description)
        }
        var logger = logger
        logger[metadataKey: "tag"] = "\(parameters.tag ?? "")"
        // Callbacks have a client of their own, so that they cannot wait for a stream's connection.
        let callbacks = CallbackSender(baseURL: parameters.callbackUrl, client: .shared, logger: logger)
        let stream = ContractStream(configuration, client: client, callbacks: callbacks, logger: logger)
        let number = await streams.add(stream)
        await stream.start()
        // Whoever asked knows us by this name.
        let authority = request.head.authority ?? "127.0.0.1"
        return Response(status: .created, headers: [.location: "http://\(authority)/streams/\(number)"])
    }

    private func command(_ request: Request, _ stream: ContractStream) async throws -> Response {
        let command = try await decode(StreamCommand.self, from: request)
        switch command.command {
        case "restart":
            await stream.restart()
        case "listen":
            // The client gives events of every type to whoever iterates over it: there is nothing to register.
            guard command.listen != nil else { throw HTTPError(.badRequest, message: "listen to which type?") }
        default:
            throw HTTPError(.badRequest, message: "the command \(command.command) is unknown")
        }
        return Response(status: .accepted)
    }

    private func find(_ number: String?) async throws -> ContractStream {
        guard let number = number.flatMap({ Int($0) }), let stream = await streams.stream(number) else {
            throw HTTPError(.notFound, message: "there is no such stream")
        }
        return stream
    }

    private func decode<Value: Decodable>(_ type: Value.Type, from request: Request) async throws -> Value {
        let body = try await request.body.collect(upTo: 16 << 20)
        do {
            return try JSONDecoder().decode(type, from: Data(body.readableBytesView))
        } catch {
            throw HTTPError(.badRequest, message: "the body is not what it should be: \(error)")
        }
    }
}
