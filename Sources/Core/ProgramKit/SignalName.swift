import Glibc

/// The names of signals, as signal(7) has them.
public enum SignalName {
    private static let names: [(number: Int32, name: String)] = [
        (SIGHUP, "HUP"), (SIGINT, "INT"), (SIGQUIT, "QUIT"), (SIGILL, "ILL"), (SIGTRAP, "TRAP"), (SIGABRT, "ABRT"),
        (SIGBUS, "BUS"), (SIGFPE, "FPE"), (SIGKILL, "KILL"), (SIGUSR1, "USR1"), (SIGSEGV, "SEGV"), (SIGUSR2, "USR2"),
        (SIGPIPE, "PIPE"), (SIGALRM, "ALRM"), (SIGTERM, "TERM"), (16, "STKFLT"), (SIGCHLD, "CHLD"), (SIGCONT, "CONT"),
        (SIGSTOP, "STOP"), (SIGTSTP, "TSTP"), (SIGTTIN, "TTIN"), (SIGTTOU, "TTOU"), (SIGURG, "URG"),
        (SIGXCPU, "XCPU"), (SIGXFSZ, "XFSZ"), (SIGVTALRM, "VTALRM"), (SIGPROF, "PROF"), (SIGWINCH, "WINCH"),
        (SIGIO, "IO"), (SIGPWR, "PWR"), (SIGSYS, "SYS"),
    ]

    /// Such as `SIGSEGV`; of a real-time signal `signal 34`.
    public static func of(_ number: Int32) -> String {
        names.first { $0.number == number }.map { "SIG\($0.name)" } ?? "signal \(number)"
    }

    /// Such as `SEGV`; of a real-time signal `34`.
    public static func short(of number: Int32) -> String {
        names.first { $0.number == number }?.name ?? "\(number)"
    }

    /// The number of a name, with `SIG` before it or without; nil: there is no such signal.
    public static func number(of name: String) -> Int32? {
        let short = name.hasPrefix("SIG") ? String(name.dropFirst(3)) : name
        return names.first { $0.name == short }?.number
    }
}
