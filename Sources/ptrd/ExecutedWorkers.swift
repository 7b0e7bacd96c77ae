import Glibc
import Logging
import Pipeline
import PtrConfiguration

/// The `exec` handler as the daemon has it.
enum ExecutedWorkers {
    /// What is not there yet.
    struct NotBuilt: Error, CustomStringConvertible {
        var description: String { "this build has no handler \"exec\": write kind = \"print\" below [handler]" }
    }

    /// Makes the handler of some settings.
    ///
    /// - Throws: why there can be no worker at all.
    static func handler(_ settings: ExecSettings, logger: Logger) throws -> any Handler {
        throw NotBuilt()
    }
}

extension Configuration {
    /// What processes are given, with ptrd's own environment; nil: messages are not given to processes.
    var execSettings: ExecSettings? {
        execSettings { name in getenv(name).map { String(cString: $0) } }
    }
}
