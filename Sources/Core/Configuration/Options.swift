/// Every option there is, in the order of the reference. `all` below is what the files are checked against.
enum Options {
    enum Stream {
        /// The address has no default: the declaration's is what a stream without one gets while its problems are
        /// collected.
        static let url = Option(
            "stream.*.url", .url, default: "", defaultNote: "none; every stream needs one",
            documentation: """
                The stream's address: `http` or `https`, with a host. User information (`user:password@`) is
                refused; secrets come as a credential.
                """)
        static let idleTimeout = Option(
            "stream.*.idle_timeout", .durationOrOff(.milliseconds(10)...week), default: .seconds(60),
            documentation: """
                After this long without a byte (comments count) the connection is given up as dead and made anew.
                `"0s"` or `"off"` waits for ever.
                """)
        static let connectTimeout = Option(
            "stream.*.connect_timeout", .duration(.milliseconds(10)...minutes(10)), default: .seconds(10),
            documentation: """
                How long it may take to look up the name, to connect and to agree on TLS, together. The next try is always a
                new connection.
                """)
        static let responseTimeout = Option(
            "stream.*.response_timeout", .optional(.limit(.milliseconds(10)...week)), default: nil,
            defaultNote: "as long as `connect_timeout`",
            documentation: """
                How long the server may take to answer once the connection stands. `"0s"` or `"off"` waits for ever, for
                a server that answers with its first event.
                """)
        static let downAfter = Option(
            "stream.*.down_after", .duration(.zero...hours(24)), default: .seconds(60),
            documentation: """
                How long the stream may be down before that is a problem, which makes ptrd degraded; the wait that follows a
                regular end does not count. And how long the server may refuse the position of the stream with 400, 404 or
                410, which it also does while it is being deployed, before it is tried whether the stream opens without it.
                """)
        static let maxEventBytes = Option(
            "stream.*.max_event_bytes", .size(64...(1 << 30)), default: 16 << 20,
            documentation: """
                The largest event. The sum of all streams' must not be above `flow.max_in_flight_bytes`, so that each
                stream can hold its largest event.
                """)
        static let reconnectInitial = Option(
            "stream.*.reconnect.initial", .duration(.milliseconds(1)...hours(1)), default: .seconds(3),
            documentation: """
                The delay after the first lost connection, until the server sends another (`retry:`). It grows with each
                further loss, with jitter.
                """)
        static let reconnectMax = Option(
            "stream.*.reconnect.max", .duration(.milliseconds(1)...hours(24)), default: .seconds(60),
            documentation: "The longest delay before the next attempt, where the server does not ask for a longer one.")
        static let reconnectServerMax = Option(
            "stream.*.reconnect.server_max", .duration(.milliseconds(1)...week), default: hours(1),
            documentation: "The longest delay that the server can ask for, by `retry:` or `Retry-After`.")
        static let onRefusal = Option(
            "stream.*.on_refusal", .choice(), default: RefusalResponse.retry,
            documentation: """
                What is done when the server answers with something other than an event stream. `"retry"` tries again, with
                growing delays; only 204, the server's word for stop, and a redirect loop are final. `"stop"` ends the
                stream, but for answers that ask to come again: 408, 421, 425, any with `Retry-After`, and, unless
                `retry_server_errors` is false, 429 and 5xx.
                """)
        static let retryServerErrors = Option(
            "stream.*.retry_server_errors", .boolean, default: true,
            documentation: """
                Whether an answer of 5xx or 429 is tried again like a lost connection. If not, it ends the stream, as
                the standard has it; `on_refusal = "retry"` beside it is an error.
                """)
        static let headers = Option(
            "stream.*.headers", .headers, default: [:], defaultNote: "none",
            documentation: """
                Additional request headers, such as `{ Accept-Language = "en" }`. Headers that carry secrets, and those
                that ptrd sets itself, are refused.
                """)
        static let bearerCredential = Option(
            "stream.*.bearer_credential", .optional(.credentialName), default: nil, defaultNote: "none",
            documentation: """
                The name of a credential that holds a bearer token for the stream. systemd hands it over by
                `LoadCredential=NAME:PATH` in the unit; it is read for each connection, so a file that was replaced
                takes effect at the next restart of the service. Without it ptrd does not start.
                """)
        static let initialEventID = Option(
            "stream.*.initial_event_id", .optional(.eventID), default: nil, defaultNote: "none",
            documentation: """
                The event id to begin after while the stream has no position: at its first start, and after
                `ptrctl streams forget`. Without it, the first connection asks for no id. Another one by a reload
                moves no stream to which something has come.
                """)
        static let maxIDBytes = Option(
            "stream.*.max_id_bytes", .size(16...(64 << 10)), default: 8 << 10,
            documentation: """
                The longest event id that is sent back to the server, which may refuse a longer header. After a
                longer one, the stream goes on from the last id that fits, and what came since is sent again.
                """)
        static let positionIgnoresQuery = Option(
            "stream.*.position_ignores_query", .parameterNames, default: [], defaultNote: "none",
            documentation: """
                Names of parameters in the query of `url` that do not say what the stream brings, such as
                `["token"]`. With another value of any other parameter it is another stream, and does not go on from
                the position of the old one. A name is to be added before its value changes, or in the same reload,
                and removed by a reload.
                """)
    }

    enum Flow {
        static let maxInFlight = Option(
            "flow.max_in_flight", .integer(1...1_000_000), default: 4096,
            documentation: """
                How many messages may be in process at once. At this many, reading stops until one is settled. Every
                worker must be able to hold one: `scaling.max` × `scaling.workers_per_supervisor` must not be above it.
                """)
        static let maxInFlightBytes = Option(
            "flow.max_in_flight_bytes", .size((1 << 10)...(1 << 40)), default: 256 << 20,
            defaultNote: "`\"256MiB\"`, or what the streams' `max_event_bytes` come to if that is more",
            documentation: "How many bytes the messages in process may hold together.")
        static let drainTimeout = Option(
            "flow.drain_timeout", .duration(.zero...hours(1)), default: .seconds(25),
            documentation: "How long ptrd, when it is told to stop, waits for the messages in process.")
        static let maxSpan = Option(
            "flow.max_span", .optional(.integer(1...100_000_000)), default: nil,
            defaultNote: "4 × `flow.max_in_flight`",
            documentation: """
                How many messages of one stream may lie between the last one admitted and the end of the longest settled
                prefix, so that one straggler cannot pile up settled messages behind it.
                """)
    }

    enum Scaling {
        static let min = Option(
            "scaling.min", .integer(1...10_000), default: 1, documentation: "The fewest direct supervisors.")
        static let max = Option(
            "scaling.max", .integer(1...10_000), default: 64, documentation: "The most direct supervisors.")
        static let workersPerSupervisor = Option(
            "scaling.workers_per_supervisor", .integer(1...10_000), default: 8,
            documentation: "How many workers each direct supervisor has.")
        static let tick = Option(
            "scaling.tick", .duration(.milliseconds(10)...minutes(1)), default: .milliseconds(250),
            documentation: "The time between two decisions about the number of direct supervisors.")
        static let fastWindow = Option(
            "scaling.fast_window", .duration(.milliseconds(10)...minutes(10)), default: .seconds(2),
            documentation: """
                The time over which the load is averaged (R): the messages in process, or the hands of several that they make
                where a worker takes them so.
                """)
        static let beta = Option(
            "scaling.beta", .number(0...10), default: 1,
            documentation: "The slack β: the pool has R + β·√R workers.")
        static let tolerance = Option(
            "scaling.tolerance", .number(0...1), default: 0.1,
            documentation: "How far, as a fraction, the wanted size may pass the present one before the pool grows.")
        static let holdWindow = Option(
            "scaling.hold_window", .duration(.zero...hours(24)), default: .seconds(60),
            documentation: "The pool is not made smaller than the largest size that was wanted within this time.")
        static let coolDown = Option(
            "scaling.cool_down", .duration(.zero...hours(1)), default: .seconds(5),
            documentation: "The least time between two decisions to shrink.")
        static let drainHorizon = Option(
            "scaling.drain_horizon", .optional(.duration(.milliseconds(1)...hours(1))), default: nil,
            defaultNote: "none: a backlog counts as load",
            documentation: """
                The time in which a backlog should be worked off. With it, the pool grows for a backlog only as far as
                that takes.
                """)
    }

    enum Workers {
        static let maxAttempts = Option(
            "workers.max_attempts", .integer(1...100), default: 3,
            documentation: "How often a message is handed to a worker before it becomes a dead letter.")
        static let timeout = Option(
            "workers.timeout", .duration(.milliseconds(1)...hours(24)), default: .seconds(20),
            documentation: "How long a worker may take for one message. Longer is a crash.")
        static let maxAbandoned = Option(
            "workers.max_abandoned", .integer(0...100_000), default: 64,
            documentation: """
                How many workers that hang, and were replaced, may hang at once. Nothing but the end of the process frees
                what they hold, so with one more ptrd exits and systemd restarts it.
                """)
        static let killMessage = Option(
            "workers.kill_message", .textOrNone, default: #"{"message": panic}"#,
            documentation: "The message that stops its worker on purpose, byte for byte. `\"\"` is none.")
        static let backoffInitial = Option(
            "workers.backoff.initial", .duration(.zero...hours(1)), default: .milliseconds(100),
            documentation:
                "The delay before a message is dealt again after its first failed attempt. It grows with each.")
        static let backoffMax = Option(
            "workers.backoff.max", .duration(.zero...hours(24)), default: .seconds(10),
            documentation: "The longest delay before a message is dealt again.")
        static let retryAfterMax = Option(
            "workers.retry_after_max", .duration(.zero...hours(24)), default: minutes(5),
            documentation: """
                The longest delay that a handler may ask for before a message that has failed is dealt again, in place of the
                backoff, or before it is tried again when what it needs is down.
                """)
        static let balance = Option(
            "workers.balance", .optional(.choice() as ValueType<DealingOrder>), default: nil,
            defaultNote: #"`"least_loaded"` where a worker takes several hands at once, else `"round_robin"`"#,
            documentation: """
                Whom messages are dealt to: `"round_robin"` deals to the direct supervisors that have an idle worker in turn,
                `"least_loaded"` to the worker that has the least in hand.
                """)
    }

    enum Breaker {
        static let enabled = Option(
            "breaker.enabled", .boolean, default: true,
            documentation: """
                Whether intake and dealing pause when most messages fail, instead of turning the stream into dead letters.
                One message is tried from time to time; when it is done, all goes on.
                """)
        static let threshold = Option(
            "breaker.threshold", .number(0...1), default: 0.5,
            documentation: """
                The share of failed attempts above which the breaker opens. What crashes a worker, fails or takes too long
                counts as failed; kill messages do not count. At 1 it never opens.
                """)
        static let window = Option(
            "breaker.window", .duration(.milliseconds(100)...hours(1)), default: .seconds(10),
            documentation: "The time over which the attempts are counted.")
        static let minimum = Option(
            "breaker.minimum", .integer(1...1_000_000), default: 20,
            documentation: "How many attempts there must be within the window for the breaker to open.")
        static let backoffInitial = Option(
            "breaker.backoff.initial", .duration(.milliseconds(1)...hours(1)), default: .seconds(1),
            documentation: """
                The time from the opening until one message is tried. It doubles with each trial that fails, and when the
                breaker opens again within its window.
                """)
        static let backoffMax = Option(
            "breaker.backoff.max", .duration(.milliseconds(1)...hours(24)), default: .seconds(60),
            documentation: "The longest time until the next trial.")
    }

    enum Supervision {
        static let directSupervisor = BudgetOptions(
            "supervision.direct_supervisor", restarts: 100, within: .seconds(1),
            documentation: "How many restarts of its workers a direct supervisor bears in its time.")
        static let mainSupervisor = BudgetOptions(
            "supervision.main_supervisor", restarts: 20, within: .seconds(10),
            documentation: "How many restarts of direct supervisors the main supervisor bears in its time.")
        static let application = BudgetOptions(
            "supervision.application", restarts: 5, within: .seconds(60),
            documentation: """
                How many restarts of its children the application supervisor bears in its time. When it gives up,
                ptrd exits and systemd restarts it.
                """)
        static let streamSupervisor = BudgetOptions(
            "supervision.stream_supervisor", restarts: 20, within: .seconds(10),
            documentation: "How many restarts of streams the stream supervisor bears in its time.")
    }

    enum Handler {
        static let kind = Option(
            "handler.kind",
            .choice(refused: [
                "exec": Faults("\"exec\" is not in this version, which has only \"print\"", mend: "write \"print\"")
            ]),
            default: HandlerKind.print, documentation: "What is done with a message. This version has only `\"print\"`."
        )
    }

    enum Print {
        static let to = Option(
            "handler.print.to", .printDestination, default: .stdout,
            documentation: "Where messages are printed: `\"stdout\"`, `\"journal\"`, or a file by its absolute path.")
        static let format = Option(
            "handler.print.format", .optional(.printFormat), default: nil, defaultNote: "none: all of the message",
            documentation: """
                What is printed of a message: text with paths from the root of its JSON, such as
                `"{wiki}: {title} by {user}"`, or `"{message.tweet.text}"` where an object is called `message`. A component
                of digits, or one in brackets (`hashtags[0]`), is an index; a name with other characters than letters, digits,
                `_` and `-` stands in quotes (`{a.'b c'}`). `{@event}`, `{@id}`, `{@stream}`, `{@sequence}`, `{@received}`
                (UTC) and `{@data}` are the event's own. `{path|text}` has a default for what is missing or null;
                `{path:hash16}` is a hash in 16 hexadecimal digits (FNV-1a). `{{` and `}}` are braces. Where there are
                paths, data that is no JSON is printed as it came.
                """)
        static let simulatedWorkMin = Option(
            "handler.print.simulated_work.min", .optional(.duration(.zero...hours(1))), default: nil,
            defaultNote: "none",
            documentation: "The shortest time to pretend to work on a message. The times are normally distributed.")
        static let simulatedWorkMax = Option(
            "handler.print.simulated_work.max", .optional(.duration(.zero...hours(1))), default: nil,
            defaultNote: "none",
            documentation: "The longest time to pretend to work on a message.")
    }

    enum State {
        static let directory = Option(
            "state.directory", .absolutePath(maxBytes: 4000), default: "/var/lib/ptrd",
            documentation: """
                The folder of the checkpoints and the dead letters. Without this key, `$STATE_DIRECTORY` goes before the
                default, and a user who cannot write there has `$XDG_STATE_HOME/ptrd` (`~/.local/state/ptrd`).
                """)
        static let onDamage = Option(
            "state.on_damage", .choice(), default: DamageResponse.stop,
            documentation: """
                What ptrd does when it finds the state damaged at the start: `"stop"` is an error that says so;
                `"move_aside"` renames the database, with its log, to `ptrd.sqlite.damaged-` and the time, and begins a
                fresh one: streams begin anew, and the dead letters stay in the file that was moved. Nothing is ever
                deleted, and the state of a later version is never moved.
                """)
    }

    enum DeadLetters {
        static let count = Option(
            "state.max_dead_letters", .integer(1...100_000_000), default: 10_000,
            documentation: """
                How many dead letters are kept. For one more, the oldest goes, and is counted
                (`ptrd_dead_letters_evicted_total`).
                """)
        static let bytes = Option(
            "state.max_dead_letter_bytes", .size((64 << 10)...(1 << 40)), default: 256 << 20,
            documentation: """
                How many bytes the dead letters may have together. For more, the oldest go; however large, the newest one
                stays.
                """)
        static let age = Option(
            "state.dead_letter_age", .durationOrOff(.seconds(1)...hours(24 * 3650)), default: nil,
            documentation: """
                For how long a dead letter is kept, from when its message was given up. One that is older goes with the next
                write of the state, and is counted like one that had to make room. `"off"` is for ever.
                """)
    }

    enum Control {
        static let socket = Option(
            "control.socket", .absolutePath(maxBytes: 107), default: "/run/ptrd.sock",
            documentation: """
                The Unix domain socket that `ptrctl` talks to; its path has at most 107 bytes. Without this key, a user who
                cannot write to /run has `$XDG_RUNTIME_DIR/ptrd.sock`, or else `$RUNTIME_DIRECTORY/ptrd.sock`.
                """)
        static let adminGroup = Option(
            "control.admin_group", .groupName, default: "ptrd-ctl",
            documentation: """
                The group whose members may change something with `ptrctl`, besides root and the user that ptrd runs as.
                Whoever may connect to the socket may read; a smaller group than the socket's makes that one read-only.
                """)
        static let faultInjection = Option(
            "control.fault_injection", .boolean, default: true,
            documentation: "Whether operators may inject crashes through the socket.")
    }

    enum Metrics {
        static let listen = Option(
            "metrics.listen", .optional(.listenAddress), default: nil, defaultNote: "none: only on the control socket",
            documentation: """
                Where `GET /metrics` is served for Prometheus as well, such as `"127.0.0.1:9464"` or `"[::1]:9464"`. There
                is no telling who asks, so an address that is not a loopback one needs `allow_remote = true`.
                """)
        static let allowRemote = Option(
            "metrics.allow_remote", .boolean, default: false,
            documentation: "Whether metrics may be served on an address that other hosts can reach.")
    }

    enum Log {
        static let level = Option(
            "log.level", .choice(), default: LogLevel.info, documentation: "The least level that is logged.")
    }

    static let all: [any DeclaredOption] = [
        Stream.url, Stream.idleTimeout, Stream.connectTimeout, Stream.responseTimeout, Stream.downAfter,
        Stream.maxEventBytes, Stream.reconnectInitial, Stream.reconnectMax, Stream.reconnectServerMax, Stream.onRefusal,
        Stream.retryServerErrors, Stream.headers, Stream.bearerCredential,
        Stream.initialEventID, Stream.maxIDBytes, Stream.positionIgnoresQuery,
        Flow.maxInFlight, Flow.maxInFlightBytes, Flow.drainTimeout, Flow.maxSpan,
        Scaling.min, Scaling.max, Scaling.workersPerSupervisor, Scaling.tick, Scaling.fastWindow, Scaling.beta,
        Scaling.tolerance, Scaling.holdWindow, Scaling.coolDown, Scaling.drainHorizon,
        Workers.maxAttempts, Workers.timeout, Workers.maxAbandoned, Workers.killMessage, Workers.backoffInitial,
        Workers.backoffMax, Workers.retryAfterMax, Workers.balance,
        Breaker.enabled, Breaker.threshold, Breaker.window, Breaker.minimum, Breaker.backoffInitial, Breaker.backoffMax,
        Supervision.directSupervisor.restarts, Supervision.directSupervisor.within,
        Supervision.mainSupervisor.restarts, Supervision.mainSupervisor.within,
        Supervision.application.restarts, Supervision.application.within,
        Supervision.streamSupervisor.restarts, Supervision.streamSupervisor.within,
        Handler.kind, Print.to, Print.format, Print.simulatedWorkMin, Print.simulatedWorkMax,
        State.directory, State.onDamage,
        DeadLetters.count, DeadLetters.bytes, DeadLetters.age, Control.socket, Control.adminGroup,
        Control.faultInjection, Metrics.listen,
        Metrics.allowRemote, Log.level,
    ]

    private static let week = hours(7 * 24)

    private static func minutes(_ count: Int) -> Duration { .seconds(60 * count) }

    private static func hours(_ count: Int) -> Duration { .seconds(3600 * count) }
}

/// The two options of a restart budget.
struct BudgetOptions: Sendable {
    let restarts: Option<Int>
    let within: Option<Duration>

    init(_ key: OptionKey, restarts: Int, within: Duration, documentation: String) {
        self.restarts = Option(
            key + "restarts", .integer(0...1_000_000), default: restarts,
            documentation: documentation)
        self.within = Option(
            key + "within", .duration(.milliseconds(1)...(.seconds(24 * 3600))), default: within,
            documentation: "The time over which its restarts are counted.")
    }

    var defaultValue: RestartBudget {
        RestartBudget(restarts: restarts.defaultValue, within: within.defaultValue)
    }
}
