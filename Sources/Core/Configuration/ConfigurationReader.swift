/// Reads options out of a tree, and collects what is wrong with them.
struct ConfigurationReader {
    let root: TOMLNode
    var problems: Problems

    /// The value of an option: the file's if it has one that is good, or else the default.
    mutating func value<Value>(_ option: Option<Value>, stream: String = "") -> Value {
        let key = option.key.of(stream: stream)
        guard let node = root[key] else { return option.defaultValue }
        do throws(Faults) {
            return try option.type.read(node)
        } catch {
            for fault in error.faults {
                let part = fault.part
                problems.add(
                    fault.message, mend: fault.mend, key: part.map { key + $0.key } ?? key,
                    at: part?.origin ?? node.origin)
            }
            return option.defaultValue
        }
    }

    mutating func configuration() -> Configuration {
        let streams = streamNames.map { stream($0) }
        return Configuration(
            streams: streams, flow: flow(streams), scaling: scaling(), workers: workers(),
            breaker: breaker(),
            supervision: SupervisionConfiguration(
                directSupervisor: budget(Options.Supervision.directSupervisor),
                mainSupervisor: budget(Options.Supervision.mainSupervisor),
                application: budget(Options.Supervision.application),
                streamSupervisor: budget(Options.Supervision.streamSupervisor)),
            handler: HandlerConfiguration(kind: value(Options.Handler.kind), print: print()),
            state: StateConfiguration(
                directory: value(Options.State.directory), onDamage: value(Options.State.onDamage),
                maxDeadLetters: value(Options.DeadLetters.count), maxDeadLetterBytes: value(Options.DeadLetters.bytes),
                deadLetterAge: value(Options.DeadLetters.age)),
            control: ControlConfiguration(
                socket: value(Options.Control.socket), adminGroup: value(Options.Control.adminGroup),
                faultInjection: value(Options.Control.faultInjection)),
            metrics: MetricsConfiguration(
                listen: value(Options.Metrics.listen), allowRemote: value(Options.Metrics.allowRemote)),
            log: LogConfiguration(level: value(Options.Log.level)))
    }

    /// The names in the order of the files. What is no table has been reported by the schema.
    private var streamNames: [String] {
        (root["stream"]?.entries ?? []).compactMap { name, node in
            if case .table = node.kind { name } else { nil }
        }
    }

    private mutating func stream(_ name: String) -> StreamConfiguration {
        StreamConfiguration(
            name: name,
            url: value(Options.Stream.url, stream: name),
            idleTimeout: value(Options.Stream.idleTimeout, stream: name),
            connectTimeout: value(Options.Stream.connectTimeout, stream: name),
            responseTimeout: value(Options.Stream.responseTimeout, stream: name),
            downAfter: value(Options.Stream.downAfter, stream: name),
            maxEventBytes: value(Options.Stream.maxEventBytes, stream: name),
            reconnect: BackoffConfiguration(
                initial: value(Options.Stream.reconnectInitial, stream: name),
                max: value(Options.Stream.reconnectMax, stream: name)),
            reconnectServerMax: value(Options.Stream.reconnectServerMax, stream: name),
            onRefusal: value(Options.Stream.onRefusal, stream: name),
            retryServerErrors: value(Options.Stream.retryServerErrors, stream: name),
            headers: value(Options.Stream.headers, stream: name),
            bearerCredential: value(Options.Stream.bearerCredential, stream: name),
            initialEventID: value(Options.Stream.initialEventID, stream: name),
            maxIDBytes: value(Options.Stream.maxIDBytes, stream: name),
            positionIgnoresQuery: value(Options.Stream.positionIgnoresQuery, stream: name))
    }

    private mutating func flow(_ streams: [StreamConfiguration]) -> FlowConfiguration {
        var bytes = value(Options.Flow.maxInFlightBytes)
        // Who has not set it is to be able to add streams without reading about it.
        if root[Options.Flow.maxInFlightBytes.key] == nil {
            bytes = max(bytes, streams.reduce(0) { $0 + $1.maxEventBytes })
        }
        return FlowConfiguration(
            maxInFlight: value(Options.Flow.maxInFlight), maxInFlightBytes: bytes,
            drainTimeout: value(Options.Flow.drainTimeout), maxSpan: value(Options.Flow.maxSpan))
    }

    private mutating func scaling() -> ScalingConfiguration {
        ScalingConfiguration(
            min: value(Options.Scaling.min), max: value(Options.Scaling.max),
            workersPerSupervisor: value(Options.Scaling.workersPerSupervisor),
            tick: value(Options.Scaling.tick), fastWindow: value(Options.Scaling.fastWindow),
            beta: value(Options.Scaling.beta), tolerance: value(Options.Scaling.tolerance),
            holdWindow: value(Options.Scaling.holdWindow), coolDown: value(Options.Scaling.coolDown),
            drainHorizon: value(Options.Scaling.drainHorizon))
    }

    private mutating func workers() -> WorkersConfiguration {
        WorkersConfiguration(
            maxAttempts: value(Options.Workers.maxAttempts), timeout: value(Options.Workers.timeout),
            maxAbandoned: value(Options.Workers.maxAbandoned), killMessage: value(Options.Workers.killMessage),
            backoff: BackoffConfiguration(
                initial: value(Options.Workers.backoffInitial), max: value(Options.Workers.backoffMax)),
            retryAfterMax: value(Options.Workers.retryAfterMax), balance: value(Options.Workers.balance))
    }

    private mutating func breaker() -> BreakerConfiguration {
        BreakerConfiguration(
            enabled: value(Options.Breaker.enabled), threshold: value(Options.Breaker.threshold),
            window: value(Options.Breaker.window), minimum: value(Options.Breaker.minimum),
            backoff: BackoffConfiguration(
                initial: value(Options.Breaker.backoffInitial), max: value(Options.Breaker.backoffMax)))
    }

    private mutating func budget(_ options: BudgetOptions) -> RestartBudget {
        RestartBudget(restarts: value(options.restarts), within: value(options.within))
    }

    private mutating func print() -> PrintConfiguration {
        let min = value(Options.Print.simulatedWorkMin)
        let max = value(Options.Print.simulatedWorkMax)
        var work: SimulatedWork?
        if let min, let max { work = SimulatedWork(min: min, max: max) }
        return PrintConfiguration(
            destination: value(Options.Print.to), format: value(Options.Print.format), simulatedWork: work)
    }
}
