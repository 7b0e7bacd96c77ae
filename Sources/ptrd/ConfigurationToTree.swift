import EventSource
import EventStreamInput
import Locking
import Logging
import NIOCore
import Pipeline
import PtrConfiguration
import Storage
import Supervision

// What the configuration says, in the words of the parts that it is for.

extension Configuration {
    /// What the tree lives by.
    func runtime(_ clock: RunningClock) -> SupervisionRuntime {
        SupervisionRuntime(clock: clock, abandonmentLimit: workers.maxAbandoned)
    }

    var settings: ApplicationSettings {
        var settings = ApplicationSettings()
        settings.maxInFlight = flow.maxInFlight
        settings.maxInFlightBytes = flow.maxInFlightBytes
        settings.maxSpan = flow.maxSpan
        settings.maxEventBytes = streams.map(\.maxEventBytes).max() ?? settings.maxEventBytes
        settings.scaling = scaling.policy
        settings.maxAttempts = workers.maxAttempts
        settings.initialBackoff = workers.backoff.initial
        settings.maximumBackoff = workers.backoff.max
        settings.longestAskedBackoff = workers.retryAfterMax
        settings.balance = workers.balance?.balance
        settings.workerTimeout = workers.timeout
        settings.breaker = breaker.policy
        settings.killMessage = Array((workers.killMessage ?? "").utf8)
        settings.directSupervisorBudget = supervision.directSupervisor.budget
        settings.mainSupervisorBudget = supervision.mainSupervisor.budget
        settings.streamSupervisorBudget = supervision.streamSupervisor.budget
        settings.applicationBudget = supervision.application.budget
        return settings
    }
}

extension ScalingConfiguration {
    var policy: ScalingPolicy {
        ScalingPolicy(
            min: min, max: max, workersPerSupervisor: workersPerSupervisor, tick: tick, fastWindow: fastWindow,
            beta: beta,
            tolerance: tolerance, holdWindow: holdWindow, coolDown: coolDown, drainHorizon: drainHorizon)
    }
}

extension DealingOrder {
    var balance: Balance {
        switch self {
        case .roundRobin: .roundRobin
        case .leastLoaded: .leastLoaded
        }
    }
}

extension BreakerConfiguration {
    var policy: BreakerPolicy {
        BreakerPolicy(
            isEnabled: enabled, threshold: threshold, window: window, minimum: minimum,
            initialBackoff: backoff.initial, maximumBackoff: backoff.max)
    }
}

extension PtrConfiguration.RestartBudget {
    var budget: Supervision.RestartBudget { Supervision.RestartBudget(restarts: restarts, within: within) }
}

extension StateConfiguration {
    var limits: DeadLetterLimits {
        DeadLetterLimits(count: maxDeadLetters, bytes: maxDeadLetterBytes, age: deadLetterAge)
    }
}

extension DamageResponse {
    var policy: DamagePolicy {
        switch self {
        case .stop: .stop
        case .moveAside: .moveAside
        }
    }
}

extension LogLevel {
    var level: Logger.Level {
        switch self {
        case .trace: .trace
        case .debug: .debug
        case .info: .info
        case .notice: .notice
        case .warning: .warning
        case .error: .error
        case .critical: .critical
        }
    }
}

extension EventStreamSource {
    init(_ stream: StreamConfiguration, dialer: EventStreamDialer, logger: Logger) {
        var configuration = EventSourceConfiguration(url: stream.url)
        configuration.headers = stream.headers.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
        configuration.bearerTokenFile = stream.bearerCredential.flatMap(CredentialsDirectory.current.file)
        configuration.idleTimeout = stream.idleTimeout
        configuration.connectTimeout = stream.connectTimeout
        configuration.responseTimeout =
            switch stream.responseTimeout {
            case .after(let limit)?: .after(limit)
            case .off?: .off
            case nil: .after(stream.connectTimeout)
            }
        configuration.reconnect = ReconnectSchedule(
            initialDelay: stream.reconnect.initial, maximumDelay: stream.reconnect.max,
            maximumServerDelay: stream.reconnectServerMax)
        configuration.reconnect.spreadsEveryWait = true
        configuration.policy = .persistent
        configuration.policy.endsOnRefusal = stream.onRefusal == .stop
        configuration.policy.positionPatience = stream.downAfter
        configuration.retryOnServerError = stream.retryServerErrors
        // An event that is too large is left out and counted: to fail would be to meet it again after every reconnect.
        configuration.limits = EventStreamLimits(maximumEventBytes: stream.maxEventBytes, policy: .skip)
        let positions = PositionPolicy(
            initialEventID: ByteBuffer(string: stream.initialEventID ?? ""), maximumIDBytes: stream.maxIDBytes)
        self.init(
            name: stream.name, configuration: configuration, positions: positions, downAfter: stream.downAfter,
            ignoredParameters: Set(stream.positionIgnoresQuery), dialer: dialer, logger: logger)
    }
}
