import Dispatch
import Glibc
import Locking

/// What comes from the terminal.
enum TerminalEvent: Sendable, Hashable {
    /// Keys.
    case bytes([UInt8])
    /// A signal.
    case signal(CInt)
    /// The terminal has gone.
    case ended
}

/// Keys and signals in one sequence.
///
/// The signals come over a pipe that their handler writes to, which is one of the few things a handler may do
/// (signal-safety(7)). A thread of its own waits for the pipe and for the keys.
final class TerminalEvents: Sendable {
    let events: AsyncStream<TerminalEvent>
    private let continuation: AsyncStream<TerminalEvent>.Continuation
    private let signals: [CInt]
    private let input: CInt?
    /// What the signals did before.
    private let former = Locked<[(CInt, sigaction)]>([])

    /// Written to the pipe, it is no signal but ends the thread.
    private static let stop: UInt8 = 0

    /// One pipe for the process, never closed: the handler must always find it.
    private static let pipe: (reader: CInt, writer: CInt) = {
        var ends: [CInt] = [-1, -1]
        // Without a pipe (no descriptor is left) nothing arrives, and the signals do nothing.
        guard Glibc.pipe(&ends) == 0 else { return (-1, -1) }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        return (ends[0], ends[1])
    }()

    /// Takes over the signals and, if `input` is given, reads from it. There may be one at a time in a process.
    init(input: CInt?, signals: [CInt]) {
        (events, continuation) = AsyncStream.makeStream()
        self.signals = signals
        self.input = input
        // Made before the handler can need it, and without what was left to read when the last one ended.
        var rest = [UInt8](repeating: 0, count: 64)
        while Glibc.read(Self.pipe.reader, &rest, rest.count) > 0 {}
        takeSignals()
        DispatchQueue(label: "terminal").async { [continuation] in
            Self.read(input: input, into: continuation)
            continuation.finish()
        }
    }

    /// Just the signals.
    static func signals(_ signals: [CInt]) -> AsyncStream<CInt> {
        AsyncStream { continuation in
            let events = TerminalEvents(input: nil, signals: signals)
            let task = Task {
                for await event in events.events {
                    if case .signal(let number) = event { continuation.yield(number) }
                }
            }
            continuation.onTermination = { _ in
                task.cancel()
                events.end()
            }
        }
    }

    /// Takes over the signals, again after ``returnSignals()``.
    func takeSignals() {
        former.withLock { former in
            guard former.isEmpty else { return }
            for signal in signals {
                var action = sigaction()
                var old = sigaction()
                action.__sigaction_handler.sa_handler = { number in
                    let saved = errno
                    var byte = UInt8(truncatingIfNeeded: number)
                    _ = Glibc.write(TerminalEvents.pipe.writer, &byte, 1)
                    errno = saved
                }
                action.sa_flags = SA_RESTART
                sigaction(signal, &action, &old)
                former.append((signal, old))
            }
        }
    }

    /// Lets the signals do what they did before.
    func returnSignals() {
        former.withLock { former in
            for (signal, action) in former {
                var action = action
                sigaction(signal, &action, nil)
            }
            former = []
        }
    }

    /// Ends it; the signals do what they did before.
    func end() {
        returnSignals()
        continuation.finish()
        var byte = Self.stop
        _ = Glibc.write(Self.pipe.writer, &byte, 1)
    }

    /// Waits and reads until it is told to stop, or the input has ended.
    private static func read(input: CInt?, into continuation: AsyncStream<TerminalEvent>.Continuation) {
        var bytes = [UInt8](repeating: 0, count: 256)
        while true {
            var descriptors = [pollfd(fd: pipe.reader, events: Int16(POLLIN), revents: 0)]
            if let input { descriptors.append(pollfd(fd: input, events: Int16(POLLIN), revents: 0)) }
            guard poll(&descriptors, nfds_t(descriptors.count), -1) > 0 else {
                if errno == EINTR { continue }
                return
            }
            if descriptors[0].revents != 0 {
                let count = Glibc.read(pipe.reader, &bytes, bytes.count)
                for byte in bytes.prefix(max(count, 0)) {
                    if byte == stop { return }
                    continuation.yield(.signal(CInt(byte)))
                }
            }
            if let input, descriptors[1].revents != 0 {
                let count = Glibc.read(input, &bytes, bytes.count)
                if count > 0 {
                    continuation.yield(.bytes(Array(bytes.prefix(count))))
                } else if count == 0 || errno != EINTR && errno != EAGAIN {
                    continuation.yield(.ended)
                    return
                }
            }
        }
    }
}
