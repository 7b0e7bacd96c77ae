/// The whole configuration of `ptrd`, typed and validated.
///
/// It comes from TOML files by ``load(path:)``, from a text by ``parse(_:file:)``, or from code: every initializer has
/// the defaults of the file's options, so that `Configuration()` is a file with nothing in it (which only a file is
/// refused for: without a stream there is nothing to do). Initializers do not validate; the bounds are the files'.
public struct Configuration: Sendable, Equatable {
    /// Where messages come from, in the order in which the files name them (`[stream.NAME]`).
    public var streams: [StreamConfiguration]
    /// How many messages may be in process (`[flow]`).
    public var flow: FlowConfiguration
    /// How the number of direct supervisors follows the load (`[scaling]`).
    public var scaling: ScalingConfiguration
    /// What a worker may do with a message (`[workers]`).
    public var workers: WorkersConfiguration
    /// When intake and dealing pause because most messages fail (`[breaker]`).
    public var breaker: BreakerConfiguration
    /// The restart budgets of the supervisors (`[supervision]`).
    public var supervision: SupervisionConfiguration
    /// What is done with a message (`[handler]`).
    public var handler: HandlerConfiguration
    /// Where checkpoints and dead letters are kept (`[state]`).
    public var state: StateConfiguration
    /// The control socket (`[control]`).
    public var control: ControlConfiguration
    /// Where metrics are served beside the control socket (`[metrics]`).
    public var metrics: MetricsConfiguration
    /// What is logged (`[log]`).
    public var log: LogConfiguration

    /// Makes a configuration; what is left out has its default.
    public init(
        streams: [StreamConfiguration] = [],
        flow: FlowConfiguration = FlowConfiguration(),
        scaling: ScalingConfiguration = ScalingConfiguration(),
        workers: WorkersConfiguration = WorkersConfiguration(),
        breaker: BreakerConfiguration = BreakerConfiguration(),
        supervision: SupervisionConfiguration = SupervisionConfiguration(),
        handler: HandlerConfiguration = HandlerConfiguration(),
        state: StateConfiguration = StateConfiguration(),
        control: ControlConfiguration = ControlConfiguration(),
        metrics: MetricsConfiguration = MetricsConfiguration(),
        log: LogConfiguration = LogConfiguration()
    ) {
        self.streams = streams
        self.flow = flow
        self.scaling = scaling
        self.workers = workers
        self.breaker = breaker
        self.supervision = supervision
        self.handler = handler
        self.state = state
        self.control = control
        self.metrics = metrics
        self.log = log
    }
}

extension Configuration {
    /// The main file where none is named: `/etc/ptrd/ptrd.toml`.
    public static let defaultPath = "/etc/ptrd/ptrd.toml"

    /// Reads the main file and then every `ptrd.d/*.toml` beside it, in the order of their names. A later file
    /// overrides single keys of the earlier ones, and adds streams.
    ///
    /// It blocks on the files, so it belongs before the service starts or on a thread of its own.
    /// - Parameters:
    ///   - path: the main file.
    ///   - credentials: what the service manager has handed over. A credential that the files name and that is not there
    ///     is a problem; `nil` leaves that open, for a check outside the service.
    ///   - homes: where state and socket are when no file says so; `nil`: at the system's places.
    /// - Throws: ``ConfigurationError`` with every problem of every file; the exit status for it is 78 (`EX_CONFIG`).
    public static func load(
        path: String = defaultPath, credentials: CredentialsDirectory? = nil, homes: Homes? = nil
    ) throws(ConfigurationError) -> Configuration {
        var layers = ConfigurationLayers()
        for file in ConfigurationFiles.find(main: path, problems: &layers.problems) {
            layers.add(file: file)
        }
        return try layers.configuration(main: path, credentials: credentials, homes: homes)
    }

    /// The files that ``load(path:)`` reads, in that order: the main file, whether it exists or not, and the drop-ins
    /// that do.
    public static func files(path: String = defaultPath) -> [String] {
        var ignored = Problems()
        return ConfigurationFiles.find(main: path, problems: &ignored)
    }

    /// Reads one text, as if it were the only file.
    /// - Parameters:
    ///   - text: TOML 1.0.
    ///   - file: the name that problems are reported under.
    /// - Throws: ``ConfigurationError`` with every problem of the text.
    public static func parse(_ text: String, file: String) throws(ConfigurationError) -> Configuration {
        var layers = ConfigurationLayers()
        layers.add(text: text, file: file)
        return try layers.configuration(main: file)
    }
}
