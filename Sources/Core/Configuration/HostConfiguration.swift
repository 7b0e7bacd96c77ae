// What the daemon has of its host: a folder, a socket, a log.

/// Where checkpoints and dead letters are kept (`[state]`).
public struct StateConfiguration: Sendable, Equatable {
    /// The folder, by its absolute path.
    public var directory: String
    /// What is done at the start when the state is damaged.
    public var onDamage: DamageResponse
    /// How many dead letters are kept at most.
    public var maxDeadLetters: Int
    /// How many bytes they may have together.
    public var maxDeadLetterBytes: Int
    /// For how long they are kept at most; `nil` is for ever.
    public var deadLetterAge: Duration?

    /// Makes a state section; what is left out has its default.
    public init(
        directory: String? = nil, onDamage: DamageResponse? = nil, maxDeadLetters: Int? = nil,
        maxDeadLetterBytes: Int? = nil, deadLetterAge: Duration? = nil
    ) {
        self.directory = directory ?? Options.State.directory.defaultValue
        self.onDamage = onDamage ?? Options.State.onDamage.defaultValue
        self.maxDeadLetters = maxDeadLetters ?? Options.DeadLetters.count.defaultValue
        self.maxDeadLetterBytes = maxDeadLetterBytes ?? Options.DeadLetters.bytes.defaultValue
        self.deadLetterAge = deadLetterAge
    }
}

/// What is done at the start when the state is damaged.
public enum DamageResponse: String, Sendable, Equatable, CaseIterable {
    /// It is an error, and nothing is touched.
    case stop
    /// The file is moved aside, and a fresh one begun.
    case moveAside = "move_aside"
}

/// The control socket (`[control]`).
public struct ControlConfiguration: Sendable, Equatable {
    /// The Unix domain socket, by its absolute path (at most 107 bytes).
    public var socket: String
    /// The group whose members may change something through it.
    public var adminGroup: String
    /// Whether faults may be injected through it.
    public var faultInjection: Bool

    /// Makes a control section; what is left out has its default.
    public init(
        socket: String? = nil,
        adminGroup: String? = nil,
        faultInjection: Bool? = nil
    ) {
        self.socket = socket ?? Options.Control.socket.defaultValue
        self.adminGroup = adminGroup ?? Options.Control.adminGroup.defaultValue
        self.faultInjection = faultInjection ?? Options.Control.faultInjection.defaultValue
    }
}

/// Where metrics are served beside the control socket (`[metrics]`).
public struct MetricsConfiguration: Sendable, Equatable {
    /// The address; nil: nowhere else.
    public var listen: ListenAddress?
    /// Whether that may be one that other hosts can reach.
    public var allowRemote: Bool

    /// Makes a metrics section; what is left out has its default.
    public init(listen: ListenAddress? = nil, allowRemote: Bool? = nil) {
        self.listen = listen
        self.allowRemote = allowRemote ?? Options.Metrics.allowRemote.defaultValue
    }
}

/// What is logged (`[log]`).
public struct LogConfiguration: Sendable, Equatable {
    /// The least level that is logged.
    public var level: LogLevel

    /// Makes a log section; what is left out has its default.
    public init(level: LogLevel? = nil) {
        self.level = level ?? Options.Log.level.defaultValue
    }
}

/// A level of the log, with the names and the order of swift-log.
public enum LogLevel: String, Sendable, Equatable, CaseIterable {
    case trace, debug, info, notice, warning, error, critical
}
