import Supervision

@testable import Pipeline

/// What befalls a tree: crashes of its parts, scalings, a disk that fills up, at random steps.
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
        let world = tree.life.world
        // A gap of none lets two strike at once.
        untilNext = world.random.chance(20) ? 0 : world.random.below(world.plan.faultGap)
        strike()
    }

    private func strike() {
        let world = tree.life.world
        switch world.random.below(20) {
        case 0...4: crashWorker()
        case 5...7: crashMember()
        case 8, 9: crash(.mainSupervisor, of: tree.application.supervisor)
        case 10, 11: crash(.flowManager, of: tree.application.supervisor)
        case 12: crash(.streamSupervisor, of: tree.application.supervisor)
        case 13: crash(.stateWriter, of: tree.application.supervisor)
        case 14:
            crash(
                ChildID("stream.\(world.random.below(world.plan.streams.count))"), of: tree.application.streams.current)
        case 15: askForCrash()
        case 16, 17: scale()
        case 18:
            world.disk.isFull.toggle()
            world.say("the disk is \(world.disk.isFull ? "full" : "free")")
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

    private func member() -> Pool.Member? {
        let members = tree.application.pool.members.filter { $0.roster != nil }
        return members.isEmpty ? nil : members[tree.life.world.random.below(members.count)]
    }

    private func crashMember() {
        guard let member = member() else { return }
        crash(member.id, of: tree.application.pool.supervisor)
    }

    private func crashWorker() {
        guard let member = member(), let workers = member.roster?.workers, !workers.isEmpty else { return }
        // Busy ones are the better targets.
        let busy = workers.filter { $0.sequence != nil }
        let targets = busy.isEmpty || tree.life.world.random.chance(30) ? workers : busy
        crash(targets[tree.life.world.random.below(targets.count)].id, of: member.supervisor)
    }

    /// By the way of an operator.
    private func askForCrash() {
        let (application, world) = (tree.application, tree.life.world)
        let target: CrashTarget =
            switch world.random.below(4) {
            case 0: .mainSupervisor
            case 1: .flowManager
            case 2: .directSupervisor(member()?.id.name ?? "1")
            default: .receiver("0")
            }
        world.say("an operator crashes \(target)")
        tree.life.ask { _ = try? await application.crash(target) }
    }

    private func scale() {
        let world = tree.life.world
        let bounds = world.plan.settings.scaling
        let size = world.random.chance(25) ? nil : world.random.within(bounds.min...bounds.max)
        world.say("the pool is to be \(size.map(String.init) ?? "as the load wants it")")
        _ = try? tree.application.scale(to: size)
    }
}
