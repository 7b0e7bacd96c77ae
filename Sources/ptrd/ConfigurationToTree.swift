import EventSource
import EventStreamInput
import Locking
import Logging
import NIOCore
import Pipeline
import PtrConfiguration
import Storage
import StreamSettings
import Supervision

// Where the value of each option goes. What is not here is read where it is used: by DaemonParts, PrintedOutput and Reloader;
// how a stream is connected stands in Core/StreamSettings.

extension Configuration {
    /// What the tree lives by.
    func runtime(_ clock: RunningClock) -> SupervisionRuntime {
        SupervisionRuntime(clock: clock, abandonmentLimit: self.workers.maxAbandoned)
    }

    var settings: ApplicationSettings {
        let (flow, scaling, workers) = (self.flow, self.scaling, self.workers)
        let (breaker, supervision) = (self.breaker, self.supervision)
        var settings = ApplicationSettings()
        settings.maxInFlight = flow.maxInFlight
        settings.maxInFlightBytes = flow.maxInFlightBytes
        settings.maxSpan = flow.maxSpan
        settings.maxEventBytes = streams.map(\.maxEventBytes).max() ?? settings.maxEventBytes
        settings.scaling = ScalingPolicy(
            min: scaling.min, max: scaling.max, workersPerSupervisor: scaling.workersPerSupervisor, tick: scaling.tick,
            fastWindow: scaling.fastWindow, beta: scaling.beta, tolerance: scaling.tolerance,
            holdWindow: scaling.holdWindow, coolDown: scaling.coolDown, drainHorizon: scaling.drainHorizon)
        settings.maxAttempts = workers.maxAttempts
        settings.initialBackoff = workers.backoff.initial
        settings.maximumBackoff = workers.backoff.max
        settings.longestAskedBackoff = workers.retryAfterMax
        settings.balance = workers.balance.flatMap { Balance(rawValue: $0.rawValue) }
        settings.workerTimeout = workers.timeout
        settings.breaker = BreakerPolicy(
            isEnabled: breaker.enabled, threshold: breaker.threshold, window: breaker.window, minimum: breaker.minimum,
            initialBackoff: breaker.backoff.initial, maximumBackoff: breaker.backoff.max)
        settings.killMessage = Array((workers.killMessage ?? "").utf8)
        settings.directSupervisorBudget = budget(supervision.directSupervisor)
        settings.mainSupervisorBudget = budget(supervision.mainSupervisor)
        settings.streamSupervisorBudget = budget(supervision.streamSupervisor)
        settings.applicationBudget = budget(supervision.application)
        return settings
    }

    private func budget(_ values: Section<Configuration, SupervisionOptions.Budget>) -> RestartBudget {
        RestartBudget(restarts: values.restarts, within: values.within)
    }

    var deadLetterLimits: DeadLetterLimits {
        let state = self.state
        return DeadLetterLimits(count: state.maxDeadLetters, bytes: state.maxDeadLetterBytes, age: state.deadLetterAge)
    }
}

extension LogLevel {
    /// They have the same names.
    var level: Logger.Level { Logger.Level(rawValue: rawValue) ?? .info }
}

extension EventStreamSource {
    init(_ stream: StreamConfiguration, dialer: EventStreamDialer, logger: Logger) {
        let configuration = EventSourceConfiguration.of(stream, credential: CredentialsDirectory.current.file(of:))
        let positions = PositionPolicy(
            initialEventID: ByteBuffer(string: stream.initialEventID ?? ""), maximumIDBytes: stream.maxIDBytes)
        self.init(
            name: stream.name, configuration: configuration, positions: positions, downAfter: stream.downAfter,
            ignoredParameters: Set(stream.positionIgnoresQuery).union(stream.request.queryCredentials.keys),
            filter: stream.filter,
            dialer: dialer.taking(EventStreamRoute(stream, credential: CredentialsDirectory.current.file(of:))),
            logger: logger)
    }
}

extension StreamConfiguration {
    /// Nil: everything is worked on.
    fileprivate var filter: EventFilter? {
        guard !self.events.isEmpty || self.condition != nil else { return nil }
        return EventFilter(
            types: self.events.isEmpty ? nil : Set(self.events), condition: self.condition,
            passesWhatIsNoJSON: self.whereNotJSON == .pass)
    }
}
