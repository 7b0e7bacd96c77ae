import Foundation
import Testing

extension Program {
    /// The exit status, if it ends within the limit; nil if it does not, and it is then killed.
    func status(within limit: Duration) async -> Int32? {
        let program = self
        let deadline = Task {
            try await Task.sleep(for: limit)
            program.signal(SIGKILL)
            return true
        }
        let status = await status
        deadline.cancel()
        return (try? await deadline.value) == true ? nil : status
    }
}

/// The ways in which a daemon is made to end.
enum WayToStop: String, CaseIterable, Sendable {
    case signal = "SIGTERM"
    case twoSignals = "two signals"
    case treeGivesUp = "the tree gives up"
    case drainAndSignal = "ptrctl drain, then SIGTERM"

    /// Makes it end by this way.
    func stop(_ daemon: Program, socket: String) async throws {
        func ptrctl(_ arguments: String...) async throws {
            _ = await (try Program("ptrctl", ["--socket", socket] + arguments)).status
        }
        switch self {
        case .signal: daemon.signal(SIGTERM)
        case .twoSignals:
            daemon.signal(SIGTERM)
            // Sooner, it would belong to the first.
            try await Task.sleep(for: .milliseconds(1300))
            daemon.signal(SIGTERM)
        case .treeGivesUp: try await ptrctl("crash", "main-supervisor")
        case .drainAndSignal:
            try await ptrctl("drain", "--yes", "--timeout", "1s")
            daemon.signal(SIGTERM)
        }
    }
}
