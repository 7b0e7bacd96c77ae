import Supervision

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

/// What befalls a tree at random steps: crashes of its parts, a disk that fills up, time that leaps, and an operator.
struct Fate {
    private let tree: Tree
    private var left: Int
    private var untilNext: Int

    private struct Crash: Error {}

    init(_ tree: Tree) {
        self.tree = tree
        left = tree.life.world.isCalm ? 0 : tree.life.world.plan.faults
        untilNext = tree.life.world.random.within(1...300)
    }

    private var world: World { tree.life.world }

    /// Whether nothing more will befall.
    var isSpent: Bool { left == 0 && untilNext == 0 }

    /// To be called once before each step.
    mutating func pass() {
        if untilNext > 0 {
            untilNext -= 1
            return
        }
        guard left > 0 else { return }
        left -= 1
        // A gap of none lets two strike at once.
        untilNext = world.random.chance(20) ? 0 : world.random.below(world.plan.faultGap)
        if tree.life.hasBegun, world.random.chance(world.plan.commands) {
            Operator(tree).command()
        } else {
            strike()
        }
    }

    private func strike() {
        switch world.random.below(22) {
        case 0...4: crashWorker()
        case 5...7: crashMember()
        case 8, 9: crash(.mainSupervisor, of: tree.application.supervisor)
        case 10, 11: crash(.flowManager, of: tree.application.supervisor)
        case 12: crash(.streamSupervisor, of: tree.application.supervisor)
        case 13: crash(.stateWriter, of: tree.application.supervisor)
        case 14: crashReceiver()
        case 15, 16:
            world.disk.isFull.toggle()
            world.say("the disk is \(world.disk.isFull ? "full" : "free")")
        case 17:
            world.disk.isBroken.toggle()
            world.say("the disk can \(world.disk.isBroken ? "not " : "")be read")
        case 18: freeze()
        default:
            world.disk.slowness = world.disk.slowness == 0 ? world.random.within(1...3000) : 0
            world.say("the disk takes up to \(world.disk.slowness) ms")
        }
    }

    private func crash(_ child: ChildID, of supervisor: Supervisor?) {
        guard let supervisor else { return }
        tree.life.world.say("\(child) is to crash")
        tree.life.ask { _ = try? await supervisor.exit(child, with: Crash()) }
    }

    private func crashMember() {
        guard let member = tree.anyMember() else { return }
        crash(member.id, of: tree.application.pool.supervisor)
    }

    private func crashWorker() {
        guard let member = tree.anyMember(), let workers = member.table?.workers, !workers.isEmpty else { return }
        // Busy ones are the better targets.
        let busy = workers.filter { $0.sequence != nil }
        let targets = busy.isEmpty || world.random.chance(30) ? workers : busy
        crash(targets[world.random.below(targets.count)].id, of: member.supervisor)
    }

    private func crashReceiver() {
        let feed = world.configuration[world.random.below(world.configuration.count)]
        crash(.stream(world.plan.feeds[feed].name), of: tree.application.streams.current)
    }

    /// Time passes and nobody runs: perhaps longer than an attempt may take, perhaps for an hour.
    private func freeze() {
        let isLong = world.random.chance(10)
        let time = isLong ? .seconds(3600) : world.plan.settings.workerTimeout / 4 * world.random.within(1...16)
        world.say("nobody runs for \(time)")
        tree.life.freeze(for: time)
    }
}

extension Tree {
    /// Some direct supervisor that lives.
    func anyMember() -> Pool.Member? {
        let members = application.pool.members.filter { $0.table != nil }
        return members.isEmpty ? nil : members[life.world.random.below(members.count)]
    }
}
