import ControlAPI
import Hummingbird
import HummingbirdCore
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
    private let limits: ControlServerLimits

    /// - Parameters:
    ///   - listener: Where to listen.
    ///   - plane: What answers the requests.
    ///   - logger: Where it is written who asked for what.
    ///   - limits: What is borne from clients.
    public init(
        listener: ControlListener, plane: any ControlPlane, logger: Logger,
        limits: ControlServerLimits = ControlServerLimits()
    ) {
        self.listener = listener
        self.plane = plane
        self.logger = logger
        self.limits = limits
    }

    /// Serves until the task is cancelled or the service group shuts down gracefully; then closes the socket, gives the
    /// requests in flight a moment (``ControlServerLimits/grace``), and returns. Can be run again afterwards.
    ///
    /// - Parameter onListening: Called once, when connections are accepted.
    /// - Throws: ``ControlListenerError`` if it cannot listen; another error if listening broke off.
    public func run(onListening: @escaping @Sendable () async -> Void = {}) async throws {
        let socket = try ListeningSocket.open(listener)
        defer { socket.removeFromFileSystem() }
        let connections = Connections()
        let http = makeHTTP()
        let server: NIOAsyncChannel<any Channel, Never>
        do {
            server = try await listen(on: socket.descriptor, connections: connections)
        } catch let error as IOError {
            throw ControlListenerError.system(operation: "listen on", path: "\(listener)", errno: error.errnoCode)
        }
        logger.debug("control API listening", metadata: ["listener": "\(listener)"])

        // The connections are served by a task of their own, which the cancellation of ours does not reach: it stops
        // the listening, and what is in flight shall still be answered. It ends with this function, or is cancelled at
        // its end.
        let serving = Task { try await serve(server, http: http, connections: connections) }
        let stop: @Sendable () -> Void = { server.channel.close(promise: nil) }
        await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                await onListening()
                try? await server.channel.closeFuture.get()
            } onGracefulShutdown: {
                stop()
            }
        } onCancel: {
            stop()
        }

        let cutOff = await connections.closeAll(grace: limits.grace)
        if cutOff > 0 {
            logger.warning("control requests cut off", metadata: ["count": "\(cutOff)"])
        }
        serving.cancel()
        // A handler that heeds no cancellation may keep `serving` busy for ever; a broken listener ends it by itself.
        if !Task.isCancelled, !Task.isShuttingDownGracefully {
            try await serving.value
        }
    }

    private func makeHTTP() -> HTTP1Channel {
        let responder = ControlRoutes(plane: plane, limits: limits, logger: logger).makeResponder()
        return HTTP1Channel(
            responder: { [logger, limits] request, writer, channel in
                let context = ControlContext(source: ApplicationRequestContextSource(channel: channel, logger: logger))
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
                idleTimeout: TimeAmount(limits.idle),
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: limits.head, maxHeaderListSize: limits.head, maxHeaderFieldCount: 64)))
    }

    /// Accepts connections, which do not read yet.
    private func listen(
        on descriptor: CInt, connections: Connections
    ) async throws -> NIOAsyncChannel<any Channel, Never> {
        try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelInitializer { [limits] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        AvailableConnectionsChannelHandler(maxConnections: limits.connections))
                }
            }
            // One at a time, or a single read would take connections beyond the limit.
            .serverChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.autoRead, value: false)
            .bind(descriptor) { channel in
                connections.accepted(channel)
                return channel.eventLoop.makeSucceededFuture(channel)
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
                    return channel.eventLoop.makeFailedFuture(ChannelError.ioOnClosedChannel)
                }
                return http.setup(channel: channel, logger: logger)
            }.get()
            channel.setOption(.autoRead, value: true).whenFailure { _ in channel.close(promise: nil) }
            await http.handle(value: connection, logger: logger)
        } catch {
            // It closed, or the server is stopping, before a byte was exchanged.
            channel.close(promise: nil)
        }
    }
}
