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
    private let load: @Sendable () throws(ConfigurationError) -> Configuration
    private let notifier = SystemdNotifier()

    /// - Parameters:
    ///   - configuration: what it starts with.
    ///   - load: reads the configuration again; it may block.
    init(
        _ configuration: Configuration, load: @escaping @Sendable () throws(ConfigurationError) -> Configuration
    ) {
        self.configuration = configuration
        self.load = load
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
            status = try await live(log, logger)
        } catch {
            logger.critical("\(error)", metadata: Self.messageID(of: error).metadata())
            status = Ptrd.Status.failure
        }
        await log.close(within: .seconds(2))
        return status
    }

    private func live(_ log: LogWriter, _ logger: Logger) async throws -> Int32 {
        #if DEBUG
        Wedge.begin()
        #endif
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
            handler: output.handler, writers: [output.child], outputTrouble: output.trouble, store: store,
            runtime: configuration.runtime,
            metrics: measuring.metrics, wallClock: Self.microsecondsSince1970, logger: logger)
        try await application.recover()

        let reloader = Reloader(
            running: configuration, application: application, client: client, log: log, notifier: notifier,
            logger: logger, reopenOutput: output.reopen, load: load)
        let listener =
            inherited.first { $0.isListeningUnixStream }
            .map { ControlListener.descriptor($0.descriptor) } ?? .path(configuration.control.socket)
        let plane = ApplicationControl(application, host: reloader, metrics: measuring.exposition)
        let server = ControlServer(
            listener: listener, plane: plane, logger: logger,
            access: await commandAccess(logger), socketGroup: await UserGroup.id(named: ControlSocket.operatorsGroup))
        let metrics = configuration.metrics.listen.map { address in
            MetricsListener(host: address.host, port: address.port) { await plane.metrics() }
        }

        let watchdog = ProofOfLife(application, log: log, output: output).watchdog(notifier, logger)
        let status = await run(application, reloader, server, metrics, watchdog, signals, logger)

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
        _ application: Application, _ reloader: Reloader, _ server: ControlServer, _ metrics: MetricsListener?,
        _ watchdog: Watchdog?, _ signals: UnixSignalsSequence, _ logger: Logger
    ) async -> Int32 {
        let (events, happened) = AsyncStream<Event>.makeStream()
        // Of any number of signals during a reload, one more reload comes.
        let (reloads, reload) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let statusLine = StatusLine(application, notifier: notifier, watchdog: watchdog, logger: logger)
        // What ends does not answer any more, and that it ends in time is systemd's to watch.
        let stop = { @Sendable in
            watchdog?.stop()
            application.stop()
        }
        defer { watchdog?.stop() }
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
            var drainTimeout = Duration.zero
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
                    do {
                        try watchdog?.start()
                    } catch {
                        logger.critical("\(error)", metadata: MessageID.startFailed.metadata())
                        status = Ptrd.Status.failure
                        isStopping = true
                        _ = try? await notifier.notify(.stopping)
                        stop()
                    }
                    // What is wrong is in the log.
                    group.addTask { for await _ in reloads { _ = try? await reloader.reload() } }
                case .signal(.sighup) where isStopping: break
                case .signal(.sighup): reload.yield()
                case .signal where isStopped: break
                case .signal where !isRunning:
                    happened.finish()
                case .signal(let signal) where !isStopping:
                    isStopping = true
                    let timeout = reloader.running.flow.drainTimeout
                    drainTimeout = timeout
                    logger.notice("stopping on \(signal): no more is received, what is held is finished")
                    application.note(
                        .daemon, .notice, "stopping on \(signal): what is held is finished",
                        fields: ["signal": "\(signal)"])
                    // Beside the unit's own limit: drain_timeout may have been set higher than it was made for.
                    _ = try? await notifier.notify(
                        .stopping + .status("stopping: finishing what is held")
                            + .extendTimeout(by: timeout + .seconds(10)))
                    group.addTask {
                        let left = await application.drain(within: timeout)
                        happened.yield(.drained(left: left))
                    }
                case .signal(let signal):
                    status = Ptrd.Status.failure
                    report(application, "stopped at once by a second \(signal)", logger)
                    isStopped = true
                    stop()
                case .drained where isStopped: break
                case .drained(let left):
                    if left > 0 { status = Ptrd.Status.failure }
                    let how = left > 0 ? "the drain timed out after \(drainTimeout)" : "stopped"
                    report(application, how, logger)
                    isStopped = true
                    stop()
                case .controlEnded(let error) where !isStopping:
                    isStopping = true
                    status = Ptrd.Status.failure
                    logger.critical(
                        "the control API has ended: \(error.map { "\($0)" } ?? "its socket was closed")",
                        metadata: MessageID.controlEnded.metadata())
                    _ = try? await notifier.notify(.stopping)
                    if isRunning { stop() } else { happened.finish() }
                case .controlEnded: break
                case .metricsEnded(let error) where !isRunning && !isStopping:
                    status = Ptrd.Status.failure
                    logger.critical(
                        "\(error.map { "\($0)" } ?? "the metrics are not served any more")",
                        metadata: MessageID.startFailed.metadata())
                    happened.finish()
                case .metricsEnded(let error) where !isStopping:
                    logger.error(
                        "the metrics are not served any more: \(error.map { "\($0)" } ?? "the listener ended")")
                case .metricsEnded: break
                case .treeEnded(let ending):
                    // From here on the end has the time that systemd gives to a stop.
                    if !isStopping { _ = try? await notifier.notify(.stopping) }
                    if case .stopped = ending {
                    } else {
                        status = Ptrd.Status.failure
                        logger.critical(
                            "\(SupervisorGaveUp(supervisor: "application_supervisor", ending: ending))",
                            metadata: MessageID.treeGaveUp.metadata())
                        if !isStopping { report(application, "ended", logger) }
                    }
                    happened.finish()
                }
            }
            group.cancelAll()
            return status
        }
    }

    /// Who may give commands. A group that is not there is no reason not to start: root can still do everything.
    private func commandAccess(_ logger: Logger) async -> CommandAccess {
        let group = configuration.control.adminGroup
        let access = CommandAccess(group: group, groupID: await UserGroup.id(named: group))
        if access.groupID == nil {
            logger.warning(
                """
                there is no group \(group) ([control] admin_group): until it is made (`groupadd \(group)`) and ptrd is \
                restarted, only root and the user that ptrd runs as may change something with ptrctl
                """)
        }
        return access
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
            metadata: (left > 0 ? MessageID.drainIncomplete : .stopped).metadata(["left": "\(left)"]))
    }

    /// What the journal's catalog explains an error at the start by.
    private static func messageID(of error: any Error) -> MessageID {
        switch error as? StorageError {
        case .damaged, .tooNew: .stateDamaged
        default: .startFailed
        }
    }

    private static func microsecondsSince1970() -> Int64 {
        #if DEBUG
        Wedge.hangOnce()
        #endif
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }
}
