import Locking

/// The ledger behind its one lock. Owned by the application, handed to each incarnation of what works with it.
package final class LedgerStore: Sendable {
    private let ledger: Locked<Ledger>

    package init(_ ledger: sending Ledger) {
        self.ledger = Locked(ledger)
    }

    package func withLock<Result>(_ body: (inout sending Ledger) throws -> sending Result) rethrows -> sending Result {
        try ledger.withLock(body)
    }

    package var snapshot: LedgerSnapshot { ledger.withLock { $0.snapshot } }
}
