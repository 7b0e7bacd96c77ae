import Flow
import Ledger
import Locking
import Supervision

/// The life of a tree: it runs, is drained, is stopped.
package struct Life: Sendable {
    /// How long the last write may take: the end of the process does not wait for a disk that hangs.
    private static let lastWrite = Duration.seconds(2)

    private let topology: Topology
    private var kernel: ErrorKernel { topology.kernel }

    package init(_ topology: Topology) {
        self.topology = topology
    }

    /// Runs the tree until it has stopped, or has given up.
    package func run() async -> Supervisor.Ending {
        let ending = await topology.root.run()
        kernel.flow.end()
        kernel.pool.pulse.end()
        kernel.flowPulse.end()
        kernel.intake.close()
        // What workers have ended with since flow_manager was stopped.
        topology.manager.settle()
        topology.manager.tellSources()
        // Also when it gave up: dead letters of a feed without ids are nowhere else. But a disk that hangs does not hold up
        // the end: what it does not take is said.
        await topology.stateWriter.write(until: kernel.runtime.now + Self.lastWrite)
        topology.manager.tellSources()
        topology.observer.end()
        return ending
    }

    /// Stops the tree at once, in the reverse order of its start. What is in process is left as it is.
    package func stop() { topology.root.stop() }

    /// Stops receiving, and waits until everything that was received is done or the tree has ended, but not longer than
    /// `timeout`. Returns how many messages are left.
    package func drain(within timeout: Duration) async -> Int {
        let deadline = kernel.runtime.now + timeout
        kernel.flow.beginDrain()
        kernel.intake.beginStop()
        // A supervisor that is busy with a part that hangs answers late.
        _ = await kernel.runtime.wait(until: deadline) { [root = topology.root] in
            _ = try? await root.terminateChild(.streamSupervisor)
        }
        kernel.intake.hearNobody()
        // Only now, or the receivers would go on with their reading.
        kernel.intake.endAllPauses()
        repeat {
            await becomesEmpty(until: deadline)
            await topology.stateWriter.write(until: deadline)
            // A receiver that was left to itself may have brought something while that was stored.
        } while left > 0 && kernel.runtime.now < deadline && !kernel.flow.hasEnded
        return left
    }

    /// Waits until nothing is in process, the deadline has come, or the tree has ended. To be called when no stream reads any
    /// more: else nothing in process would not mean that it stays so.
    private func becomesEmpty(until deadline: Duration) async {
        let empty = OneShot<Bool>()
        kernel.flow.noteEmpty(to: empty)
        kernel.ledger.withLock { ledger in
            ledger.breaker.hurry()
            ledger.outage.hurry()
        }
        kernel.wakeAll()
        _ = await kernel.runtime.wait(until: deadline, for: empty)
    }

    /// What is not stored: all of it, if this is asked after ``run()``.
    package var unstored: UnstoredState { kernel.ledger.withLock { $0.unstored() }.amount }

    /// What was received and is not settled: in flight, or still waiting for admission.
    package var left: Int { kernel.ledger.snapshot.inFlight + kernel.intake.waiting }
}
