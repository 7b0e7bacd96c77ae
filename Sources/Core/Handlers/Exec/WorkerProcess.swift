import Launching
import Locking
import NIOCore
import Pipeline
import WorkerProtocol

/// Is told by a worker's process what is not for the log. All calls come from the launcher's thread.
protocol WorkerProcessListener: AnyObject, Sendable {
    /// It has written to where its answers come from.
    func received(_ bytes: ByteBuffer)
    /// It has written something else.
    func gaveSign()
    /// It has closed that, or has ended.
    func repliesEnded()
    /// It has closed its standard input, or has ended.
    func inputBroken()
    /// It has ended. May say what it ended over.
    func ended(_ exit: ProcessExit, of process: WorkerProcess)
}

/// A process of a worker: from its start to its end, which is told once, with what it ended over.
final class WorkerProcess: ProcessObserver {
    private struct State {
        var process: LaunchedProcess?
        /// What it ends over; nil: over nothing that is known here.
        var cause: BodyExitCause?
        var isToDie = false
        var exit: ProcessExit?
        var listener: (any WorkerProcessListener)?
    }

    private let handler: ExecHandler
    private let worker: WorkerHandle
    private let group: Cgroup?
    private let replies: ProcessStream?
    let log: WorkerLog
    private let state: Locked<State>

    /// - Parameter replies: where its answers come from; nil: it gives none.
    private init(
        _ handler: ExecHandler, _ worker: WorkerHandle, in group: Cgroup?, replies: ProcessStream?,
        listener: any WorkerProcessListener
    ) {
        self.handler = handler
        self.group = group
        self.worker = worker
        self.replies = replies
        log = WorkerLog(handler, worker)
        state = Locked(State(listener: listener))
    }

    /// Starts one.
    ///
    /// - Parameter variables: are added to its environment.
    /// - Throws: why it could not be started.
    static func start(
        _ handler: ExecHandler, _ worker: WorkerHandle, replies: ProcessStream?, variables: [String: String] = [:],
        listener: any WorkerProcessListener
    ) async throws -> WorkerProcess {
        var specification = handler.options.launch
        specification.environment["PTR_WORKER"] = worker.name
        specification.environment.merge(variables) { $1 }
        let group = try handler.makeGroup(of: worker.name)
        specification.cgroup = group?.path
        let process = WorkerProcess(handler, worker, in: group, replies: replies, listener: listener)
        let begin = handler.runtime.now
        let launched: LaunchedProcess
        do {
            launched = try await handler.launcher.launch(specification, observer: process)
        } catch {
            if let group { handler.cgroups?.remove(group) }
            throw error
        }
        worker.observer.spawned(in: handler.runtime.now - begin)
        let isToDie = process.state.withLock { state in
            state.process = launched
            return state.isToDie
        }
        if isToDie { launched.killGroup() }
        return process
    }

    /// The process itself; nil while it is being started.
    private var launched: LaunchedProcess? { state.withLock(\.process) }

    var pid: Int32? { launched?.pid }

    /// Whether it is gone, though what it wrote may still be told.
    var isReaped: Bool { launched?.isReaped ?? false }

    /// Whether it has ended.
    var hasEnded: Bool { state.withLock { $0.exit != nil } }

    /// What is seen of it; nil: it has ended.
    var vitals: BodyVitals? {
        guard let launched, let usage = launched.usage() else { return nil }
        return BodyVitals(pid: launched.pid, residentBytes: usage.resident, processorTime: usage.cpuTime)
    }

    /// Writes to its standard input; never waits.
    func write(_ bytes: ByteBuffer) { launched?.write(bytes) }

    func closeInput() { launched?.closeInput() }

    /// Whether a signal has stopped it, and none has let it go on.
    var isStopped: Bool { launched?.usage()?.isStopped ?? false }

    /// How many bytes of what it was given it has not read; nil: that is not known.
    var unreadInput: Int? { launched?.unreadInput }

    /// Sends it a signal. False: it has ended.
    func signal(_ number: Int32) -> Bool {
        guard let launched, !hasEnded else { return false }
        launched.signal(number, toGroup: false)
        return true
    }

    /// Says what it ends over; the first to say so is right.
    func isToEnd(over cause: BodyExitCause) {
        state.withLock { if $0.cause == nil { $0.cause = cause } }
    }

    /// Ends it at once, with all that it has started.
    func kill(over cause: BodyExitCause) {
        isToEnd(over: cause)
        let process = state.withLock { state in
            state.isToDie = true
            return state.process
        }
        process?.killGroup()
    }

    /// Waits until it is gone.
    func end() async { _ = await launched?.exit }

    /// Ends it in good order: it reads the end of its input, and has its time; then it gets SIGTERM, and its time again; then it is
    /// killed.
    func stop(over cause: BodyExitCause, step: Duration) async {
        isToEnd(over: cause)
        guard let launched else { return }
        launched.closeInput()
        if await launched.exit(within: step, sleep: handler.sleep) != nil { return }
        launched.signal(SignalNumber.terminate, toGroup: true)
        if await launched.exit(within: step, sleep: handler.sleep) != nil { return }
        launched.killGroup()
        await end()
    }

    /// How it ended; nil: it lives.
    var postMortem: PostMortem? {
        let (exit, cause, pid) = state.withLock { ($0.exit, $0.cause, $0.process?.pid) }
        return exit.map { PostMortem(pid: pid, exit: BodyExit($0), cause: cause ?? .own, errorLines: log.last) }
    }

    /// Whether the kernel has killed in its cgroup for want of memory.
    private(set) var wantedMemory: Bool {
        get { memory.withLock { $0 } }
        set { memory.withLock { $0 = newValue } }
    }

    private let memory = Locked(false)

    // MARK: What it does

    func received(_ bytes: ByteBuffer, from stream: ProcessStream) {
        if stream == replies {
            state.withLock(\.listener)?.received(bytes)
        } else {
            log.take(bytes, from: stream)
            state.withLock(\.listener)?.gaveSign()
        }
    }

    func ended(_ stream: ProcessStream) {
        if stream == replies { state.withLock(\.listener)?.repliesEnded() } else { log.finish(stream) }
    }

    func inputBroken() { state.withLock(\.listener)?.inputBroken() }

    func exited(_ exit: ProcessExit) {
        // It may be over before its start has come back.
        if let group {
            if let kills = group.outOfMemoryKills, kills > 0 { wantedMemory = true }
            handler.cgroups?.remove(group)
        } else if let process = launched {
            handler.leftovers.look(for: process, of: worker.name)
        }
        let listener = state.withLock { state in
            state.exit = exit
            defer { state.listener = nil }
            return state.listener
        }
        listener?.ended(exit, of: self)
        worker.observer.exited(BodyExit(exit), state.withLock(\.cause) ?? .own)
    }
}

/// The numbers of the signals that a worker's end depends on, the same on all of Linux.
enum SignalNumber {
    static let hangUp: Int32 = 1
    static let interrupt: Int32 = 2
    static let kill: Int32 = 9
    static let terminate: Int32 = 15

    /// Those by which somebody outside ends a process that has done nothing for it.
    static let outside: Set<Int32> = [hangUp, interrupt, kill, terminate]
}

extension BodyExit {
    /// nil: it is not known how it ended.
    init?(_ exit: ProcessExit) {
        switch exit.cause {
        case .exited(let status): self = .status(status)
        case .signalled(let number, let dumpedCore): self = .signal(number, dumpedCore: dumpedCore)
        case .unknown: return nil
        }
    }
}
