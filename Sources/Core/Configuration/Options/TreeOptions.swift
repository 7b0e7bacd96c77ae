/// How many messages may be in process (`[flow]`).
package struct FlowOptions: OptionGroup {
    package let maxInFlight = DaemonOption(
        "flow.max_in_flight", .integer(1...1_000_000), .live, default: 4096,
        """
        How many messages may be in process at once. At this many, reading stops until one is settled. Every
        worker must be able to hold one: `scaling.max` × `scaling.workers_per_supervisor` must not be above it.
        """)
    package let maxInFlightBytes: DaemonOption<Int> = DaemonOption(
        "flow.max_in_flight_bytes", .size((1 << 10)...(1 << 40)), .live,
        defaultsTo: "`\"256MiB\"`, or what the streams' `max_event_bytes` come to if that is more",
        // Who has not set it is to be able to add streams without reading about it.
        { max(256 << 20, $0.streams.reduce(0) { $0 + $1.maxEventBytes }) },
        "How many bytes the messages in process may hold together.")
    package let drainTimeout = DaemonOption(
        "flow.drain_timeout", .duration(.zero...hours(1)), .live, default: .seconds(25),
        "How long ptrd, when it is told to stop, waits for the messages in process.")
    package let maxSpan: DaemonOption<Int> = DaemonOption(
        "flow.max_span", .integer(1...100_000_000), .live, defaultsTo: "4 × `flow.max_in_flight`",
        { 4 * $0.flow.maxInFlight },
        """
        How many messages of one stream may lie between the last one admitted and the end of the longest settled
        prefix, so that one straggler cannot pile up settled messages behind it.
        """)
}

/// How the number of direct supervisors follows the load (`[scaling]`).
package struct ScalingOptions: OptionGroup {
    /// Sizes of the pool count direct supervisors. They say nothing about another size of those, or about workers of another
    /// kind, so they wait for the start with either.
    private static let size = OptionEffect.liveUnlessChanged(["scaling.workers_per_supervisor", "handler.kind"])

    package let min = DaemonOption(
        "scaling.min", .integer(1...10_000), Self.size, default: 1, "The fewest direct supervisors.")
    package let max: DaemonOption<Int> = DaemonOption(
        "scaling.max", .integer(1...10_000), Self.size, defaultsTo: "`64`, or `4` with `handler.kind = \"exec\"`",
        // A process costs some MiB, and 512 of them what a small machine has.
        { $0.handler.kind == .exec ? 4 : 64 },
        "The most direct supervisors.")
    package let workersPerSupervisor = DaemonOption(
        "scaling.workers_per_supervisor", .integer(1...10_000), .nextStart, default: 8,
        "How many workers each direct supervisor has.")
    package let tick = DaemonOption(
        "scaling.tick", .duration(.milliseconds(10)...minutes(1)), .live, default: .milliseconds(250),
        "The time between two decisions about the number of direct supervisors.")
    package let fastWindow = DaemonOption(
        "scaling.fast_window", .duration(.milliseconds(10)...minutes(10)), .live, default: .seconds(2),
        """
        The time over which the load is averaged (R): the rate at which messages come times the time that they take, or,
        so long as that time is not known or is longer than this, the messages in process (the hands of several that they
        make where a worker takes them so).
        """)
    package let beta = DaemonOption(
        "scaling.beta", .number(0...10), .live, default: 1,
        "The slack β: the pool has R + β·√R workers.")
    package let tolerance = DaemonOption(
        "scaling.tolerance", .number(0...1), .live, default: 0.1,
        "How far, as a fraction, the wanted size may pass the present one before the pool grows, or fall short before it shrinks."
    )
    package let holdWindow = DaemonOption(
        "scaling.hold_window", .duration(.zero...hours(24)), .live, default: .seconds(60),
        """
        The longest time for which a direct supervisor is kept that the load does not need any more. It is kept for a twelfth
        of the time that it was needed; for all of this time after the start, and while the time of work is not known.
        """)
    package let coolDown = DaemonOption(
        "scaling.cool_down", .duration(.zero...hours(1)), .live, default: .seconds(2),
        "The least time between a change of the size and the next decision to shrink.")
    package let drainHorizon = DaemonOption(
        "scaling.drain_horizon", .duration(.zero...hours(1)), .live, default: .seconds(1),
        """
        The time in which a backlog should be worked off. The pool grows for a backlog only as far as that takes. With
        `"0s"` each message of it wants a worker at once.
        """)
}

/// What a worker may do with a message (`[workers]`).
package struct WorkersOptions: OptionGroup {
    package let maxAttempts = DaemonOption(
        "workers.max_attempts", .integer(1...100), .live, default: 3,
        "How often a message is handed to a worker before it becomes a dead letter.")
    package let timeout = DaemonOption(
        "workers.timeout", .duration(.milliseconds(1)...hours(24)), .live, default: .seconds(20),
        "How long a worker may take for one message. Longer is a crash.")
    package let maxAbandoned = DaemonOption(
        "workers.max_abandoned", .integer(0...100_000), .nextStart, default: 64,
        """
        How many workers that hang, and were replaced, may hang at once. Nothing but the end of the process frees
        what they hold, so with one more ptrd exits and systemd restarts it.
        """)
    package let killMessage = DaemonOption(
        "workers.kill_message", .textOrNone, .live, default: #"{"message": panic}"#,
        "The message that stops its worker on purpose, byte for byte. `\"\"` is none.")
    package let backoff = Backoff()
    package let retryAfterMax = DaemonOption(
        "workers.retry_after_max", .duration(.zero...hours(24)), .live, default: minutes(5),
        """
        The longest delay that a handler may ask for before a message that has failed is dealt again, in place of the
        backoff, or before it is tried again when what it needs is down.
        """)
    package let balance = DaemonOption(
        "workers.balance", .optional(.choice(of: DealingOrder.self)), .live, default: nil,
        note: #"`"least_loaded"` where a worker takes several hands at once, else `"round_robin"`"#,
        """
        Whom messages are dealt to: `"round_robin"` deals to the direct supervisors that have an idle worker in turn,
        `"least_loaded"` to the worker that has the least in hand.
        """)

    /// The delays before a failed message is dealt again.
    package struct Backoff: OptionGroup {
        package let initial = DaemonOption(
            "workers.backoff.initial", .duration(.zero...hours(1)), .live, default: .milliseconds(100),
            "The delay before a message is dealt again after its first failed attempt. It grows with each.")
        package let max = DaemonOption(
            "workers.backoff.max", .duration(.zero...hours(24)), .live, default: .seconds(10),
            "The longest delay before a message is dealt again.")
    }
}

/// Whom messages are dealt to.
package enum DealingOrder: String, Sendable, CaseIterable {
    /// The direct supervisors in turn.
    case roundRobin = "round_robin"
    /// The worker that has the least in hand.
    case leastLoaded = "least_loaded"
}

/// When intake and dealing pause because most messages fail (`[breaker]`).
package struct BreakerOptions: OptionGroup {
    package let enabled = DaemonOption(
        "breaker.enabled", .boolean, .live, default: true,
        """
        Whether intake and dealing pause when most messages fail, instead of turning the stream into dead letters.
        One message is tried from time to time; when it is done, all goes on.
        """)
    package let threshold = DaemonOption(
        "breaker.threshold", .number(0...1), .live, default: 0.5,
        """
        The share of failed attempts above which the breaker opens. What crashes a worker, fails or takes too long
        counts as failed; kill messages do not count. At 1 it never opens.
        """)
    package let window = DaemonOption(
        "breaker.window", .duration(.milliseconds(100)...hours(1)), .live, default: .seconds(10),
        "The time over which the attempts are counted.")
    package let minimum = DaemonOption(
        "breaker.minimum", .integer(1...1_000_000), .live, default: 20,
        "How many attempts there must be within the window for the breaker to open.")
    package let backoff = Backoff()

    /// The delays before a message is tried.
    package struct Backoff: OptionGroup {
        package let initial = DaemonOption(
            "breaker.backoff.initial", .duration(.milliseconds(1)...hours(1)), .live, default: .seconds(1),
            """
            The time from the opening until one message is tried. It doubles with each trial that fails, and when the
            breaker opens again within its window.
            """)
        package let max = DaemonOption(
            "breaker.backoff.max", .duration(.milliseconds(1)...hours(24)), .live, default: .seconds(60),
            "The longest time until the next trial.")
    }
}

/// The restart budgets of the supervisors (`[supervision]`).
package struct SupervisionOptions: OptionGroup {
    package let directSupervisor = Budget(
        "supervision.direct_supervisor", restarts: 100, within: .seconds(1),
        "How many restarts of its workers a direct supervisor bears in its time.")
    package let mainSupervisor = Budget(
        "supervision.main_supervisor", restarts: 20, within: .seconds(10),
        "How many restarts of direct supervisors the main supervisor bears in its time.")
    package let application = Budget(
        "supervision.application", restarts: 5, within: .seconds(60),
        """
        How many restarts of its children the application supervisor bears in its time. When it gives up,
        ptrd exits and systemd restarts it.
        """)
    package let streamSupervisor = Budget(
        "supervision.stream_supervisor", restarts: 20, within: .seconds(10),
        "How many restarts of streams the stream supervisor bears in its time.")

    /// A supervisor gives up at more than `restarts` restarts within `within`.
    package struct Budget: OptionGroup {
        package let restarts: DaemonOption<Int>
        package let within: DaemonOption<Duration>

        init(_ key: OptionKey, restarts: Int, within: Duration, _ documentation: String) {
            self.restarts = DaemonOption(
                key + "restarts", .integer(0...1_000_000), .nextStart, default: restarts, documentation)
            self.within = DaemonOption(
                key + "within", .duration(.milliseconds(1)...hours(24)), .nextStart, default: within,
                "The time over which its restarts are counted.")
        }
    }
}
