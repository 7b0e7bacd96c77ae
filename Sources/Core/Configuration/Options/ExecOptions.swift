/// The `exec` handler (`[handler.exec]`): a program of the operator's as the worker.
package struct ExecOptions: OptionGroup {
    package let command = DaemonOption(
        "handler.exec.command", .command, .nextStart, default: [], note: "none; `kind = \"exec\"` needs one",
        """
        The program with its arguments, such as `["/usr/bin/python3", "/srv/score.py"]`. The program is an absolute path, and
        there is no shell. `ptrd --check-config` tries whether it can be started; while ptrd runs, one that cannot be started is
        tried again.
        """)
    package let mode: DaemonOption<ExecMode> = DaemonOption(
        "handler.exec.mode", .choice(), .nextStart, default: .resident,
        """
        `"resident"`: each worker is a process that lives on, reads messages on standard input and answers for each.
        `"oneshot"`: each message is a process of its own, which reads its data on standard input and answers by its exit status:
        0 done, 75 failed, 65 rejected, 69 unavailable, anything else a crash.
        """)
    package let framing: DaemonOption<ExecFraming> = DaemonOption(
        "handler.exec.framing", .choice(), .nextStart, default: .lines,
        """
        How messages and answers are told from each other: `"lines"`, one JSON document a line, or `"length"`, each document
        behind its length as 32 bits, the most significant first.
        """)
    package let ready: DaemonOption<ExecReadiness> = DaemonOption(
        "handler.exec.ready", .choice(), .nextStart, default: .spawn,
        """
        When a process gets messages: `"spawn"`, as soon as it was started, or `"line"`, once it has said `{"ready":1}`, which
        suits one that takes its time to load.
        """)
    package let startTimeout = DaemonOption(
        "handler.exec.start_timeout", .duration(.milliseconds(100)...hours(1)), .nextStart, default: .seconds(30),
        "How long a process may take to be ready. Longer, and it is ended and tried again later.")
    package let replyDescriptor = DaemonOption(
        "handler.exec.reply_fd", .choice(of: [1, 3]), .nextStart, default: 1,
        """
        The descriptor that a process answers on: 1, its standard output, or 3. With 3, what it prints to standard output goes to
        the log, so that a stray `print` does no harm.
        """)
    package let prefetch = DaemonOption(
        "handler.exec.prefetch", .integer(1...64), .nextStart, default: 1,
        """
        How many messages, or batches, a process has in hand at once. More than one hides the way there and back; the others wait
        behind a slow one.
        """)
    package let batch = Batch()
    package let maxAnswerBytes = DaemonOption(
        "handler.exec.max_answer_bytes", .size(1024...(1 << 30)), .nextStart, default: 1 << 20,
        "The longest answer. A process that writes a longer one is ended.")
    package let heartbeat = DaemonOption(
        "handler.exec.heartbeat", .durationOrOff(.milliseconds(100)...hours(24)), .nextStart, default: nil,
        """
        A process that has something in hand and writes nothing for this long hangs, and is ended; any output is life. It needs
        `ready = "line"`, and a process that says `"heartbeat":true` in it.
        """)
    package let maxTime = DaemonOption(
        "handler.exec.max_time", .optional(.duration(.milliseconds(1)...hours(24))), .nextStart, default: nil,
        note: "`\"10m\"`, or `workers.timeout` if that is longer",
        """
        How long a process may take for one message, or one batch, that it says `{"progress":…}` of, which each time restarts
        `workers.timeout`.
        """)
    package let stopGrace = DaemonOption(
        "handler.exec.stop_grace", .duration(.zero...minutes(10)), .nextStart, default: .seconds(5),
        """
        How long a process that is to end has after its standard input was closed, until its group gets SIGTERM; and how long
        after that, until SIGKILL.
        """)
    package let recycle = Recycle()
    package let environment = DaemonOption(
        "handler.exec.environment", .environment, .nextStart, default: [:], note: "none",
        """
        Variables for the processes, such as `{ MODEL = "a" }`. Beside them they have `PATH`, `LANG`, `HOME`, `TMPDIR`,
        `PYTHONUNBUFFERED=1` and those of `PTR_`, and nothing else of ptrd's. What systemd hands to ptrd by variables
        (`NOTIFY_SOCKET`, `LISTEN_*`, `WATCHDOG_*`, `CREDENTIALS_DIRECTORY`) cannot be named.
        """)
    package let passEnvironment = DaemonOption(
        "handler.exec.pass_environment", .variableNames, .nextStart, default: [], note: "none",
        "Names of variables that the processes get as ptrd has them, such as `[\"TZ\"]`.")
    package let workingDirectory = DaemonOption(
        "handler.exec.working_directory", .optional(.absolutePath(maxBytes: 4000)), .nextStart, default: nil,
        note: "`workers` in `state.directory`, which is made", "The folder that the processes run in.")
    package let umask = DaemonOption(
        "handler.exec.umask", .umask, .nextStart, default: 0o077, "The permissions that new files of theirs do not get."
    )
    package let limits = Limits()
    package let memoryMax = DaemonOption(
        "handler.exec.memory_max", .sizeOrOff((1 << 20)...(1 << 44)), .nextStart, default: nil,
        """
        How much memory each worker may have, with all that it starts: the kernel ends it at more. It needs a control group of its
        own for each, which systemd delegates (`workers-cgroups.conf` in /usr/share/doc/ptrd/examples); without that,
        `limits.data` is the next best.
        """)
    package let stderr = Stderr()

    /// Several messages in one frame.
    package struct Batch: OptionGroup {
        package let max = DaemonOption(
            "handler.exec.batch.max", .integer(1...10_000), .nextStart, default: 1,
            "How many messages a process is given in one frame, at most, and may answer for in one.")
        package let within = DaemonOption(
            "handler.exec.batch.within", .duration(.zero...minutes(1)), .nextStart, default: .zero,
            "How long a batch that is not full waits for more; `\"0s\"` takes what is there.")
        package let maxBytes = DaemonOption(
            "handler.exec.batch.max_bytes", .size(1024...(1 << 30)), .nextStart, default: 1 << 20,
            "How many bytes of data a batch has, at most, unless one message alone has more.")
        package let timeout = DaemonOption(
            "handler.exec.batch.timeout", .optional(.duration(.milliseconds(1)...hours(24))), .nextStart, default: nil,
            note: "`workers.timeout`", "How long a process may take for a batch of several messages.")
    }

    /// When a process is replaced by a fresh one though nothing is wrong with it.
    package struct Recycle: OptionGroup {
        package let messages = DaemonOption(
            "handler.exec.recycle.messages", .integerOrOff(1...1_000_000_000), .nextStart, default: nil,
            "After how many messages a process is replaced, for programs that leak.")
        package let after = DaemonOption(
            "handler.exec.recycle.after", .durationOrOff(.seconds(1)...week), .nextStart, default: nil,
            "After which time a process is replaced.")
    }

    /// What the kernel lets a process have: setrlimit(2).
    package struct Limits: OptionGroup {
        package let openFiles = DaemonOption(
            "handler.exec.limits.open_files", .integer(16...1_048_576), .nextStart, default: 1024,
            "How many files a process may have open.")
        package let data = DaemonOption(
            "handler.exec.limits.data", .sizeOrOff((1 << 20)...(1 << 44)), .nextStart, default: nil,
            "How much private memory a process may have (RLIMIT_DATA). At more, its allocations fail.")
        package let cpu = DaemonOption(
            "handler.exec.limits.cpu", .durationOrOff(.seconds(1)...hours(24 * 365)), .nextStart, default: nil,
            "How much CPU time a process may use in its life (RLIMIT_CPU, in whole seconds). At more, it gets SIGXCPU.")
        package let core = DaemonOption(
            "handler.exec.limits.core", .size(0...(1 << 44)), .nextStart, default: 0,
            "The largest core dump of a process.")
        package let processes = DaemonOption(
            "handler.exec.limits.processes", .integerOrOff(1...1_000_000), .nextStart, default: nil,
            """
            How many processes and threads there may be when one starts another (RLIMIT_NPROC). The kernel counts all of the user,
            also ptrd's own threads, and root is not bounded.
            """)
    }

    /// What a process writes to its standard error, which goes to the log.
    package struct Stderr: OptionGroup {
        package let maxLine = DaemonOption(
            "handler.exec.stderr.max_line", .size(80...(48 << 10)), .nextStart, default: 4096,
            "The longest line of it; a longer one is cut.")
        package let rate = DaemonOption(
            "handler.exec.stderr.rate", .perSecond(1...100_000), .nextStart, default: 200,
            "How many lines of each worker are logged. Those beyond are counted.")
    }
}

/// How a process is used.
package enum ExecMode: String, Sendable, CaseIterable {
    /// It lives on, and gets one message after another.
    case resident
    /// It lives for one message.
    case oneshot
}

/// How documents are told from each other.
package enum ExecFraming: String, Sendable, CaseIterable {
    /// By line ends.
    case lines
    /// By the length before each.
    case length
}

/// When a process gets messages.
package enum ExecReadiness: String, Sendable, CaseIterable {
    /// As soon as it was started.
    case spawn
    /// Once it has said that it is ready.
    case line
}
