import AsyncHTTPClient
import ControlAPI
import ControlServer
import EventSource
import Glibc
import Handlers
import Logging
import Pipeline
import PtrConfiguration
import Storage
import Supervision
import Systemd
import UnixSignals

/// One life of the daemon: configuration → tree → run → drain.
struct Daemon {
    private let configuration: Configuration
    private let notifier = SystemdNotifier()

    init(_ configuration: Configuration) {
        self.configuration = configuration
    }

    /// Runs until a signal or the end of the tree. Returns the exit status.
    func run() async -> Int32 {
        let log: LogWriter
        do {
            log = try SystemdLogging.bootstrap(identifier: "ptrd", level: configuration.log.level.level)
        } catch {
            Ptrd.say("the log cannot be written: \(error)")
            return Ptrd.Status.failure
        }
        let logger = Logger(label: "ptrd")
        let status: Int32
        do {
            status = try await live(logger)
        } catch {
            logger.critical("\(error)")
            status = Ptrd.Status.failure
        }
        await log.close(within: .seconds(2))
        return status
    }

    private func live(_ logger: Logger) async throws -> Int32 {
        // First of all: a signal that comes during the start is to be heeded, not to end the process.
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
        let inherited = try SocketActivation.takeSockets()
        let store = try await SQLiteStateStore.open(
            directory: configuration.state.directory, onDamage: configuration.state.onDamage.policy)
        if let moved = store.movedAside {
            logger.error(
                """
                the state in \(moved.from) was damaged (\(moved.reason)) and is now \(moved.to), with its dead letters; \
                the streams begin anew
                """)
        }
        let output = try PrintedOutput(configuration.handler.print, logger: logger)
        let client = HTTPClient(configuration: .eventStreams)
        let measuring = Measuring()
        let application = Application(
            settings: configuration.settings,
            sources: configuration.streams.map { EventStreamSource($0, client: client, logger: logger) },
            handler: output.handler, writers: [output.child], store: store, runtime: configuration.runtime,
            metrics: measuring.metrics, wallClock: Self.microsecondsSince1970, logger: logger)
        try await application.recover()

        let listener =
            inherited.first { $0.isListeningUnixStream }
            .map { ControlListener.descriptor($0.descriptor) } ?? .path(configuration.control.socket)
        let plane = ApplicationControl(
            application, allowsCrashes: configuration.control.faultInjection, metrics: measuring.exposition)
        let server = ControlServer(listener: listener, plane: plane, logger: logger)
        let metrics = configuration.metrics.listen.map { address in
            MetricsListener(host: address.host, port: address.port) { await plane.metrics() }
        }

        let status = await run(application, server, metrics, signals, logger)

        await output.close()
        try? await client.shutdown()
        try? await store.close()
        return status
    }

    /// What happens in the life of the daemon.
    private enum Event: Sendable {
        case controlListening
        case listening
        case treeEnded(Supervisor.Ending)
        case controlEnded((any Error)?)
        case metricsEnded((any Error)?)
        case signal(UnixSignal)
        case drained(left: Int)
    }

    private func run(
        _ application: Application, _ server: ControlServer, _ metrics: MetricsListener?,
        _ signals: UnixSignalsSequence, _ logger: Logger
    ) async -> Int32 {
        let (events, happened) = AsyncStream<Event>.makeStream()
        let statusLine = StatusLine(application, notifier: notifier, logger: logger)
        return await withTaskGroup(of: Void.self) { group in
            group.addTask {
                do {
                    try await server.run { happened.yield(.controlListening) }
                    happened.yield(.controlEnded(nil))
                } catch {
                    happened.yield(.controlEnded(error))
                }
            }
            group.addTask {
                for await signal in signals { happened.yield(.signal(signal)) }
            }
            var status: Int32 = 0
            var isRunning = false
            var isStopping = false
            var isStopped = false
            for await event in events {
                switch event {
                case .controlListening:
                    guard let metrics else {
                        happened.yield(.listening)
                        continue
                    }
                    group.addTask {
                        do {
                            try await metrics.run { _ in happened.yield(.listening) }
                            happened.yield(.metricsEnded(nil))
                        } catch {
                            happened.yield(.metricsEnded(error))
                        }
                    }
                case .listening where isStopping || isRunning: break
                case .listening:
                    // Not before: nothing is received that a socket which cannot be had would then waste.
                    isRunning = true
                    application.note(
                        .daemon, .notice, "ptrd \(Version.current) started", fields: ["version": Version.current])
                    group.addTask { happened.yield(.treeEnded(await application.run())) }
                    await statusLine.announceReady(streams: configuration.streams.count)
                    group.addTask { await statusLine.run() }
                case .signal(.sighup):
                    logger.notice("SIGHUP is ignored: to apply a changed configuration, restart ptrd")
                case .signal where isStopped: break
                case .signal where !isRunning:
                    happened.finish()
                case .signal(let signal) where !isStopping:
                    isStopping = true
                    logger.notice("stopping on \(signal): no more is received, what is held is finished")
                    application.note(
                        .daemon, .notice, "stopping on \(signal): what is held is finished",
                        fields: ["signal": "\(signal)"])
                    // Beside the unit's own limit: drain_timeout may have been set higher than it was made for.
                    _ = try? await notifier.notify(
                        .stopping + .status("stopping: finishing what is held")
                            + .extendTimeout(by: configuration.flow.drainTimeout + .seconds(10)))
                    group.addTask {
                        let left = await application.drain(within: configuration.flow.drainTimeout)
                        happened.yield(.drained(left: left))
                    }
                case .signal(let signal):
                    status = Ptrd.Status.failure
                    report(application, "stopped at once by a second \(signal)", logger)
                    isStopped = true
                    application.stop()
                case .drained where isStopped: break
                case .drained(let left):
                    if left > 0 { status = Ptrd.Status.failure }
                    let how = left > 0 ? "the drain timed out after \(configuration.flow.drainTimeout)" : "stopped"
                    report(application, how, logger)
                    isStopped = true
                    application.stop()
                case .controlEnded(let error) where !isStopping:
                    isStopping = true
                    status = Ptrd.Status.failure
                    logger.critical("the control API has ended: \(error.map { "\($0)" } ?? "its socket was closed")")
                    if isRunning { application.stop() } else { happened.finish() }
                case .controlEnded: break
                case .metricsEnded(let error) where !isRunning && !isStopping:
                    status = Ptrd.Status.failure
                    logger.critical("\(error.map { "\($0)" } ?? "the metrics are not served any more")")
                    happened.finish()
                case .metricsEnded(let error) where !isStopping:
                    logger.error(
                        "the metrics are not served any more: \(error.map { "\($0)" } ?? "the listener ended")")
                case .metricsEnded: break
                case .treeEnded(let ending):
                    if case .stopped = ending {
                    } else {
                        status = Ptrd.Status.failure
                        logger.critical("\(SupervisorGaveUp(supervisor: "application_supervisor", ending: ending))")
                        if !isStopping { report(application, "ended", logger) }
                    }
                    happened.finish()
                }
            }
            group.cancelAll()
            return status
        }
    }

    /// The last words: what became of everything that was received.
    private func report(_ application: Application, _ how: String, _ logger: Logger) {
        let (messages, waiting) = (application.status.messages, application.waiting)
        let left = messages.inFlight + waiting
        let unadmitted = waiting > 0 ? ", and \(waiting) read but not admitted" : ""
        logger.log(
            level: left > 0 ? .error : .notice,
            """
            \(how): received \(messages.received), processed \(messages.processed), killed \(messages.killed), \
            dead letters \(messages.deadLettered), left \(messages.inFlight)\(unadmitted)
            """,
            metadata: ["left": "\(left)"])
    }

    private static func microsecondsSince1970() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }
}
