import Dispatch
import Glibc
import Locking

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
