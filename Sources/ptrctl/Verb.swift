import ArgumentParser
import ControlAPI

/// A subcommand of ptrctl.
protocol Verb: ParsableCommand {
    /// Does the work and prints what was asked for.
    ///
    /// - Returns: what ptrctl ends with when the daemon has answered.
    func perform(with context: VerbContext) async throws(ControlClientError) -> ExitStatus
}

/// What a verb works with.
struct VerbContext: Sendable {
    let console: Console
    let client: ControlClient
}

/// A verb that talks to the daemon.
protocol DaemonVerb: Verb {
    /// The options after the verb.
    var connection: ConnectionOptions { get }
    /// The options before it.
    var root: Ptrctl { get }
}

extension DaemonVerb {
    /// The socket the command line names; the one after the verb stands closer, and wins.
    var socket: String? {
        connection.socket ?? root.connection.socket
    }
}
