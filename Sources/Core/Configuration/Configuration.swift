/// The whole configuration of `ptrd`, typed and validated.
///
/// It comes from TOML files by ``load(path:credentials:homes:)``, from a text by ``parse(_:file:)``, or from code:
/// `Configuration()` is a file with nothing in it (which only a file is refused for: without a stream there is nothing to do). What
/// is set by code is not validated; the bounds are the files'.
public struct Configuration: OptionOwner {
    package static let declarations: ConfigurationOptions = ConfigurationOptions()

    /// Where messages come from, in the order in which the files name them (`[stream.NAME]`).
    public var streams: [StreamConfiguration]
    /// Where they come from beside those (`[source.NAME]`).
    public var sources: [SourceConfiguration] = []
    package var values: [OptionKey: any Sendable] = [:]

    /// Makes a configuration with the defaults.
    public init(streams: [StreamConfiguration] = []) {
        self.streams = streams
    }

    package func key(of option: OptionKey) -> OptionKey { option }
}

/// One Server-Sent-Events stream (`[stream.NAME]`).
public struct StreamConfiguration: OptionOwner {
    package static let declarations: StreamOptions = StreamOptions()

    /// The stream's name: 1 to 64 bytes of letters, digits, `_`, `.` and `-`, of which the first is a letter or a
    /// digit.
    public let name: String
    package var values: [OptionKey: any Sendable] = [:]

    /// Makes a stream with the defaults.
    ///
    /// - Parameter url: its address: `http` or `https`, with a host and without user information.
    public init(name: String, url: String) {
        self.name = name
        self.url = url
    }

    package func key(of option: OptionKey) -> OptionKey { option.of(stream: name) }
}

/// One source that is no stream over HTTP (`[source.NAME]`).
public struct SourceConfiguration: OptionOwner {
    package static let declarations: SourceOptions = SourceOptions()

    /// Its name, of the same form as a stream's, and that of no stream.
    public let name: String
    package var values: [OptionKey: any Sendable] = [:]

    /// Makes a source with the defaults.
    public init(name: String) {
        self.name = name
    }

    package func key(of option: OptionKey) -> OptionKey { option.of(stream: name) }
}

extension Configuration: Equatable {
    /// Whether they mean the same, whatever is written out of it.
    public static func == (left: Configuration, right: Configuration) -> Bool {
        left.streams == right.streams && left.sources == right.sources
            && !Options.ofAll.contains { $0.differs(left, right) }
    }
}

extension StreamConfiguration: Equatable {
    /// Whether they mean the same, whatever is written out of it.
    public static func == (left: StreamConfiguration, right: StreamConfiguration) -> Bool {
        left.name == right.name && !Options.ofStream.contains { $0.differs(left, right) }
    }
}

extension SourceConfiguration: Equatable {
    /// Whether they mean the same, whatever is written out of it.
    public static func == (left: SourceConfiguration, right: SourceConfiguration) -> Bool {
        left.name == right.name && !Options.ofSource.contains { $0.differs(left, right) }
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
        try load(path: path, credentials: credentials, homes: homes) { _ in [] }
    }

    /// The same, with a look at each stream by somebody who knows what its files have to hold.
    ///
    /// - Parameter inspection: says what is wrong with a stream, if nothing else is.
    package static func load(
        path: String, credentials: CredentialsDirectory?, homes: Homes?,
        inspection: (StreamConfiguration) -> [StreamFault]
    ) throws(ConfigurationError) -> Configuration {
        var layers = ConfigurationLayers()
        for file in ConfigurationFiles.find(main: path, problems: &layers.problems) {
            layers.add(file: file)
        }
        return try layers.configuration(credentials: credentials, homes: homes, inspection: inspection)
    }

    /// The files that ``load(path:credentials:homes:)`` reads, in that order: the main file, whether it exists or not, and the drop-ins
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
        return try layers.configuration()
    }
}
