import Locking

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

/// A receiver that brings one event, ignores that it is to end, and brings another one when a gate opens.
final class DeafSource: Source {
    let name = "deaf"
    let location = "test"
    private let gate: Gate
    private let state = Locked((starts: 0, wasRefused: false))

    init(_ gate: Gate) { self.gate = gate }

    var wasRefused: Bool { state.withLock(\.wasRefused) }

    func run(_ intake: StreamIntake) async throws {
        let number = state.withLock { state in
            state.starts += 1
            return state.starts
        }
        try await intake.bring([.named("deaf:\(number)", id: "\(number)")], bytes: 10)
        guard number == 1 else { return try await Notify().wait() }
        await gate.passStubbornly()
        do {
            try await intake.bring([.named("late", id: "9")], bytes: 10)
        } catch {
            state.withLock { $0.wasRefused = true }
            throw error
        }
    }
}
