import CoreMetrics
import Flow
import Ledger
import Locking
import Supervision
import Tree

/// What the tree measures, by way of swift-metrics. Names and units are Prometheus's: base units, `_total` for counters.
///
/// What happens seldom is counted when it happens, the time of executions batch by batch. Everything else is kept by the
/// tree anyway, and brought up to date when somebody asks (``Observation/updateMetrics(_:)``), so that it costs nothing.
public final class PipelineMetrics: Sendable {
    /// What each metric means, by its name, for exporters that say so.
    public static let descriptions: [String: String] = [
        "ptrd_messages_received_total": "Messages that were received, filtered ones included.",
        "ptrd_filtered_total": "Messages that a filter did not let pass; they count as processed.",
        "ptrd_messages_total": "Messages that were settled, by what became of them.",
        "ptrd_messages_retried_total": "Attempts after the first, begun because an earlier one failed.",
        "ptrd_messages_in_flight": "Messages that were admitted and are not settled.",
        "ptrd_messages_in_flight_bytes": "What the messages in flight hold in memory.",
        "ptrd_messages_delayed": "Messages in flight that wait out a backoff.",
        "ptrd_late_outcomes_total": "Outcomes of replaced or abandoned workers, which were ignored.",
        "ptrd_workers": "Living workers, by state.",
        "ptrd_worker_exits_total": "Processes of workers that have ended, by cause.",
        "ptrd_worker_spawn_seconds": "The time that starting a process of a worker took.",
        "ptrd_worker_answers_out_of_order_total": "Answers of workers that came before that of an older message.",
        "ptrd_worker_stderr_lines_dropped_total": "Lines of workers' standard error that were left out of the log.",
        "ptrd_workers_abandoned": "Parts of the tree that hang, were replaced, and still run.",
        "ptrd_direct_supervisors": "Living direct supervisors.",
        "ptrd_direct_supervisors_target": "The number of direct supervisors that is aimed at.",
        "ptrd_restarts_total": "Parts of the tree that were started again.",
        "ptrd_restarts_by_cause_total": "Parts of the tree that were started again, by the cause of the end before.",
        "ptrd_crashes_total": "Crashes of parts of the tree, by cause.",
        "ptrd_crashes_last_minute": "Crashes in the last minute.",
        "ptrd_scale_decisions_total": "Decisions of the autoscaler, by reason.",
        "ptrd_stream_state": "1 for the state that a stream is in, 0 for the others.",
        "ptrd_stream_down_seconds": "How long a stream has been down; 0 while it is open.",
        "ptrd_stream_repeated_events_total":
            "Events of a stream that the server sent again over a new connection, recognised and left out.",
        "ptrd_stream_refused_positions_total": "How often a server would not go on after the id it was asked with.",
        "ptrd_stream_reconnects_total": "Connections of a stream after its first.",
        "ptrd_stream_received_bytes_total": "Bytes received from a stream, framing included, decoded.",
        "ptrd_stream_compressed_bytes_total": "Bytes that came for what a stream sent compressed.",
        "ptrd_stream_events_total": "Events received from a stream.",
        "ptrd_stream_skipped_events_total": "Events of a stream that were larger than allowed and left out.",
        "ptrd_stream_filtered_total": "Messages of a stream that its filter did not let pass.",
        "ptrd_source_pending": "Messages of a source's consumer that the broker has delivered to nobody yet.",
        "ptrd_source_ack_pending":
            "Messages of a source's consumer that the broker has delivered, to any machine, and that are not acknowledged.",
        "ptrd_source_oldest_seconds": "How old the oldest message is that the stream of a source holds; 0 without one.",
        "ptrd_source_held": "Messages of a source that this ptrd was delivered and has not acknowledged.",
        "ptrd_source_redelivered_total":
            "Deliveries of a source to this ptrd that were not the first of their message.",
        "ptrd_execution_seconds": "The time that workers spent on a message that was done.",
        "ptrd_latency_percentile_seconds": "From receipt to done, over the last 30 to 40 seconds, by percentile.",
        "ptrd_dead_letters_stored": "Dead letters in the store.",
        "ptrd_dead_letters_waiting": "Dead letters that wait to be stored.",
        "ptrd_dead_letters_dropped_total": "Dead letters that were lost because they could neither be stored nor kept.",
        "ptrd_dead_letters_evicted_total": "Dead letters that had to go for later ones.",
        "ptrd_breaker_open": "1 while the circuit breaker is not closed, else 0.",
        "ptrd_state_write_failing": "1 while the state cannot be written, else 0.",
        "ptrd_problems": "What is wrong at the moment, by kind; the daemon is degraded while one is not 0.",
        "ptrd_uptime_seconds": "The time since the tree was made.",
    ]

    private let factory: any MetricsFactory
    private let execution: CoreMetrics.Timer
    private let spawning: CoreMetrics.Timer
    private let answersOutOfOrder: Counter
    private let droppedLines: Counter
    /// What counters that mirror a total have been raised to.
    private let totals = Locked<[String: UInt64]>([:])
    private let crashRate = Locked(CrashRate())
    /// The streams that have series.
    private let streams = Locked<Set<String>>([])

    package init(_ factory: any MetricsFactory) {
        self.factory = factory
        execution = CoreMetrics.Timer(label: "ptrd_execution_seconds", dimensions: [], factory: factory)
        spawning = CoreMetrics.Timer(label: "ptrd_worker_spawn_seconds", dimensions: [], factory: factory)
        answersOutOfOrder = Counter(label: "ptrd_worker_answers_out_of_order_total", dimensions: [], factory: factory)
        droppedLines = Counter(label: "ptrd_worker_stderr_lines_dropped_total", dimensions: [], factory: factory)
        for cause in BodyExitCause.names { count("ptrd_worker_exits_total", [("cause", cause)], by: 0) }
        for cause in CrashRecord.Cause.all {
            count("ptrd_crashes_total", [("cause", cause.rawValue)], by: 0)
            count("ptrd_restarts_by_cause_total", [("cause", cause.rawValue)], by: 0)
        }
        for reason in ScalingDecision.Reason.allCases {
            count("ptrd_scale_decisions_total", [("reason", reason.rawValue)], by: 0)
        }
    }

    // MARK: - When it happens

    func crashed(_ cause: CrashRecord.Cause, at now: Duration) {
        count("ptrd_crashes_total", [("cause", cause.rawValue)])
        crashRate.withLock { $0.record(at: now) }
    }

    func restarted(_ cause: CrashRecord.Cause) {
        count("ptrd_restarts_by_cause_total", [("cause", cause.rawValue)])
    }

    func decided(_ reason: ScalingDecision.Reason) {
        count("ptrd_scale_decisions_total", [("reason", reason.rawValue)])
    }

    func executed(_ durations: DurationRuns) {
        for run in durations.runs {
            let nanoseconds = run.duration.inNanoseconds
            for _ in 0..<run.count { execution.recordNanoseconds(nanoseconds) }
        }
    }

    func spawned(in duration: Duration) { spawning.recordNanoseconds(duration.inNanoseconds) }

    func exited(_ exit: BodyExit?, _ cause: BodyExitCause) {
        count("ptrd_worker_exits_total", [("cause", cause.name(of: exit))])
    }

    func answeredOutOfOrder(_ answers: Int) { answersOutOfOrder.increment(by: answers) }

    func droppedErrorLines(_ lines: Int) { droppedLines.increment(by: lines) }

    // MARK: - When somebody asks

    func update(_ status: ApplicationStatus, isBreakerClosed: Bool, at now: Duration) {
        let messages = status.messages
        raise("ptrd_messages_received_total", to: messages.received)
        raise("ptrd_messages_total", [("outcome", "processed")], to: messages.processed)
        raise("ptrd_messages_total", [("outcome", "killed")], to: messages.killed)
        raise("ptrd_messages_total", [("outcome", "dead_lettered")], to: messages.deadLettered)
        raise("ptrd_messages_retried_total", to: messages.retried)
        raise("ptrd_filtered_total", to: messages.filtered)
        raise("ptrd_late_outcomes_total", to: messages.lateOutcomes)
        raise("ptrd_restarts_total", to: status.restarts)
        set("ptrd_messages_in_flight", to: messages.inFlight)
        set("ptrd_messages_in_flight_bytes", to: messages.inFlightBytes)
        set("ptrd_messages_delayed", to: messages.delayed)
        set("ptrd_workers", [("state", "busy")], to: status.busyWorkers)
        set("ptrd_workers", [("state", "backing_off")], to: status.backingOffWorkers)
        set("ptrd_workers", [("state", "starting")], to: status.startingWorkers)
        set("ptrd_workers", [("state", "stopping")], to: status.stoppingWorkers)
        set(
            "ptrd_workers", [("state", "idle")],
            to: max(
                0,
                status.workers - status.busyWorkers - status.backingOffWorkers - status.startingWorkers
                    - status.stoppingWorkers))
        set("ptrd_workers_abandoned", to: status.abandoned)
        set("ptrd_direct_supervisors", to: status.directSupervisors)
        set("ptrd_direct_supervisors_target", to: status.scaling.target)
        set("ptrd_crashes_last_minute", to: crashRate.withLock { $0.lastMinute(at: now) })
        set("ptrd_breaker_open", to: isBreakerClosed ? 0 : 1)
        set("ptrd_dead_letters_stored", to: status.storage.deadLetters)
        set("ptrd_dead_letters_waiting", to: status.storage.waiting)
        raise("ptrd_dead_letters_dropped_total", to: UInt64(status.storage.dropped))
        raise("ptrd_dead_letters_evicted_total", to: UInt64(status.storage.evicted))
        set("ptrd_state_write_failing", to: status.storage.lastWriteError == nil ? 0 : 1)
        for kind in ApplicationStatus.Problem.Kind.allCases {
            set("ptrd_problems", [("kind", kind.rawValue)], to: status.problems.count { $0.kind == kind })
        }
        gauge("ptrd_uptime_seconds").record(status.uptime / .seconds(1))
        let latency = status.latency
        for (percentile, milliseconds) in [
            ("50", latency.p50), ("75", latency.p75), ("90", latency.p90), ("95", latency.p95), ("99", latency.p99),
        ] {
            gauge("ptrd_latency_percentile_seconds", [("percentile", percentile)]).record(milliseconds / 1000)
        }
        for stream in status.streams { update(stream) }
        let names = Set(status.streams.map(\.name))
        let gone = streams.withLock { streams in
            defer { streams = names }
            return streams.subtracting(names)
        }
        for name in gone { forget(name) }
    }

    /// The counters that each stream has.
    private static let streamCounters: [(label: String, count: @Sendable (StreamStatus) -> UInt64)] = [
        ("ptrd_stream_reconnects_total", { $0.reconnects }), ("ptrd_stream_received_bytes_total", { $0.bytes }),
        ("ptrd_stream_compressed_bytes_total", { $0.compressedBytes }),
        ("ptrd_stream_events_total", { $0.events }), ("ptrd_stream_skipped_events_total", { $0.skipped }),
        ("ptrd_stream_repeated_events_total", { $0.repeated }), ("ptrd_stream_filtered_total", { $0.filtered }),
        ("ptrd_stream_refused_positions_total", { $0.refusedPositions }),
    ]

    private static let sourceGauges: [(label: String, value: @Sendable (BrokerStatus) -> Double)] = [
        ("ptrd_source_pending", { Double($0.pending) }), ("ptrd_source_ack_pending", { Double($0.ackPending) }),
        ("ptrd_source_oldest_seconds", { ($0.oldest ?? .zero) / .seconds(1) }),
        ("ptrd_source_held", { Double($0.held) }),
    ]
    private static let redelivered = "ptrd_source_redelivered_total"

    private func update(_ stream: StreamStatus) {
        let name = ("stream", stream.name)
        for (label, count) in Self.streamCounters { raise(label, [name], to: count(stream)) }
        if let broker = stream.broker {
            for (label, value) in Self.sourceGauges { gauge(label, [name]).record(value(broker)) }
            raise(Self.redelivered, [name], to: broker.redelivered)
            // That there is one, for its end.
            totals.withLock { $0[key(Self.redelivered, [name]), default: 0] += 0 }
        }
        gauge("ptrd_stream_down_seconds", [name]).record((stream.downFor ?? .zero) / .seconds(1))
        for state in StreamStatus.State.allCases {
            set("ptrd_stream_state", [name, ("state", state.rawValue)], to: stream.state == state ? 1 : 0)
        }
    }

    /// A stream that was removed has no series: an alert on one of them would never end. If it is added again, its counters
    /// come back where they were, for the intake goes on counting by name.
    private func forget(_ stream: String) {
        let name = ("stream", stream)
        for (label, _) in Self.streamCounters {
            totals.withLock { $0[key(label, [name])] = nil }
            Counter(label: label, dimensions: [name], factory: factory).destroy()
        }
        gauge("ptrd_stream_down_seconds", [name]).destroy()
        if totals.withLock({ $0.removeValue(forKey: key(Self.redelivered, [name])) }) != nil {
            Counter(label: Self.redelivered, dimensions: [name], factory: factory).destroy()
            for (label, _) in Self.sourceGauges { gauge(label, [name]).destroy() }
        }
        for state in StreamStatus.State.allCases {
            gauge("ptrd_stream_state", [name, ("state", state.rawValue)]).destroy()
        }
    }

    // MARK: - The ways of measuring

    private func count(_ label: String, _ dimensions: [(String, String)], by amount: Int64 = 1) {
        Counter(label: label, dimensions: dimensions, factory: factory).increment(by: amount)
    }

    /// Raises a counter to a total that is kept elsewhere, and never falls. Of two who ask at once, one may bring the older
    /// total after the newer one: that is none.
    private func raise(_ label: String, _ dimensions: [(String, String)] = [], to total: UInt64) {
        let added = totals.withLock { totals in
            let before = totals[key(label, dimensions)] ?? 0
            guard total > before else { return UInt64(0) }
            totals[key(label, dimensions)] = total
            return total - before
        }
        count(label, dimensions, by: Int64(clamping: added))
    }

    private func key(_ label: String, _ dimensions: [(String, String)]) -> String {
        dimensions.reduce(label) { $0 + "\u{0}" + $1.1 }
    }

    private func set(_ label: String, _ dimensions: [(String, String)] = [], to value: Int) {
        gauge(label, dimensions).record(value)
    }

    private func gauge(_ label: String, _ dimensions: [(String, String)] = []) -> Gauge {
        Gauge(label: label, dimensions: dimensions, factory: factory)
    }
}

extension BodyExitCause {
    /// All that ``name(of:)`` may be.
    fileprivate static let names =
        ["exit_zero", "exit_nonzero", "signal", "unknown"] + allCases.dropFirst().map(\.rawValue)

    /// Its name as a label: of one that ended by itself, how it did.
    fileprivate func name(of exit: BodyExit?) -> String {
        guard self == .own else { return rawValue }
        return switch exit {
        case .status(0)?: "exit_zero"
        case .status?: "exit_nonzero"
        case .signal?: "signal"
        case nil: "unknown"
        }
    }
}

extension Duration {
    /// In whole nanoseconds; what is longer than 292 years is that.
    fileprivate var inNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? .max : product + attoseconds / 1_000_000_000
    }
}
