/// One option of a running daemon: how two of its values are compared, and when a new one takes effect.
///
/// `Owner` is what has the value: the configuration, or a stream of it.
struct Setting<Owner: Sendable>: Sendable {
    enum Effect: Sendable {
        /// A reload applies it.
        case live
        /// It is fixed at the start.
        case nextStart
    }

    let key: OptionKey
    let effect: Effect
    /// What the values would be written as, if they differ; nil if they do not.
    let difference: @Sendable (Owner, Owner) -> (before: String?, after: String?)?
    /// The value as it would be written, and whether it is the default.
    let inForce: @Sendable (Owner) -> (value: String?, isDefault: Bool)

    init<Value: Equatable & Sendable>(
        _ option: Option<Value>, _ effect: Effect, _ value: @escaping @Sendable (Owner) -> Value
    ) {
        key = option.key
        self.effect = effect
        difference = { old, new in
            let (before, after) = (value(old), value(new))
            return before == after ? nil : (option.type.write(before), option.type.write(after))
        }
        inForce = { owner in
            let value = value(owner)
            return (option.type.write(value), value == option.defaultValue)
        }
    }
}

/// Every option there is, once (which a test holds against `Options.all`): what is not here would be ignored by a reload
/// without a word.
enum Settings {
    static let ofStream: [Setting<StreamConfiguration>] = [
        Setting(Options.Stream.url, .live) { $0.url },
        Setting(Options.Stream.idleTimeout, .live) { $0.idleTimeout },
        Setting(Options.Stream.connectTimeout, .live) { $0.connectTimeout },
        Setting(Options.Stream.responseTimeout, .live) { $0.responseTimeout },
        Setting(Options.Stream.downAfter, .live) { $0.downAfter },
        Setting(Options.Stream.maxEventBytes, .live) { $0.maxEventBytes },
        Setting(Options.Stream.reconnectInitial, .live) { $0.reconnect.initial },
        Setting(Options.Stream.reconnectMax, .live) { $0.reconnect.max },
        Setting(Options.Stream.reconnectServerMax, .live) { $0.reconnectServerMax },
        Setting(Options.Stream.onRefusal, .live) { $0.onRefusal },
        Setting(Options.Stream.retryServerErrors, .live) { $0.retryServerErrors },
        Setting(Options.Stream.headers, .live) { $0.headers },
        Setting(Options.Stream.bearerCredential, .live) { $0.bearerCredential },
        Setting(Options.Stream.initialEventID, .live) { $0.initialEventID },
        Setting(Options.Stream.maxIDBytes, .live) { $0.maxIDBytes },
        Setting(Options.Stream.positionIgnoresQuery, .live) { $0.positionIgnoresQuery },
    ]

    static let ofAll: [Setting<Configuration>] =
        [
            Setting(Options.Flow.maxInFlight, .live) { $0.flow.maxInFlight },
            Setting(Options.Flow.maxInFlightBytes, .live) { $0.flow.maxInFlightBytes },
            Setting(Options.Flow.drainTimeout, .live) { $0.flow.drainTimeout },
            Setting(Options.Flow.maxSpan, .live) { $0.flow.maxSpan },
        ] + ofScaling + ofWorkers + ofBreaker + ofSupervision + [
            Setting(Options.Handler.kind, .nextStart) { $0.handler.kind },
            Setting(Options.Print.to, .nextStart) { $0.handler.print.destination },
            Setting(Options.Print.format, .nextStart) { $0.handler.print.format },
            Setting(Options.Print.simulatedWorkMin, .nextStart) { $0.handler.print.simulatedWork?.min },
            Setting(Options.Print.simulatedWorkMax, .nextStart) { $0.handler.print.simulatedWork?.max },
            Setting(Options.State.directory, .nextStart) { $0.state.directory },
            Setting(Options.State.onDamage, .nextStart) { $0.state.onDamage },
            Setting(Options.DeadLetters.count, .live) { $0.state.maxDeadLetters },
            Setting(Options.DeadLetters.bytes, .live) { $0.state.maxDeadLetterBytes },
            Setting(Options.DeadLetters.age, .live) { $0.state.deadLetterAge },
            Setting(Options.Control.socket, .nextStart) { $0.control.socket },
            Setting(Options.Control.adminGroup, .nextStart) { $0.control.adminGroup },
            Setting(Options.Control.faultInjection, .live) { $0.control.faultInjection },
            Setting(Options.Metrics.listen, .nextStart) { $0.metrics.listen },
            Setting(Options.Metrics.allowRemote, .nextStart) { $0.metrics.allowRemote },
            Setting(Options.Log.level, .live) { $0.log.level },
        ]

    private static let ofScaling: [Setting<Configuration>] = [
        Setting(Options.Scaling.min, .live) { $0.scaling.min },
        Setting(Options.Scaling.max, .live) { $0.scaling.max },
        Setting(Options.Scaling.workersPerSupervisor, .nextStart) { $0.scaling.workersPerSupervisor },
        Setting(Options.Scaling.tick, .live) { $0.scaling.tick },
        Setting(Options.Scaling.fastWindow, .live) { $0.scaling.fastWindow },
        Setting(Options.Scaling.beta, .live) { $0.scaling.beta },
        Setting(Options.Scaling.tolerance, .live) { $0.scaling.tolerance },
        Setting(Options.Scaling.holdWindow, .live) { $0.scaling.holdWindow },
        Setting(Options.Scaling.coolDown, .live) { $0.scaling.coolDown },
        Setting(Options.Scaling.drainHorizon, .live) { $0.scaling.drainHorizon },
    ]

    private static let ofWorkers: [Setting<Configuration>] = [
        Setting(Options.Workers.maxAttempts, .live) { $0.workers.maxAttempts },
        Setting(Options.Workers.timeout, .live) { $0.workers.timeout },
        Setting(Options.Workers.maxAbandoned, .nextStart) { $0.workers.maxAbandoned },
        Setting(Options.Workers.killMessage, .live) { $0.workers.killMessage },
        Setting(Options.Workers.backoffInitial, .live) { $0.workers.backoff.initial },
        Setting(Options.Workers.backoffMax, .live) { $0.workers.backoff.max },
        Setting(Options.Workers.retryAfterMax, .live) { $0.workers.retryAfterMax },
        Setting(Options.Workers.balance, .live) { $0.workers.balance },
    ]

    private static let ofBreaker: [Setting<Configuration>] = [
        Setting(Options.Breaker.enabled, .live) { $0.breaker.enabled },
        Setting(Options.Breaker.threshold, .live) { $0.breaker.threshold },
        Setting(Options.Breaker.window, .live) { $0.breaker.window },
        Setting(Options.Breaker.minimum, .live) { $0.breaker.minimum },
        Setting(Options.Breaker.backoffInitial, .live) { $0.breaker.backoff.initial },
        Setting(Options.Breaker.backoffMax, .live) { $0.breaker.backoff.max },
    ]

    private static let ofSupervision: [Setting<Configuration>] =
        budget(Options.Supervision.directSupervisor) { $0.supervision.directSupervisor }
        + budget(Options.Supervision.mainSupervisor) { $0.supervision.mainSupervisor }
        + budget(Options.Supervision.application) { $0.supervision.application }
        + budget(Options.Supervision.streamSupervisor) { $0.supervision.streamSupervisor }

    private static func budget(
        _ options: BudgetOptions, _ value: @escaping @Sendable (Configuration) -> RestartBudget
    ) -> [Setting<Configuration>] {
        [
            Setting(options.restarts, .nextStart) { value($0).restarts },
            Setting(options.within, .nextStart) { value($0).within },
        ]
    }
}
