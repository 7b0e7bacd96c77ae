import ControlAPI
import Glibc
import Hummingbird
import HummingbirdCore
import Locking
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// The control API over a Unix domain socket: HTTP/1.1 with JSON, for `ptrctl` and `curl --unix-socket`.
///
/// The routes and the HTTP are Hummingbird's. The listening is ours, because its server cannot take over a socket from
/// systemd and removes whatever it finds at a path it is to bind.
public struct ControlServer: Sendable {
    private let listener: ControlListener
    private let plane: any ControlPlane
    private let logger: Logger
    private let access: CommandAccess
    private let socketGroup: UInt32?
    private let limits: ControlServerLimits

    /// - Parameters:
    ///   - listener: Where to listen.
    ///   - plane: What answers the requests.
    ///   - logger: Where it is written who asked for what.
    ///   - access: Who may give commands.
    ///   - socketGroup: The group that a socket of our own is for, if we may give it away.
    ///   - limits: What is borne from clients.
    public init(
        listener: ControlListener, plane: any ControlPlane, logger: Logger, access: CommandAccess = CommandAccess(),
        socketGroup: UInt32? = nil, limits: ControlServerLimits = ControlServerLimits()
    ) {
        self.listener = listener
        self.plane = plane
        self.logger = logger
        self.access = access
        self.socketGroup = socketGroup
        self.limits = limits
    }

    /// Serves until the task is cancelled or the service group shuts down gracefully; then closes the socket, gives the
    /// requests in flight a moment (``ControlServerLimits/grace``), and returns. Can be run again afterwards.
    ///
    /// - Parameters:
    ///   - onListening: Called once, when connections are accepted.
    ///   - onTrouble: Told every two seconds why a socket that was handed over cannot be reached any more; nil: it can.
    /// - Throws: ``ControlListenerError`` if it cannot listen, or if a socket of our own cannot be reached any more; another
    ///   error if listening broke off.
    public func run(
        onListening: @escaping @Sendable () async -> Void = {},
        onTrouble: @escaping @Sendable (String?) -> Void = { _ in }
    ) async throws {
        let socket = try ListeningSocket.open(listener, group: socketGroup)
        defer { socket.removeFromFileSystem() }
        if let socketGroup, case .path(let path) = listener, !socket.isForGroup {
            logger.debug("\(path) could not be given to the group \(socketGroup); it is for the group of the process")
        }
        let connections = Connections(limits: limits, limit: connectionLimit, access: access)
        let eventStreams = EventStreams(limits: limits)
        let http = makeHTTP(connections, eventStreams)
        let server: NIOAsyncChannel<any Channel, Never>
        do {
            server = try await listen(on: socket.descriptor, connections: connections)
        } catch let error as IOError {
            throw ControlListenerError.system(operation: "listen on", path: "\(listener)", errno: error.errnoCode)
        }
        // NIO has set the queue to 128, also that of a socket of systemd's. Who does not find room in it is refused by
        // the kernel, however many connections we bear. The kernel has a limit of its own (net.core.somaxconn).
        Glibc.listen(socket.descriptor, 4096)
        logger.debug("control API listening", metadata: ["listener": "\(listener)"])

        // The connections are served by a task of their own, which the cancellation of ours does not reach: it stops
        // the listening, and what is in flight shall still be answered. It ends with this function, or is cancelled at
        // its end.
        let serving = Task { try await serve(server, http: http, connections: connections) }
        let stop: @Sendable () -> Void = { server.channel.close(promise: nil) }
        let lost = OneShot<ControlListenerError?>()
        let watching = Task { [limits] in
            guard let path = await Self.watch(socket, every: limits.pathCheck, onTrouble) else { return }
            lost.resolve(.unreachable(path: path))
            stop()
        }
        defer { watching.cancel() }
        await withTaskCancellationOrGracefulShutdownHandler {
            await onListening()
            try? await server.channel.closeFuture.get()
        } onCancelOrGracefulShutdown: {
            stop()
        }

        eventStreams.endAll()
        let cutOff = await connections.closeAll(grace: limits.grace)
        if cutOff > 0 {
            logger.warning("control requests cut off", metadata: ["count": "\(cutOff)"])
        }
        serving.cancel()
        watching.cancel()
        // What the file system has not answered by now is not waited for.
        lost.resolve(nil)
        if let error = await lost.value { throw error }
        // A handler that heeds no cancellation may keep `serving` busy for ever; a broken listener ends it by itself.
        if !Task.isCancelled, !Task.isShuttingDownGracefully {
            try await serving.value
        }
    }

    /// Looks again and again whether the socket can be reached where it was made, until the task is cancelled.
    ///
    /// - Returns: the path of one of ours that cannot.
    private static func watch(
        _ socket: ListeningSocket, every interval: Duration, _ onTrouble: @escaping @Sendable (String?) -> Void
    ) async -> String? {
        // The file system can take its time, which must not be the cooperative pool's.
        let queue = SerialQueue("control-socket")
        while (try? await SharedAlarm.shared.sleep(for: interval)) != nil {
            let path = await queue.run { socket.lostPath }
            if Task.isCancelled { return nil }
            if let path, socket.isOurs { return path }
            onTrouble(path.map { "\(ControlListenerError.unreachable(path: $0))" })
        }
        return nil
    }

    /// At most half of the descriptors that the process may have: the others are for its streams and its state.
    private var connectionLimit: Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return limits.connections }
        return max(1, min(limits.connections, Int(clamping: limit.rlim_cur / 2)))
    }

    private func makeHTTP(_ connections: Connections, _ eventStreams: EventStreams) -> HTTP1Channel {
        let commands = CommandGate(plane: plane, access: access, limits: limits, logger: logger)
        let responder = ControlRoutes(
            plane: plane, limits: limits, commands: commands, eventStreams: eventStreams, logger: logger
        ).makeResponder()
        return HTTP1Channel(
            responder: { [logger, limits] request, writer, channel in
                var context = ControlContext(source: ApplicationRequestContextSource(channel: channel, logger: logger))
                context.caller = connections.caller(of: channel)
                let response = try await responder.respond(to: request, context: context)
                try await writer.write(response: response.head, body: response.body)
                if response.headers[.connection] == "close" {
                    // Not at once: the client may still be sending, and shall find the answer rather than a broken
                    // pipe. `execute`, so that the close stands in line behind the write, whatever the delay.
                    channel.eventLoop.scheduleTask(in: TimeAmount(limits.grace)) {
                        channel.eventLoop.execute { channel.close(promise: nil) }
                    }
                }
            },
            configuration: HTTP1Channel.Configuration(
                additionalChannelHandlers: [RequestDeadlines(limits: limits, connections: connections)],
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: limits.head, maxHeaderListSize: limits.head,
                    maxHeaderFieldCount: limits.headers)))
    }

    /// Accepts connections, which do not read yet.
    private func listen(
        on descriptor: CInt, connections: Connections
    ) async throws -> NIOAsyncChannel<any Channel, Never> {
        try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    // When there are no descriptors left, the connection stays in the kernel's queue and the event loop
                    // would be told of it again and again. The error is for nobody: whoever listens would stop.
                    try channel.pipeline.syncOperations.addHandler(
                        AcceptBackoffHandler(shouldForwardIOErrorCaught: false) { _ in .milliseconds(100) })
                }
            }
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.autoRead, value: false)
            .bind(descriptor) { channel in
                connections.accepted(channel, from: Caller(of: channel))
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(EarlyBytes())
                    return channel
                }
            }
    }

    /// Serves each connection in a task of its own until the listening ends.
    private func serve(
        _ server: NIOAsyncChannel<any Channel, Never>, http: HTTP1Channel, connections: Connections
    ) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            try await server.executeThenClose { inbound in
                for try await channel in inbound {
                    group.addTask { [logger] in
                        await Self.serve(channel, http: http, connections: connections, logger: logger)
                    }
                }
            }
        }
    }

    /// Speaks HTTP on one connection until it closes.
    ///
    /// The HTTP pipeline is set up here, not when the connection is accepted, because whoever makes a `NIOAsyncChannel`
    /// must also run it: one that is dropped traps. Connections that were accepted but not taken from the queue when
    /// the server stops are dropped, and may be, as long as they are plain channels.
    private static func serve(
        _ channel: any Channel, http: HTTP1Channel, connections: Connections, logger: Logger
    ) async {
        do {
            let connection = try await channel.eventLoop.flatSubmit { () -> EventLoopFuture<HTTP1Channel.Value> in
                guard connections.isToBeServed(channel) else {
                    if !connections.isStopping { channel.writeAndFlush(Self.noRoom, promise: nil) }
                    return channel.eventLoop.makeFailedFuture(ChannelError.ioOnClosedChannel)
                }
                let ready = http.setup(channel: channel, logger: logger)
                if let early = try? channel.pipeline.syncOperations.handler(type: EarlyBytes.self) {
                    channel.pipeline.syncOperations.removeHandler(early, promise: nil)
                }
                return ready
            }.get()
            channel.setOption(.autoRead, value: true).whenFailure { _ in channel.close(promise: nil) }
            await http.handle(value: connection, logger: logger)
        } catch {
            // It closed, or the server is stopping, before a byte was exchanged.
            channel.close(promise: nil)
        }
    }

    /// What a connection gets for which there is no room.
    private static let noRoom: ByteBuffer = {
        let failure = ControlFailure(
            .unavailable, "ptrd has too many connections",
            hint: "close some: `ss -xp src unix:*ptrd.sock` names their processes")
        let body = (try? ControlJSON.encode(ErrorResponse(failure))) ?? []
        var buffer = ByteBuffer(
            string: "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\nconnection: close\r\n"
                + "content-length: \(body.count)\r\n\r\n")
        buffer.writeBytes(body)
        return buffer
    }()
}
