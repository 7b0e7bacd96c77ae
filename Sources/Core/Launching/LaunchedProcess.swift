import CLaunching
public import Glibc
import Locking
public import NIOCore

/// A process that runs, or did.
///
/// It leads a session and a process group of its own, and is ended with ptrd, also when ptrd is killed. What it leaves behind in
/// its group and its cgroup is killed when it has ended. Whoever wants nothing more of it need do nothing: it is reaped in any
/// case.
public final class LaunchedProcess: Sendable {
    private enum Life {
        case running(pidfd: Int32)
        case ended
    }

    /// Its number with the system, which is its group's as well.
    public let pid: pid_t
    /// How long the thread that started it stood still for that.
    public let spawnTime: Duration
    /// The directory of its cgroup, if it has one.
    public let cgroup: String?
    let number: UInt64
    private let watch: ProcessWatch
    private let life: Locked<Life>
    private let end = Awaited<ProcessExit>()
    private let input: Locked<InputPipe>
    private let output: Locked<OutputPipe>
    private let errors: Locked<OutputPipe>
    private let reply: Locked<OutputPipe>
    private let pipes: Set<UInt64>

    init(
        _ child: claunching_child, _ ends: ProcessPipes.Ours, cgroup: String?, watch: ProcessWatch
    ) {
        pid = child.pid
        spawnTime = .nanoseconds(child.nanoseconds)
        self.cgroup = cgroup
        self.watch = watch
        let number = watch.reserveNumber()
        self.number = number
        life = Locked(.running(pidfd: child.pidfd))
        let (descriptor, token) = (watch.descriptor, ProcessWatch.token)
        input = Locked(InputPipe(ends.input, watch: descriptor, token: token(number, .input)))
        let outputs = [
            OutputPipe(ends.output, watch: descriptor, token: token(number, .output)),
            OutputPipe(ends.errors, watch: descriptor, token: token(number, .errors)),
            OutputPipe(ends.reply, watch: descriptor, token: token(number, .reply)),
        ]
        pipes = Set(outputs.compactMap(\.inode))
        output = Locked(outputs[0])
        errors = Locked(outputs[1])
        reply = Locked(outputs[2])
    }

    // MARK: What is written to it

    /// Writes to its standard input, in the order of the calls, and never waits: what its pipe has no room for is kept until it
    /// reads. Whoever writes bounds what that may be, see ``pendingInput``. After ``closeInput()`` or its end it goes nowhere.
    public func write(_ bytes: ByteBuffer) { input.withLock { $0.write(bytes) } }

    /// Closes its standard input, when all is written: it reads an end.
    public func closeInput() { input.withLock { $0.finish() } }

    /// How many bytes are kept here until its pipe has room.
    public var pendingInput: Int { input.withLock(\.queued) }

    /// How many bytes it has not read yet, in its pipe or kept here; nil: its input is closed.
    public var unreadInput: Int? {
        input.withLock { input in
            guard input.descriptor >= 0 else { return nil }
            return input.queued + max(Int(claunching_pipe_holds(input.descriptor)), 0)
        }
    }

    // MARK: What it writes

    /// Reads no more of a stream: its writer waits when the pipe is full. What has been read may still come, once. The process's
    /// end brings what the pipe still holds all the same; as a rule that is at most 64 KiB.
    public func pause(_ stream: ProcessStream) { withPipe(of: stream) { $0.pause(true) } }

    /// Reads a stream again.
    public func resume(_ stream: ProcessStream) { withPipe(of: stream) { $0.pause(false) } }

    /// Closes our ends of all its pipes, whoever else may hold them; what it writes from then on is its own trouble.
    public func close() {
        // Its input last: at its end a process says its last, which is to find nobody.
        for stream in ProcessStream.allCases { withPipe(of: stream) { $0.close() } }
        input.withLock { $0.close() }
    }

    // MARK: Its life

    /// Sends it a signal, or to its whole group. After its end that does nothing: its number may be another's by then.
    public func signal(_ signal: Int32, toGroup: Bool) {
        life.withLock { life in
            // Under the lock that it is reaped under: until then the number of its group is nobody else's.
            guard case .running(let pidfd) = life else { return }
            if toGroup { kill(-pid, signal) } else { _ = claunching_signal(pidfd, signal) }
        }
    }

    /// Kills it, its group, and all that is in its cgroup.
    public func killGroup() {
        life.withLock { life in
            // Not after its end: then its cgroup may be its successor's.
            guard case .running = life else { return }
            kill(-pid, SIGKILL)
            if let cgroup { Cgroup(path: cgroup).kill() }
        }
    }

    /// How it ended; waits for that. Its number and its descriptors are free then.
    public var exit: ProcessExit {
        get async {
            while true {
                if let exit = await exit(within: nil) { return exit }
            }
        }
    }

    /// How it ended; waits for that so long at most. Nil: it lives. Cancellation does not shorten the wait.
    ///
    /// - Parameter sleep: waits that long.
    public func exit(
        within limit: Duration?,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) async -> ProcessExit? {
        await end.value(within: limit, sleep: sleep)
    }

    /// How it ended; nil: it lives.
    public var exitIfEnded: ProcessExit? { end.current }

    /// What it uses; nil: it has ended. Reads one small file of `/proc`.
    public func usage() -> ProcessUsage? {
        life.withLock { life in
            guard case .running = life else { return nil }
            return ProcessUsage.of(pid)
        }
    }

    /// The processes that still hold its pipes, such as one that it started with a session of its own. For after its end, to name
    /// them; reads all of `/proc`, so not for a thread of the cooperative pool.
    public func survivors() -> [pid_t] {
        // A child of ours has them only until it executes its program.
        PipeHolders.of(pipes).filter { $0 != getpid() && ProcessUsage.of($0)?.parent != getpid() }
    }

    // MARK: The watch's side

    func beginWatching() {
        input.withLock { $0.begin() }
        for stream in ProcessStream.allCases { withPipe(of: stream) { $0.begin() } }
        life.withLock { life in
            guard case .running(let pidfd) = life else { return }
            _ = claunching_watch(
                watch.descriptor, pidfd, Int32(CLAUNCHING_READABLE), ProcessWatch.token(number, .life))
        }
    }

    func receive(_ stream: ProcessStream, telling observer: any ProcessObserver, _ buffer: inout ByteBuffer) {
        // Again, as long as something is there: one that is at work has mostly written more meanwhile, and this costs less than to
        // be told so. Not without end, for the others wait.
        for _ in 0..<4 {
            switch withPipe(of: stream, { $0.read(into: &buffer) }) {
            case .nothing: return
            case .bytes: observer.received(buffer, from: stream)
            case .end: return observer.ended(stream)
            }
        }
    }

    func proceed(isBroken: Bool, telling observer: any ProcessObserver) {
        let progress = input.withLock { input -> InputPipe.Progress in
            guard input.descriptor >= 0 else { return .more }
            let progress = isBroken ? .broken : input.proceed()
            if progress == .broken { input.close() }
            return progress
        }
        switch progress {
        case .more: break
        case .written: observer.inputWritten()
        case .broken: observer.inputBroken()
        }
    }

    /// Reaps it; nil: it lives.
    func reap() -> ProcessExit? {
        life.withLock { life in
            guard case .running(let pidfd) = life else { return nil }
            var seen = claunching_end()
            let result = claunching_ended(pidfd, false, &seen)
            guard result != 0 else { return nil }
            // It is dead and not yet reaped, so its number is its group's and nobody else's.
            kill(-pid, SIGKILL)
            if let cgroup { Cgroup(path: cgroup).kill() }
            if result > 0 { _ = claunching_ended(pidfd, true, &seen) }
            _ = claunching_unwatch(watch.descriptor, pidfd)
            Glibc.close(pidfd)
            life = .ended
            return result > 0 ? ProcessExit(seen) : ProcessExit(.unknown)
        }
    }

    /// Whether it has ended and is reaped. What it wrote before may still be told.
    public var isReaped: Bool {
        life.withLock { life in
            if case .ended = life { return true }
            return false
        }
    }

    /// Tells all that is left to tell, once it is reaped.
    func finish(_ exit: ProcessExit, telling observer: any ProcessObserver, _ buffer: inout ByteBuffer) {
        for stream in ProcessStream.allCases { finish(stream, telling: observer, &buffer) }
        input.withLock { $0.close() }
        observer.exited(exit)
        end.resolve(exit)
    }

    /// Brings what a pipe held when its process had ended, and not what others may still write to it.
    private func finish(_ stream: ProcessStream, telling observer: any ProcessObserver, _ buffer: inout ByteBuffer) {
        guard withPipe(of: stream, { $0.descriptor }) >= 0 else { return }
        var left = withPipe(of: stream) { $0.held }
        while left > 0, withPipe(of: stream, { $0.read(into: &buffer, evenIfPaused: true) }) == .bytes {
            left -= buffer.readableBytes
            observer.received(buffer, from: stream)
        }
        withPipe(of: stream) { $0.close() }
        observer.ended(stream)
    }

    private func withPipe<Result: Sendable>(of stream: ProcessStream, _ body: (inout OutputPipe) -> Result) -> Result {
        switch stream {
        case .output: output.withLock { body(&$0) }
        case .errors: errors.withLock { body(&$0) }
        case .reply: reply.withLock { body(&$0) }
        }
    }
}
