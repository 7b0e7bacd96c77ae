import ControlAPI
import ControlServer
import Dispatch
import Glibc
import Locking
import Logging
import Pipeline
import Supervision
import Systemd
import Writing

/// Performs what ``DaemonLifecycle`` decides, on a queue of its own: no action waits for anything, so a signal is heeded whatever
/// hangs. What takes time is a task that reports its end as an event.
final class DaemonShell: Sendable {
    let log: LogWriter
    let logger: Logger
    let notifier: SystemdNotifier
    private let queue = DispatchQueue(label: "ptrd-life")
    private let start = ContinuousClock.now
    private let state = Locked(State())
    /// What the tree, the streams and the way out take for the time: that in which the process runs.
    let clock = RunningClock()
    private let heartbeat: Heartbeat
    private let lastResort: LastResort
    private let hasLeft = OneShot<Void>()
    /// Of any number of signals during a reload, one more reload comes.
    private let reloads = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))

    private struct State {
        var life = DaemonLifecycle()
        var parts: DaemonParts?
        var signals: SignalListener?
        /// What runs beside the tree, until the end.
        var tasks: [Task<Void, Never>] = []
        var listeners: [Task<Void, Never>] = []
    }

    /// - Throws: if there is no thread for the last resort.
    init(log: LogWriter, notifier: SystemdNotifier) throws(WriterError) {
        self.log = log
        self.notifier = notifier
        logger = Logger(label: "ptrd")
        heartbeat = Heartbeat(of: clock, logger)
        lastResort = LastResort(by: clock)
        try heartbeat.start()
        try lastResort.start { [self] waitsFor in
            ExitWaits.end(waitsFor, log: self.log, logger: logger) { verdict }
        }
    }

    /// Hears signals from now on.
    func heedSignals() async {
        let signals = await SignalListener(on: queue) { [self] signal in
            // On the queue already.
            perform(after: event(of: signal))
        }
        state.withLock { $0.signals = signals }
    }

    private func event(of signal: SignalListener.Signal) -> DaemonLifecycle.Event {
        switch signal {
        case .terminate, .interrupt:
            .stopSignal(
                signal.name, at: start.duration(to: .now),
                drainTimeout: state.withLock(\.parts)?.reloader.running.flow.drainTimeout ?? .zero)
        case .hangup: .hangup
        case .user1: .reopenSignal
        }
    }

    /// Something has happened.
    func happened(_ event: DaemonLifecycle.Event) {
        queue.async { [self] in perform(after: event) }
    }

    private func perform(after event: DaemonLifecycle.Event) {
        for action in state.withLock({ $0.life.handle(event) }) { perform(action) }
    }

    private func perform(_ action: DaemonLifecycle.Action) {
        let parts = state.withLock(\.parts)
        switch action {
        case .begin: if let parts { begin(parts) }
        case .reload: reloads.continuation.yield()
        case .reopenOutput: if let output = parts?.output { Task { _ = await output.reopen() } }
        case .say(let saying): say(saying, parts)
        case .announceStop(let time):
            let extended = time.map { .status("stopping: finishing what is held") + .extendTimeout(by: $0) }
            notifier.post(extended.map { .stopping + $0 } ?? .stopping)
        case .endWithin(let limit): lastResort.arm(within: limit)
        case .drain(let timeout):
            guard let parts else { return }
            let wait = lastResort.begin("the drain")
            Task { [self] in
                let left = await parts.application.drain(within: timeout)
                lastResort.finish(wait)
                happened(.drained(left: left))
            }
        case .stopTree:
            // What ends does not answer any more, and that it ends in time is the last resort's to watch.
            parts?.watchdog?.stop()
            parts?.application.stop()
        case .lastWords(let how): if let parts { lastWords(how, parts.application) }
        case .leave:
            parts?.watchdog?.stop()
            hasLeft.resolve(())
        }
    }

    // MARK: The start

    /// The parts are there: nothing is received before all listeners accept, which a socket that cannot be had would waste.
    func start(_ parts: DaemonParts) {
        queue.async { [self] in
            // Who was told to stop meanwhile has left, and its parts end with the process.
            let isAwaited = state.withLock { state in
                if state.life.phase == .starting { state.parts = parts }
                return state.life.phase == .starting
            }
            guard isAwaited else { return }
            let control = Task {
                await keep(parts.host.control, .controlEnded) { onListening in
                    try await parts.server.run(
                        onListening: onListening, onTrouble: { parts.host.control.complain($0) })
                } first: { [self] in
                    guard let metrics = parts.metrics else { return happened(.listening) }
                    let task = Task {
                        await keep(parts.host.metrics, .startFailed) { onListening in
                            try await metrics.run { _ in await onListening() }
                        } first: { [self] in
                            happened(.listening)
                        }
                    }
                    state.withLock { $0.listeners.append(task) }
                }
            }
            state.withLock { $0.listeners.append(control) }
        }
    }

    private func keep(
        _ listener: KeptListener, _ id: MessageID,
        _ serve: (_ onListening: @escaping @Sendable () async -> Void) async throws -> Void,
        first: @escaping @Sendable () async -> Void
    ) async {
        do {
            try await listener.run(onFirst: first, serve: serve)
        } catch {
            happened(.cannotStart("\(error)", id))
        }
    }

    private func begin(_ parts: DaemonParts) {
        let application = parts.application
        application.note(.daemon, .notice, "ptrd \(Version.current) started", fields: ["version": Version.current])
        let treeWait = lastResort.begin("the tree")
        Task { [self] in
            let ending = await application.run()
            lastResort.finish(treeWait)
            happened(.treeEnded(gaveUp: ending.complaint, unstored: application.unstored))
        }
        let status = Task { [self] in
            await parts.statusLine.announceReady(streams: parts.streams)
            ProgramPages.letGo()
            do {
                try parts.watchdog?.start()
            } catch {
                happened(.cannotStart("\(error)", .startFailed))
            }
            await parts.statusLine.run()
        }
        // What is wrong is in the log.
        let reloading = Task { [reloads] in for await _ in reloads.stream { _ = try? await parts.reloader.reload() } }
        // Every commit lets go of the dead letters that are too old; without any, this does.
        let ageing = Task {
            while (try? await Task.sleep(for: .seconds(3600))) != nil { try? await parts.store.enforceLimits() }
        }
        let freeing = Task { await FreedMemory(application).run() }
        state.withLock { $0.tasks += [status, reloading, ageing, freeing] }
    }

    // MARK: The end

    /// Waits until the life is over, and closes what is around the tree. Returns the exit status.
    func end() async -> Int32 {
        await hasLeft.value
        let exitWaits = ExitWaits(lastResort: lastResort, logger: logger)
        let (parts, tasks, listeners) = state.withLock { ($0.parts, $0.tasks, $0.listeners) }
        for task in tasks + listeners { task.cancel() }
        if let parts {
            await exitWaits.wait(for: "the control API", within: .milliseconds(1500)) {
                for listener in listeners { await listener.value }
            }
            if let processes = parts.processes {
                await exitWaits.wait(for: "the workers' processes", within: .seconds(2)) {
                    await processes.close(within: .seconds(2))
                }
            }
            if let published = parts.published {
                await exitWaits.wait(for: "the broker", within: .seconds(2)) { await published.close() }
            }
            if let service = parts.service {
                await exitWaits.wait(for: "the others at the broker", within: .seconds(1)) { await service.close() }
            }
            await exitWaits.wait(for: "the sources' broker", within: .seconds(2)) { await parts.consumed.close() }
            if let output = parts.output {
                await exitWaits.wait(for: "the printed output", within: .seconds(2)) { await output.close() }
            }
            await exitWaits.wait(for: "the state's database", within: .seconds(1)) { try? await parts.store.close() }
        }
        let wait = lastResort.begin("the log")
        await log.close(within: .seconds(1))
        lastResort.finish(wait)
        return state.withLock(\.life.status)
    }

    /// The exit status as things stand, and what is lost by an end at once.
    private var verdict: (status: Int32, lost: String?) {
        let (life, parts) = state.withLock { ($0.life, $0.parts) }
        guard let application = parts?.application else { return (life.status, nil) }
        let (left, unstored) = (application.left, application.unstored)
        let lost = [left > 0 ? "left \(left)" : nil, unstored.isEmpty ? nil : "not stored: \(unstored)"]
            .compactMap { $0 }
        return lost.isEmpty ? (life.status, nil) : (Ptrd.Status.failure, lost.joined(separator: ", "))
    }

    // MARK: What is said

    private func say(_ saying: DaemonLifecycle.Saying, _ parts: DaemonParts?) {
        switch saying {
        case .cannotStart(let reason, let id): logger.critical("\(reason)", metadata: id.metadata())
        case .stopping(let signal):
            logger.notice("stopping on \(signal): no more is received, what is held is finished")
            parts?.application.note(
                .daemon, .notice, "stopping on \(signal): what is held is finished", fields: ["signal": signal])
        case .gaveUp(let reason): logger.critical("\(reason)", metadata: MessageID.treeGaveUp.metadata())
        case .unstored(let amount):
            logger.error(
                """
                the end does not wait any longer for the state to be written: not stored: \(amount); the next start goes \
                on from what was stored last
                """, metadata: MessageID.stateUnwritable.metadata())
        }
    }

    /// What became of everything that was received.
    private func lastWords(_ how: String, _ application: Application) {
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
}

extension Supervisor.Ending {
    /// Why it was not a stop, in words; nil: it was.
    fileprivate var complaint: String? {
        if case .stopped = self { return nil }
        return "\(SupervisorGaveUp(supervisor: "application_supervisor", ending: self))"
    }
}

/// The signals that the daemon heeds. They are told on a queue, not on the cooperative pool: a signal is heard also when that is
/// blocked. What follows from one is said by ``DaemonLifecycle``.
final class SignalListener: Sendable {
    enum Signal: Int32, CaseIterable, Sendable {
        case terminate = 15
        case interrupt = 2
        case hangup = 1
        case user1 = 10

        /// Such as `SIGTERM`.
        var name: String {
            switch self {
            case .terminate: "SIGTERM"
            case .interrupt: "SIGINT"
            case .hangup: "SIGHUP"
            case .user1: "SIGUSR1"
            }
        }
    }

    private let sources = Locked<[any DispatchSourceSignal]>([])

    /// Listens from the return on; before, the system's own answers hold.
    init(on queue: DispatchQueue, _ handle: @escaping @Sendable (Signal) -> Void) async {
        for signal in Signal.allCases {
            let isRegistered = OneShot<Void>()
            sources.withLock { sources in
                let source = DispatchSource.makeSignalSource(signal: signal.rawValue, queue: queue)
                source.setEventHandler { handle(signal) }
                source.setRegistrationHandler { isRegistered.resolve(()) }
                source.resume()
                sources.append(source)
            }
            await isRegistered.value
        }
    }

    /// Ignores the signals that mean nothing here, and by which a process ends if nobody says otherwise. Those that tell of an
    /// error of the program stay as they are, and so does SIGQUIT, which asks for a core dump.
    static func ignoreHarmless() {
        for number in [SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGPOLL, SIGPWR, SIGSTKFLT] { signal(number, SIG_IGN) }
        for number in __libc_current_sigrtmin()...__libc_current_sigrtmax() { signal(number, SIG_IGN) }
    }
}
