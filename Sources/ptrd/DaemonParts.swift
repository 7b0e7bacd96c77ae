import Cluster
import ControlAPI
import ControlServer
import EventSource
import EventStreamInput
import Handlers
import Locking
import Logging
import Pipeline
import ProgramKit
import PtrConfiguration
import Storage
import Systemd

/// What the daemon consists of, wired together.
struct DaemonParts: Sendable {
    let application: Application
    let reloader: Reloader
    /// What is printed to; nil where messages are not printed.
    let output: PrintedOutput?
    /// What messages are given to that are not printed.
    let processes: ExecHandler?
    /// What publishes them to a broker.
    let published: PublishedMessages?
    /// What takes them from a broker.
    let consumed: ConsumedMessages
    /// What it is among the others at the broker.
    let service: NodeService?
    let store: SQLiteStateStore
    let server: ControlServer
    let metrics: MetricsListener?
    let host: HostProblems
    let statusLine: StatusLine
    let watchdog: Watchdog?
    /// How many streams there are at the start.
    let streams: Int

    /// Opens the state and what is printed to. Nothing is received yet, and nothing listens.
    init(
        _ configuration: Configuration, load: @escaping @Sendable () throws(ConfigurationError) -> Configuration,
        shell: DaemonShell
    ) async throws {
        let logger = shell.logger
        let inherited = try SocketActivation.takeSockets()
        store = try await SQLiteStateStore.open(
            directory: configuration.state.directory, limits: configuration.deadLetterLimits,
            onDamage: configuration.state.onDamage == .moveAside ? .moveAside : .stop)
        if let moved = store.movedAside {
            logger.error(
                """
                the state in \(moved.from) was damaged (\(moved.reason)) and is now \(moved.to), with its dead letters; \
                the streams begin anew
                """)
        }
        let measuring = Measuring()
        logger.debug("the state is in \(configuration.state.directory)")
        if store.counters.evicted > 0 {
            logger.warning(
                """
                \(store.counters.evicted) stored dead letter(s) were beyond the bounds of [state], or too old, and are gone
                """)
        }
        let runtime = configuration.runtime(shell.clock)
        let handler: any Handler
        let secret = try await store.secret()
        published = try PublishedMessages(
            configuration, secret: secret, metrics: measuring.metrics, logger: logger)
        if let published {
            handler = published.handler
            processes = nil
            output = nil
        } else if let settings = configuration.execSettings {
            let processes = try ExecutedWorkers.handler(
                settings, state: configuration.state.directory, runtime: runtime, logger: logger)
            handler = processes
            self.processes = processes
            output = nil
            Self.checkCommand(configuration, logger)
        } else {
            let printed = try PrintedOutput(
                configuration, runtime: runtime, metrics: measuring.metrics, logger: logger)
            handler = printed.handler
            output = printed
            processes = nil
        }
        for warning in configuration.warnings(memory: MachineMemory.available()) { logger.warning("\(warning)") }
        let dialer = EventStreamDialer()
        let cluster = published?.cluster
        let source: @Sendable (StreamConfiguration) -> any Source = { stream in
            let source = EventStreamSource(stream, dialer: dialer, logger: logger)
            return cluster?.leases.leased(source) ?? source
        }
        let host = HostProblems(
            formatTrouble: { [output] in output?.formats.formats.complaint }, holderTrouble: { cluster?.problem },
            logger: logger)
        self.host = host
        consumed = ConsumedMessages(configuration, stream: source, logger: logger)
        let sources = consumed.prepare(configuration)
        await consumed.take(sources)
        application = Application(
            settings: configuration.settings, sources: sources.all,
            handler: handler, writers: output.map { [$0.child] } ?? [],
            outputTrouble: { [output] in output?.trouble() },
            hostProblems: { host.problems },
            store: cluster.map { [store] in LeasedStateStore(store, $0.leases) } ?? store, runtime: runtime,
            metrics: measuring.metrics, wallClock: UTCTime.microsecondsSince1970, logger: logger)
        try await application.recover()
        cluster?.report(to: application, logger)

        let service = NodeService(configuration, secret: secret, cluster: cluster, logger: logger)
        self.service = service
        reloader = Reloader(
            running: configuration, application: application, consumed: consumed, cluster: cluster,
            service: service, log: shell.log,
            notifier: shell.notifier,
            logger: logger, store: store, formats: output?.formats,
            reopenOutput: { [output] in await output?.reopen() }, load: load)
        let listener =
            inherited.first { $0.isListeningUnixStream }
            .map { ControlListener.descriptor($0.descriptor) } ?? .path(configuration.control.socket)
        let plane = ApplicationControl(application, host: reloader) {
            cluster?.measure(measuring.metrics)
            return measuring.exposition()
        }
        service?.serve(plane)
        server = ControlServer(
            listener: listener, plane: plane, logger: logger,
            access: await Self.commandAccess(configuration, logger),
            socketGroup: await UserGroup.id(named: ControlSocket.operatorsGroup))
        metrics = configuration.metrics.listen.map { address in
            MetricsListener(host: address.host, port: address.port) { await plane.metrics() }
        }
        // None outside systemd, or when the unit has no WatchdogSec=.
        let beats = ProofOfLife.beats(of: application, log: shell.log, output: output)
        watchdog = shell.notifier.watchdogInterval.map {
            Watchdog(interval: $0, beats: beats, notifier: shell.notifier, logger: logger)
        }
        host.watch(watchdog)
        statusLine = StatusLine(application, notifier: shell.notifier, watchdog: watchdog, logger: logger)
        streams = configuration.streams.count + configuration.sources.count
    }

    /// Says what keeps workers from being started. That is no reason not to start: what is missing may come, and until then what is
    /// received waits.
    private static func checkCommand(_ configuration: Configuration, _ logger: Logger) {
        let queue = SerialQueue("command check")
        // By itself, for a file system may hang.
        Task {
            let problems = await queue.run { () throws(Never) in CommandCheck(in: configuration)?.problems ?? [] }
            for problem in problems { logger.warning("the command of [handler.exec] cannot be started: \(problem)") }
        }
    }

    /// Who may give commands. A group that is not there is no reason not to start: root can still do everything.
    private static func commandAccess(_ configuration: Configuration, _ logger: Logger) async -> CommandAccess {
        let group = configuration.control.adminGroup
        let groupID = await UserGroup.id(named: group)
        if groupID == nil {
            logger.warning(
                """
                there is no group \(group) ([control] admin_group): until it is made (`groupadd \(group)`) and ptrd is \
                restarted, only root and the user that ptrd runs as may change something with ptrctl
                """)
        }
        guard configuration.handler.kind == .exec else { return CommandAccess(group: group, groupID: groupID) }
        let kin = WorkerKin()
        return CommandAccess(
            group: group, groupID: groupID, trustsDaemonUser: Sandbox.trustsOwnUser, isWorker: { kin.contains($0) })
    }
}
