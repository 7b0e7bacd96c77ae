package import Templates

/// What is done with a message (`[handler]`).
package struct HandlerOptions: OptionGroup {
    package let kind: DaemonOption<HandlerKind> = DaemonOption(
        "handler.kind", .choice(), .nextStart, default: .print,
        """
        What is done with a message: `"print"` prints it, as `[handler.print]` says; `"exec"` gives it to a program of your own, as
        `[handler.exec]` says, of which each worker is a process; `"nats"` publishes it to a broker, as `[nats]` and
        `[handler.nats]` say, if ptrd was built with NATS.
        """)
    package let print = PrintOptions()
    package let exec = ExecOptions()
    package let nats = NATSHandlerOptions()
}

/// What is done with messages.
package enum HandlerKind: String, Sendable, CaseIterable {
    /// They are printed.
    case print
    /// They are given to processes.
    case exec
    /// They are published to a broker.
    case nats
}

/// The `print` handler (`[handler.print]`).
package struct PrintOptions: OptionGroup {
    package let to = DaemonOption(
        "handler.print.to", .printDestination, .nextStart, default: .stdout,
        "Where messages are printed: `\"stdout\"`, `\"journal\"`, or a file by its absolute path.")
    package let format = DaemonOption(
        "handler.print.format", .optional(.printFormat), .live, default: nil, note: "none: all of the message",
        """
        What is printed of a message: text with paths from the root of its JSON, such as
        `"{wiki}: {title} by {user}"`, or `"{message.tweet.text}"` where an object is called `message`. A component
        of digits, or one in brackets (`hashtags[0]`), is an index; a name with other characters than letters, digits,
        `_`, `-` and `$` stands in quotes (`{a.'b c'}`, `{'@id'}`). `{@event}`, `{@id}`, `{@stream}`, `{@sequence}`, `{@received}`
        (UTC) and `{@data}` are the event's own. `{path|text}` has a default for what is missing or null;
        `{path:hash16}` is a hash in 16 hexadecimal digits (FNV-1a). `{{` and `}}` are braces. Where there are
        paths, data that they cannot lead into (no JSON, a bare number, an array without an index in front) is printed
        as it came. `"ndjson"` is a line of JSON with `stream`, `event`, `id`, `sequence`, `received` and `data`;
        `"cloudevents"` the CloudEvents 1.0 event that a worker of `handler.kind = "exec"` gets.
        """)
    package let simulatedWork = SimulatedWork()

    /// A time of work, between two bounds; both are given, or none.
    package struct SimulatedWork: OptionGroup {
        package let min = DaemonOption(
            "handler.print.simulated_work.min", .optional(.duration(.zero...hours(1))), .nextStart, default: nil,
            note: "none",
            "The shortest time to pretend to work on a message. The times are normally distributed.")
        package let max = DaemonOption(
            "handler.print.simulated_work.max", .optional(.duration(.zero...hours(1))), .nextStart, default: nil,
            note: "none",
            "The longest time to pretend to work on a message.")
    }
}

/// Where messages are printed.
package enum PrintDestination: Sendable, Equatable {
    /// The standard output.
    case stdout
    /// The systemd journal.
    case journal
    /// A file, by its absolute path.
    case file(String)
}

/// Where checkpoints and dead letters are kept (`[state]`).
package struct StateOptions: OptionGroup {
    package let directory = DaemonOption(
        "state.directory", .absolutePath(maxBytes: 4000), .nextStart, default: "/var/lib/ptrd",
        """
        The folder of the checkpoints and the dead letters. Without this key, `$STATE_DIRECTORY` goes before the
        default, and a user who cannot write there has `$XDG_STATE_HOME/ptrd` (`~/.local/state/ptrd`).
        """)
    package let onDamage = DaemonOption(
        "state.on_damage", .choice(), .nextStart, default: DamageResponse.stop,
        """
        What ptrd does when it finds the state damaged at the start: `"stop"` is an error that says so;
        `"move_aside"` renames the database, with its log, to `ptrd.sqlite.damaged-` and the time, and begins a
        fresh one: streams begin anew, and the dead letters stay in the file that was moved. Nothing is ever
        deleted, and the state of a later version is never moved.
        """)
    package let maxDeadLetters = DaemonOption(
        "state.max_dead_letters", .integer(1...100_000_000), .live, default: 10_000,
        """
        How many dead letters are kept. For one more, the oldest goes, and is counted
        (`ptrd_dead_letters_evicted_total`).
        """)
    package let maxDeadLetterBytes = DaemonOption(
        "state.max_dead_letter_bytes", .size((64 << 10)...(1 << 40)), .live, default: 256 << 20,
        """
        How many bytes the dead letters may have together. For more, the oldest go; however large, the newest one
        stays.
        """)
    package let deadLetterAge = DaemonOption(
        "state.dead_letter_age", .durationOrOff(.seconds(1)...hours(24 * 3650)), .live, default: nil,
        """
        For how long a dead letter is kept, from when its message was given up. One that is older goes with the next
        write of the state, and is counted like one that had to make room. `"off"` is for ever.
        """)
}

/// What is done at the start when the state is damaged.
package enum DamageResponse: String, Sendable, CaseIterable {
    /// It is an error, and nothing is touched.
    case stop
    /// The file is moved aside, and a fresh one begun.
    case moveAside = "move_aside"
}

/// The control socket (`[control]`).
package struct ControlOptions: OptionGroup {
    package let socket = DaemonOption(
        "control.socket", .absolutePath(maxBytes: 107), .nextStart, default: "/run/ptrd.sock",
        """
        The Unix domain socket that `ptrctl` talks to; its path has at most 107 bytes. Without this key, a user who
        cannot write to /run has `$XDG_RUNTIME_DIR/ptrd.sock`, or else `$RUNTIME_DIRECTORY/ptrd.sock`.
        """)
    package let adminGroup = DaemonOption(
        "control.admin_group", .groupName, .nextStart, default: "ptrd-ctl",
        """
        The group whose members may change something with `ptrctl`, besides root and the user that ptrd runs as.
        Whoever may connect to the socket may read; a smaller group than the socket's makes that one read-only.
        """)
    package let faultInjection = DaemonOption(
        "control.fault_injection", .boolean, .live, default: true,
        "Whether operators may inject crashes through the socket.")
}

/// Where metrics are served beside the control socket (`[metrics]`).
package struct MetricsOptions: OptionGroup {
    package let listen = DaemonOption(
        "metrics.listen", .optional(.listenAddress), .nextStart, default: nil, note: "none: only on the control socket",
        """
        Where `GET /metrics` is served for Prometheus as well, such as `"127.0.0.1:9464"` or `"[::1]:9464"`. There
        is no telling who asks, so an address that is not a loopback one needs `allow_remote = true`.
        """)
    package let allowRemote = DaemonOption(
        "metrics.allow_remote", .boolean, .nextStart, default: false,
        "Whether metrics may be served on an address that other hosts can reach.")
}

/// What is logged (`[log]`).
package struct LogOptions: OptionGroup {
    package let level = DaemonOption(
        "log.level", .choice(), .live, default: LogLevel.info, "The least level that is logged.")
}

/// A level of the log, with the names and the order of swift-log.
package enum LogLevel: String, Sendable, CaseIterable {
    case trace, debug, info, notice, warning, error, critical
}
