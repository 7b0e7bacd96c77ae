import Glibc
import Locking
import ProgramKit

/// A command of the system that is run for its output. It is ended when it takes too long.
struct SystemCommand: Sendable {
    /// The words, the program first; it is looked for in PATH.
    let words: [String]
    /// In seconds.
    var timeout = 10

    /// What came of it.
    struct Outcome: Sendable {
        let status: CInt
        /// Standard output and standard error, as they came.
        let output: [UInt8]
    }

    /// Runs it, without input.
    ///
    /// - Returns: nil if it could not be started.
    func run() async -> Outcome? {
        await SerialQueue("command").run { runAndWait() }
    }

    private func runAndWait() -> Outcome? {
        var ends: [CInt] = [0, 0]
        guard pipe(&ends) == 0 else { return nil }
        defer { close(ends[0]) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO)
        // A thread that may wait has all signals blocked, which would be handed on.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var (none, all) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        // coreutils' timeout bounds it, and all that it starts.
        let command = ["timeout", "--kill-after=2", "\(timeout)"] + words
        var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var process: pid_t = 0
        let failure = posix_spawnp(&process, "timeout", &actions, &attributes, &arguments, environ)
        close(ends[1])
        guard failure == 0 else { return nil }
        let output = readAll(of: ends[0], most: 16 << 20).bytes
        var status: CInt = 0
        while waitpid(process, &status, 0) < 0 && errno == EINTR {}
        return Outcome(status: status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F), output: output)
    }
}
