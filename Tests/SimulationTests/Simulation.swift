import Supervision

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

/// All lives of one seed, from the first start to the last stop.
struct Simulation {
    /// What became of a seed.
    struct Report: Sendable {
        let seed: UInt64
        let steps: Int
        let lives: Int
        let fingerprint: UInt64
        let sights: Set<Sight>
        /// Whether what was to be planted was.
        let isSabotaged: Bool
        /// The first broken invariant, and the step after which it was seen.
        let violation: String?
        let trace: [String]
    }

    /// Steps after which a phase that ought to come to an end has not.
    private static let patience = 60_000

    private let world: World
    private var lives = 0

    private init(_ world: World) {
        self.world = world
    }

    /// Runs a seed. The same seed makes the same run.
    static func run(seed: UInt64, isTraced: Bool = false, sabotage: Sabotage? = nil) -> Report {
        let world = World(seed: seed, isTraced: isTraced)
        world.sabotage = sabotage
        var simulation = Self(world)
        simulation.run()
        return Report(
            seed: seed, steps: world.steps, lives: simulation.lives, fingerprint: world.fingerprint,
            sights: world.sights, isSabotaged: sabotage != nil && world.sabotage == nil,
            violation: world.violation, trace: world.trace)
    }

    private mutating func run() {
        for ending in world.plan.endings {
            liveAndDie { tree, fate in Self.live(tree, &fate, until: ending) }
            if world.violation != nil { return }
        }
        // A tree that gives up is started again, as by an init system.
        repeat {
            liveAndDie(Self.liveInPeace)
        } while !world.isDone && world.violation == nil
    }

    /// One life, and the proof that nothing of it is left.
    private mutating func liveAndDie(_ live: (Tree, inout Fate) -> Void) {
        lives += 1
        weak var application: Application?
        weak var life: Life?
        do {
            let tree = Tree(world, number: lives)
            (application, life) = (tree.application, tree.life)
            var fate = Fate(tree)
            world.expect(lives < 20, "a tree gives up again and again")
            live(tree, &fate)
            bury(tree)
        }
        world.expect(application == nil && life == nil, "something of life \(lives) goes on after its end")
    }

    // MARK: - Lives

    /// A life in bad weather, until it is ended from outside or ends itself.
    private static func live(_ tree: Tree, _ fate: inout Fate, until ending: Plan.Ending) {
        let (life, application, world) = (tree.life, tree.application, tree.life.world)
        while !fate.isSpent, life.ending == nil, world.violation == nil {
            fate.pass()
            if !tree.step() { world.fail("the tree stands still") }
        }
        if life.ending == nil {
            world.say("the life is \(ending)")
            switch ending {
            case .killed: return
            case .stopped: application.stop()
            case .drained(let timeout):
                let deadline = life.runtime.now + timeout
                life.isDraining = true
                life.orders.isStopping = true
                life.ask {
                    let left = await application.drain(within: timeout)
                    world.say("drained, \(left) left")
                    world.sights.insert(left == 0 ? .drainWithNothingLeft : .drainWithRest)
                    world.expect(
                        left == 0 || world.plan.isTight || life.runtime.now >= deadline, "a drain ended before its time"
                    )
                    world.expect(
                        left == application.ledger.snapshot.inFlight + application.waiting, "a drain left not \(left)")
                    application.stop()
                }
            }
        }
        run(tree, "the end of a life") { life.ending != nil }
        checkEnd(of: tree)
    }

    /// The last life: bad weather, then calm, in which everything has to come right.
    private static func liveInPeace(_ tree: Tree, _ fate: inout Fate) {
        let (life, application, world) = (tree.life, tree.application, tree.life.world)
        while !fate.isSpent, life.ending == nil, world.violation == nil {
            fate.pass()
            if !tree.step() { world.fail("the tree stands still") }
        }
        world.say("the weather calms")
        world.isCalm = true
        world.disk.isFull = false
        world.disk.isBroken = false
        world.disk.slowness = 0
        // Two reloads at once come in any order; the last word is one that comes after all others.
        run(tree, "the life to begin") { life.ending != nil || life.hasBegun && life.reloads == 0 }
        if life.ending == nil { Operator(tree).calm() }
        run(tree, "everything to be settled") { life.ending != nil || tree.isSettled }
        if life.ending != nil { return checkEnd(of: tree) }
        let bounds = world.plan.settings.scaling
        let size = world.random.within(bounds.min...bounds.max)
        _ = try? application.scale(to: size)
        world.say("the pool is to be \(size)")
        run(tree, "the pool to have its size") {
            life.ending != nil || application.pool.desired == size && tree.hasItsSize
        }
        life.isDraining = true
        life.orders.isStopping = true
        life.ask {
            let left = await application.drain(within: .seconds(60))
            world.expect(left == 0 || world.plan.isTight, "\(left) messages are left after a drain in peace")
            application.stop()
        }
        run(tree, "the tree to stop") { life.ending != nil }
        checkEnd(of: tree)
        // Whoever still looks at the disk for a replay gives back what he has taken when he sees that nothing is admitted any more.
        run(tree, "all requests to be answered") { life.unanswered == 0 }
        checkDelivery(of: tree)
    }

    private static func run(_ tree: Tree, _ what: String, until isOver: () -> Bool) {
        let world = tree.life.world
        let last = world.steps + patience
        while !isOver(), world.violation == nil {
            if !tree.step() { return world.fail("the tree stands still on the way to \(what)") }
            if world.steps > last { return world.fail("waited too long for \(what): \(tree.application.status)") }
        }
    }

    // MARK: - Ends

    private static func checkEnd(of tree: Tree) {
        let (life, world) = (tree.life, tree.life.world)
        world.say("the life ended: \(String(describing: life.ending))")
        switch life.ending {
        case .stopped, nil: break
        case .gaveUp where world.plan.isTight: world.sights.insert(.gaveUp)
        case .tooManyAbandoned where world.plan.isTight: world.sights.insert(.tooManyAbandoned)
        case .gaveUp, .tooManyAbandoned, .startFailed, .declined, .autoShutdown, .alreadyRan:
            world.fail("the tree ended by itself: \(life.ending!)")
        }
        let running = (life.watch?.runs.count ?? 0) + (life.watch?.bodies.living.count ?? 0)
        if running > 0 { world.sights.insert(.handlerOutlivesTree) }
        world.expect(
            running <= life.runtime.abandonedChildren,
            "\(running) handlers outlive the tree, but only \(life.runtime.abandonedChildren) were abandoned")
    }

    /// Everything that the servers sent has been settled in one life or another, and all of it is on the disk.
    private static func checkDelivery(of tree: Tree) {
        let world = tree.life.world
        guard case .stopped = tree.life.ending else { return }
        world.isDone = true
        for index in world.configuration where world.servers[index].feed.hasIDs {
            let server = world.servers[index]
            if let number = (1...server.feed.count).first(where: { server.settled[$0].isEmpty }) {
                world.fail("event \(number) of \(server.feed.location) was never settled")
            }
            // The last group is stored as settled behind the one before it: more of its id may come.
            let (known, last) = (world.known(of: index), server.feed.group(of: server.feed.count))
            world.expect(
                known == Known(position: last.lowerBound - 1, settled: Set(last)),
                "after a stop in peace the disk knows \(known) of \(server.feed.location) as settled")
        }
        let (letters, watch) = (world.disk.sequences.count, tree.life.watch!)
        world.expect(letters == watch.deadLetters, "\(letters) dead letters are stored")
        let replaying = tree.application.ledger.snapshot.replaying
        // A replay that still looked at the disk when the drain was over may have been admitted since: then it is held, and its letter stays.
        let held = tree.application.ledger.snapshot.inFlight
        world.expect(
            replaying <= held, "\(replaying) dead letters are still being replayed, with \(held) messages held")
        world.expect(
            !tree.life.isReplayedKnown || tree.life.replayed == watch.replays,
            "\(tree.life.replayed) dead letters were replayed by the answers, but \(watch.replays) by the ledger")
    }

    /// Lets what is left of a life come to its end. A life that was killed counts for nothing any more: it only gives its memory back.
    private func bury(_ tree: Tree) {
        let life = tree.life
        if life.ending == nil || world.violation != nil {
            life.isDead = true
            tree.application.stop()
        }
        var left = Self.patience
        while left > 0, life.isDead ? life.step() : tree.step() { left -= 1 }
        // What a killed body had in hand knows the tree.
        if life.isDead { life.watch = nil }
        world.expect(left > 0, "something of life \(lives) does not come to its end")
        world.expect(life.isDead || life.unanswered == 0, "\(life.unanswered) requests are unanswered")
        world.expect(
            life.isDead || life.watch?.runs.count == 0 && life.watch?.bodies.living.isEmpty == true,
            "a handler does not come to its end")
    }
}
