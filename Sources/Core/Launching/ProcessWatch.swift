import CLaunching
import Glibc
import Locking
import NIOCore
import Synchronization
import Writing

/// The thread that reads what processes write, goes on with what they had no room for, and reaps them.
///
/// One epoll for all of them. Not NIO's loops: those cannot watch a pidfd, so a thread beside them would be needed in any case,
/// and would have to be brought in order with them (an exit comes after what was written before it).
final class ProcessWatch: Sendable {
    /// What of a process an event is of: the lowest bits of its token.
    enum Source: UInt64 {
        case life, input, output, errors, reply
    }

    private struct Watched {
        let process: LaunchedProcess
        let observer: any ProcessObserver
    }

    private struct State {
        var processes: [UInt64: Watched] = [:]
        var nextNumber: UInt64 = 0
        var endsWhenEmpty = false
    }

    private let state = Locked(State())
    private let alarm: Int32
    /// The epoll.
    let descriptor: Int32
    /// Set when the thread has ended: no process is left.
    let ended = Awaited<Void>()

    /// Starts the thread.
    init() throws(LaunchError) {
        descriptor = claunching_make_watch()
        alarm = claunching_make_alarm()
        guard descriptor >= 0, alarm >= 0, claunching_watch(descriptor, alarm, Int32(CLAUNCHING_READABLE), 0) == 0
        else { throw .pipes(errno: errno) }
        do {
            try OSThread.start(name: "processes") { [self] in run() }
        } catch {
            throw LaunchError(.process, "no thread can be started to watch processes: \(error)")
        }
    }

    deinit {
        close(alarm)
        close(descriptor)
    }

    /// The number of the next process, of which its tokens are made. Never 0, and never given again: an event that comes late
    /// is of nobody.
    func reserveNumber() -> UInt64 {
        state.withLock { state in
            state.nextNumber += 1
            return state.nextNumber
        }
    }

    static func token(_ number: UInt64, _ source: Source) -> UInt64 { number << 3 | source.rawValue }

    /// Watches over a process until it is reaped.
    func add(_ process: LaunchedProcess, _ observer: any ProcessObserver) {
        state.withLock { $0.processes[process.number] = Watched(process: process, observer: observer) }
        process.beginWatching()
    }

    var processes: [LaunchedProcess] { state.withLock { $0.processes.values.map(\.process) } }

    /// Lets the thread end when the last process is reaped.
    func endWhenEmpty() {
        state.withLock { $0.endsWhenEmpty = true }
        var one: UInt64 = 1
        write(alarm, &one, MemoryLayout.size(ofValue: one))
    }

    private func run() {
        let none = claunching_event(token: 0, what: 0)
        var events = [claunching_event](repeating: none, count: 64)
        var buffer = ByteBufferAllocator().buffer(capacity: OutputPipe.chunk)
        while !state.withLock({ $0.endsWhenEmpty && $0.processes.isEmpty }) {
            let count = Int(claunching_wait(descriptor, &events, Int32(events.count)))
            // Interrupted; what else may fail here are our own mistakes.
            guard count >= 0 else { continue }
            for event in events[..<count] { handle(event, &buffer) }
        }
        ended.resolve(())
    }

    private func handle(_ event: claunching_event, _ buffer: inout ByteBuffer) {
        guard event.token != 0, let source = Source(rawValue: event.token & 7) else {
            var count: UInt64 = 0
            read(alarm, &count, MemoryLayout.size(ofValue: count))
            return
        }
        guard let watched = state.withLock({ $0.processes[event.token >> 3] }) else { return }
        let (process, observer) = (watched.process, watched.observer)
        switch source {
        case .life:
            guard let exit = process.reap() else { return }
            _ = state.withLock { $0.processes.removeValue(forKey: process.number) }
            process.finish(exit, telling: observer, &buffer)
        case .input: process.proceed(isBroken: event.what & Int32(CLAUNCHING_BROKEN) != 0, telling: observer)
        case .output: process.receive(.output, telling: observer, &buffer)
        case .errors: process.receive(.errors, telling: observer, &buffer)
        case .reply: process.receive(.reply, telling: observer, &buffer)
        }
    }
}
