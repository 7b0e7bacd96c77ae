public import ControlAPI
public import Logging

/// What is around the tree in the daemon's process, as far as operators have a hand on it.
public protocol ControlHost: Sendable {
    /// Whether crashes may be injected (`[control] fault_injection`).
    var allowsCrashes: Bool { get }

    /// How much is logged; nil where that is not the host's to say. Setting it takes effect at once, for all loggers.
    var logLevel: Logger.Level? { get }

    /// Sets how much is logged, until the next start or reload.
    func setLogLevel(_ level: Logger.Level) throws(ControlFailure)

    /// What the daemon lives by, without secrets.
    var configuration: RunningConfiguration { get }

    /// Keys of the configuration that a reload has found changed, and that take effect at the next start only.
    var needsRestart: [String] { get }

    /// Who holds the streams that several daemons share, by their names.
    var holders: [String: StreamHolder] { get }

    /// Gives a stream up to another daemon.
    ///
    /// - Throws: ``ErrorCode/precondition`` where there is none, or it is not held here.
    func handOver(_ stream: String) async throws(ControlFailure)

    /// Reads the configuration again and applies what can be applied. If it is wrong, nothing is changed.
    ///
    /// - Throws: ``ErrorCode/precondition`` with every problem of the files.
    func reload() async throws(ControlFailure) -> ReloadResponse

    /// Asks the broker of a source whether it has what that needs. Nil: there is no source of that name.
    func checkSource(_ name: String) async -> SourceCheck?

    /// The names of the sources.
    var sources: [String] { get }

    /// What all daemons of the broker say of themselves.
    ///
    /// - Throws: ``ErrorCode/precondition`` where there is no broker by which they could be asked.
    func whole(_ part: Whole.Part, of plane: ApplicationControl) async throws(ControlFailure) -> Whole
}

extension ControlHost {
    /// There is none.
    public func checkSource(_ name: String) async -> SourceCheck? { nil }
    /// None.
    public var sources: [String] { [] }
    /// Refused.
    public func whole(_ part: Whole.Part, of plane: ApplicationControl) async throws(ControlFailure) -> Whole {
        throw ControlFailure(.precondition, "there is no broker by which other daemons could be asked")
    }
}

/// Nobody shares anything.
extension ControlHost {
    /// None.
    public var holders: [String: StreamHolder] { [:] }

    /// Refused.
    public func handOver(_ stream: String) async throws(ControlFailure) {
        throw ControlFailure(.precondition, "there are no other daemons that could take a stream")
    }
}

/// Nothing is around the tree.
struct NoHost: ControlHost {
    let allowsCrashes: Bool
    var logLevel: Logger.Level? { nil }
    var configuration: RunningConfiguration { RunningConfiguration(settings: []) }
    var needsRestart: [String] { [] }

    func setLogLevel(_ level: Logger.Level) throws(ControlFailure) {
        throw ControlFailure(.unavailable, "the log is not ptrd's own here")
    }

    func reload() async throws(ControlFailure) -> ReloadResponse {
        throw ControlFailure(.unavailable, "there is no configuration that could be read again")
    }
}
