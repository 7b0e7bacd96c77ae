/// What the `exec` handler is to do, as plain values.
package struct ExecSettings: Sendable, Equatable {
    /// The program, by its absolute path, with its arguments.
    package var command: [String]
    /// Whether a process lives for one message or for many.
    package var mode: ExecMode
    /// How frames are told from each other.
    package var framing: ExecFraming
    /// When a process gets messages.
    package var ready: ExecReadiness
    /// How long it may take to be ready.
    package var startTimeout: Duration
    /// The descriptor of its answers: 1 or 3.
    package var replyDescriptor: Int
    /// How many frames a process has in hand, at most.
    package var prefetch: Int
    /// What makes a batch.
    package var batch: Batch
    /// The longest answer.
    package var maxAnswerBytes: Int
    /// After which silence a process hangs; nil: that is not asked.
    package var heartbeat: Duration?
    /// What progress may stretch the time for one frame to.
    package var maxTime: Duration
    /// How long each step of a stop waits.
    package var stopGrace: Duration
    /// After how many messages a process is replaced; nil: it is not.
    package var recycleMessages: Int?
    /// After which time a process is replaced; nil: it is not.
    package var recycleAfter: Duration?
    /// The whole environment but `PTR_WORKER`, which each worker has its own of.
    package var environment: [String: String]
    /// The folder that processes run in.
    package var workingDirectory: String
    /// Their umask.
    package var umask: UInt32
    /// Their resource limits.
    package var limits: Limits
    /// How many bytes each worker's control group may have; nil: any number.
    package var memoryMax: Int?
    /// The longest line of standard error, in bytes.
    package var stderrMaxLine: Int
    /// How many lines of standard error are logged in a second, of each worker.
    package var stderrRate: Int

    /// What makes a batch.
    package struct Batch: Sendable, Equatable {
        /// So many messages, at most; 1: there are no batches.
        package var max: Int
        /// How long one that is not full waits for more.
        package var within: Duration
        /// So many bytes of data, at most, unless one message alone has more.
        package var maxBytes: Int
        /// How long a process may take for one; nil: as long as for a message.
        package var timeout: Duration?
    }

    /// Resource limits, for setrlimit(2); nil: ptrd's own.
    package struct Limits: Sendable, Equatable {
        /// RLIMIT_NOFILE.
        package var openFiles: Int
        /// RLIMIT_DATA, in bytes.
        package var data: Int?
        /// RLIMIT_CPU, in whole seconds.
        package var cpuSeconds: Int?
        /// RLIMIT_CORE, in bytes.
        package var core: Int
        /// RLIMIT_NPROC.
        package var processes: Int?
    }
}

extension Configuration {
    /// What the `exec` handler is to do; nil where messages are handled otherwise.
    ///
    /// - Parameter inherited: a variable of ptrd's own environment.
    package func execSettings(inherited: (String) -> String?) -> ExecSettings? {
        guard self.handler.kind == .exec else { return nil }
        let (exec, limits) = (self.handler.exec, self.handler.exec.limits)
        return ExecSettings(
            command: exec.command, mode: exec.mode, framing: exec.framing, ready: exec.ready,
            startTimeout: exec.startTimeout, replyDescriptor: exec.replyDescriptor, prefetch: exec.prefetch,
            batch: ExecSettings.Batch(
                max: exec.batch.max, within: exec.batch.within, maxBytes: exec.batch.maxBytes,
                timeout: exec.batch.timeout),
            maxAnswerBytes: exec.maxAnswerBytes, heartbeat: exec.heartbeat,
            maxTime: exec.maxTime ?? max(minutes(10), self.workers.timeout),
            stopGrace: exec.stopGrace, recycleMessages: exec.recycle.messages, recycleAfter: exec.recycle.after,
            environment: workerEnvironment(inherited), workingDirectory: workingDirectory, umask: exec.umask,
            limits: ExecSettings.Limits(
                openFiles: limits.openFiles, data: limits.data, cpuSeconds: limits.cpu.map(\.wholeSeconds),
                core: limits.core, processes: limits.processes),
            memoryMax: exec.memoryMax, stderrMaxLine: exec.stderr.maxLine, stderrRate: exec.stderr.rate)
    }

    private var workingDirectory: String { self.handler.exec.workingDirectory ?? "\(self.state.directory)/workers" }

    /// The environment of the processes but `PTR_WORKER`. Of ptrd's own they have what is listed here, and what was asked for.
    private func workerEnvironment(_ inherited: (String) -> String?) -> [String: String] {
        let exec = self.handler.exec
        func own(_ name: String, else other: String) -> String {
            guard let value = inherited(name), !value.isEmpty else { return other }
            return value
        }
        let home = own("HOME", else: "/")
        var environment = [
            "PATH": own("PATH", else: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
            // Without one, many a language takes everything for ASCII.
            "LANG": own("LANG", else: "C.UTF-8"),
            // A user of the system alone has the root for his home, and may not write there.
            "HOME": home == "/" ? workingDirectory : home,
            "TMPDIR": own("TMPDIR", else: "/tmp"),
            // Else its answers would stay in a buffer until that is full.
            "PYTHONUNBUFFERED": "1",
        ]
        for name in exec.passEnvironment {
            if let value = inherited(name) { environment[name] = value }
        }
        environment.merge(exec.environment) { _, configured in configured }
        return environment.merging([
            "PTR_PROTOCOL": "1", "PTR_PREFETCH": "\(exec.prefetch)", "PTR_BATCH": "\(exec.batch.max)",
            "PTR_MAX_ANSWER": "\(exec.maxAnswerBytes)", "PTR_REPLY_FD": "\(exec.replyDescriptor)",
        ]) { _, ours in ours }
    }
}

extension Duration {
    /// Rounded up.
    fileprivate var wholeSeconds: Int { Int(components.seconds) + (components.attoseconds > 0 ? 1 : 0) }
}
