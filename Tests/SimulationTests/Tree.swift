import Logging
import Supervision

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

/// The real tree of one life, among simulated neighbours.
struct Tree {
    let life: Life
    let application: Application

    /// Makes a tree and lets it begin to live; it runs as its life is stepped.
    init(_ world: World, number: Int) {
        let life = Life(world, number: number)
        let application = Application(
            settings: world.plan.settings,
            sources: world.configuration.map { SimulatedSource(of: $0, in: life) },
            handler: SimulatedHandler(life: life), store: SimulatedStore(life: life), runtime: life.runtime,
            wallClock: { 0 }, logger: world.logger)
        application.ledger.withLock { $0.isAudited = world.isAudited }
        world.disk.beginLife()
        life.pool = application.pool
        life.watch = Watch(world: world, ledger: application.ledger, configured: world.configuration)
        world.say("life \(number) begins")
        life.runtime.spawn {
            try? await application.recover()
            life.hasBegun = true
            life.ending = await application.run()
        }
        self.life = life
        self.application = application
    }

    /// One step, and a look at the invariants after it. False: nothing is left that could run.
    func step() -> Bool {
        let hasRun = life.step()
        if let sabotage = life.world.sabotage, sabotage.strike(application, in: life) {
            life.world.sabotage = nil
            life.watch?.lookAgain()
        }
        life.watch?.check(life, application)
        return hasRun
    }

    /// Whether all that there was to receive is received and settled, and the pool has its size.
    var isSettled: Bool {
        // A letter that is at fault itself is tried for the circuit breaker for as long as nothing else comes.
        let isEmpty = application.ledger.withLock { ledger in
            ledger.inFlight == 0
                || !ledger.breaker.isClosed
                    && ledger.slots.allSatisfy { $0.message?.replayOf != nil || $0.message == nil }
        }
        guard isEmpty, application.intake.state.withLock({ $0.queue.waitingEvents }) == 0 else { return false }
        guard life.reloads == 0 else { return false }
        let allCame = life.world.configuration.allSatisfy { feed in
            let server = life.world.servers[feed]
            return (server.feed.hasIDs ? life.watch?.lastAdmitted(of: feed) : server.lastSent) == server.feed.count
        }
        return allCame && hasItsSize
    }

    /// Live workers = direct_supervisors × workers_per_supervisor, and as many direct supervisors as are wanted.
    var hasItsSize: Bool {
        let members = application.pool.members
        return members.count == application.pool.desired
            && members.allSatisfy { $0.table?.count == application.settings.scaling.workersPerSupervisor }
    }
}
