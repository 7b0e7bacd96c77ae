import Ledger
import Locking
import NIOCore

/// The settings that the tree lives by at the moment. A reload replaces them as a whole, so that whoever looks once
/// sees what belongs together; each part looks whenever it begins something new.
package final class LiveSettings: Sendable {
    /// One set of settings, and what follows from it.
    package final class Values: Sendable {
        package let settings: ApplicationSettings
        let retry: RetryPolicy
        /// The data of a kill message; nil when there is none.
        package let killMessage: ByteBuffer?

        package init(_ settings: ApplicationSettings) {
            self.settings = settings
            retry = RetryPolicy(
                maxAttempts: settings.maxAttempts, initialDelay: settings.initialBackoff,
                maximumDelay: settings.maximumBackoff, longestAsked: settings.longestAskedBackoff)
            killMessage = settings.killMessage.isEmpty ? nil : ByteBuffer(bytes: settings.killMessage)
        }
    }

    private let values: Locked<Values>

    package init(_ settings: ApplicationSettings) {
        values = Locked(Values(settings))
    }

    package var current: Values { values.withLock { $0 } }

    package func replace(with settings: ApplicationSettings) {
        let new = Values(settings)
        values.withLock { $0 = new }
    }
}
