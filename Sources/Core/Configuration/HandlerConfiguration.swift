public import Templates

/// What is done with a message (`[handler]`).
public struct HandlerConfiguration: Sendable, Equatable {
    /// Which handler it is.
    public var kind: HandlerKind
    /// The settings of the `print` handler.
    public var print: PrintConfiguration

    /// Makes a handler section; what is left out has its default.
    public init(
        kind: HandlerKind? = nil,
        print: PrintConfiguration = PrintConfiguration()
    ) {
        self.kind = kind ?? Options.Handler.kind.defaultValue
        self.print = print
    }
}

/// A handler that this version has.
public enum HandlerKind: String, Sendable, Equatable, CaseIterable {
    /// Prints messages.
    case print
}

/// The `print` handler (`[handler.print]`).
public struct PrintConfiguration: Sendable, Equatable {
    /// Where it prints.
    public var destination: PrintDestination
    /// What it prints of a message; `nil` is all of it.
    public var format: Template?
    /// The time it pretends to work on each message; `nil` is none.
    public var simulatedWork: SimulatedWork?

    /// Makes a print section; what is left out has its default.
    public init(
        destination: PrintDestination? = nil,
        format: Template? = nil,
        simulatedWork: SimulatedWork? = nil
    ) {
        self.destination = destination ?? Options.Print.to.defaultValue
        self.format = format
        self.simulatedWork = simulatedWork
    }
}

/// Where messages are printed.
public enum PrintDestination: Sendable, Equatable {
    /// The standard output.
    case stdout
    /// The systemd journal.
    case journal
    /// A file, by its absolute path.
    case file(String)
}

/// A time of work, normally distributed between two bounds.
public struct SimulatedWork: Sendable, Equatable {
    /// The shortest.
    public var min: Duration
    /// The longest.
    public var max: Duration

    /// Makes a time of work. `min` should not be above `max`.
    public init(min: Duration, max: Duration) {
        self.min = min
        self.max = max
    }
}
