import Logging
import Supervision

@testable import Pipeline

/// The real tree of one life, among simulated neighbours.
struct Tree {
    let life: Life
    let application: Application

    /// Makes a tree and lets it begin to live; it runs as its life is stepped.
    init(_ world: World, number: Int) {
        let life = Life(world, number: number)
        let application = Application(
            settings: world.plan.settings,
            sources: world.plan.streams.indices.map {
                SimulatedSource(name: world.plan.streams[$0].name, index: $0, life: life)
            },
            handler: SimulatedHandler(life: life), store: SimulatedStore(life: life), runtime: life.runtime,
            wallClock: { 0 }, logger: world.logger)
        life.watch = Watch(world: world, ledger: application.ledger)
        world.say("life \(number) begins")
        life.runtime.spawn {
            try? await application.recover()
            life.ending = await application.run()
        }
        self.life = life
        self.application = application
    }

    /// One step, and a look at the invariants after it. False: nothing is left that could run.
    func step() -> Bool {
        let hasRun = life.step()
        if let sabotage = life.world.sabotage, sabotage.strike(application) { life.world.sabotage = nil }
        life.watch?.check(application, at: life.runtime.now, brought: life.brought)
        return hasRun
    }

    /// Whether all that there was to receive is received and settled, and the pool has its size.
    var isSettled: Bool {
        guard application.ledger.withLock({ $0.inFlight }) == 0, application.waiting == 0 else { return false }
        let allCame = life.world.servers.enumerated().allSatisfy { index, server in
            (server.stream.hasIDs ? life.watch?.lastAdmitted(of: index) : server.lastSent) == server.stream.count
        }
        return allCame && hasItsSize
    }

    /// Live workers = direct_supervisors × workers_per_supervisor, and as many direct supervisors as are wanted.
    var hasItsSize: Bool {
        let members = application.pool.members
        return members.count == application.pool.desired
            && members.allSatisfy { $0.roster?.count == application.settings.scaling.workersPerSupervisor }
    }
}
