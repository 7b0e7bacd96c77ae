import Supervision

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

/// The life of one incarnation of a worker: it starts or fails to, answers for what it is handed in any way that there is, and ends
/// when it is told to, or by itself.
///
/// Sendable for the reason given at ``World``: all of it lives on the simulation's thread.
final class SimulatedBody: WorkerBody, @unchecked Sendable {
    private let life: Life
    private let handle: WorkerHandle
    private let number: Int
    /// What goes on beside its calls. None of it outlives its end.
    private var tasks: [Task<Void, Never>] = []
    private var isOver = false

    private struct Crash: Error {}
    private struct NoStart: Error {}

    private var world: World { life.world }
    private var labour: Labour { life.world.plan.labour }

    init(_ handle: WorkerHandle, in life: Life) {
        self.life = life
        self.handle = handle
        number = life.isDead ? 0 : life.watch?.makes(handle.name, life) ?? 0
    }

    // MARK: - Start

    func start() async throws -> BodyStart {
        guard !life.isDead, !world.isCalm else { return started(.ready) }
        if world.random.chance(labour.slowStarts) {
            if world.random.chance(50) {
                await life.sleepDeaf(for: world.random.milliseconds(0...800))
            } else {
                try await life.work(for: world.random.milliseconds(0...3000))
            }
        }
        if mustFail {
            let error = NoStart()
            // What watches over it may say so, too.
            if world.random.chance(30) { handle.ended(error) }
            if !life.isDead { life.watch?.failsToStart(number) }
            throw error
        }
        if world.random.chance(labour.strayEnds) {
            beside { [self] in
                try? await life.work(for: world.random.milliseconds(0...4000))
                if !isOver { end() }
            }
        }
        return started(world.random.chance(labour.unproven) ? .unproven : .ready)
    }

    private var mustFail: Bool {
        guard !world.isCalm, life.runtime.now < labour.startsFailUntil else { return false }
        if labour.areSomeSpared, handle.name.hasSuffix("1") { return false }
        return world.random.chance(labour.failingStarts)
    }

    private func started(_ start: BodyStart) -> BodyStart {
        if !life.isDead { life.watch?.hasStarted(number, start) }
        return start
    }

    private func beside(_ work: @escaping @Sendable () async -> Void) { tasks.append(life.runtime.spawn(work)) }

    /// Says that it has ended by itself.
    private func end() {
        let error: any Error = world.random.chance(60) ? BodyEnded("by a signal") : Crash()
        if !life.isDead { life.watch?.endsByItself(number, error) }
        handle.ended(error)
    }

    // MARK: - End

    func kill() async {
        if !life.isDead { life.watch?.isToDie(number, isCancelled: Task.isCancelled, life) }
        await finish(longest: 3000)
        if !life.isDead { life.watch?.hasDied(number, life.runtime) }
        // Whoever watched over it says so when it matters to nobody any more.
        if !life.isDead, world.random.chance(20) { life.ask { [handle] in handle.ended(Crash()) } }
    }

    func stop(within grace: Duration) async {
        if !life.isDead { life.watch?.isToStop(number) }
        await finish(longest: 300)
        if !life.isDead { life.watch?.hasStopped(number) }
    }

    private func finish(longest: Int) async {
        isOver = true
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
        tasks = []
        guard !life.isDead, !world.isCalm, world.random.chance(labour.slowEnds) else { return }
        if longest > 300 { world.sights.insert(.slowKill) }
        await life.sleepDeaf(for: world.random.milliseconds(0...(world.random.chance(80) ? 300 : longest)))
    }

    // MARK: - Hands

    func handle(_ hand: Hand) async throws {
        guard !life.isDead else { return _ = hand.settle(.done) }
        life.watch?.begins(hand, by: number, life.runtime)
        do {
            try await behave(hand)
        } catch {
            if !life.isDead { life.watch?.throws(number, error) }
            throw error
        }
    }

    private func behave(_ hand: Hand) async throws {
        let events = hand.entries.map { SimulatedServer.event(of: $0.message.event.type) }
        if events.contains(where: { world.servers[$0.feed].isPoison($0.number) }) {
            if world.random.chance(50) { await Task.yield() }
            throw Crash()
        }
        if world.isCalm { return try await behaveWell(hand) }
        if events.contains(where: life.isCursed) { throw BodyEnded("by a signal") }
        if life.finds(isDownFor: events) {
            if world.random.chance(30) { try await life.work(for: world.random.milliseconds(0...200)) }
            let after = world.random.chance(30) ? world.random.milliseconds(0...3000) : nil
            return settle(.unavailable("it is down", after: after), hand)
        }
        for (index, event) in events.enumerated() where life.isStubborn(event) {
            report([Answer(index, .unavailable("it is down for this one"))], hand)
        }
        if world.random.chance(world.plan.ease) { return try await behaveWell(hand) }
        try await behaveBadly(hand)
    }

    private func behaveWell(_ hand: Hand) async throws {
        for _ in 0..<world.random.below(3) { await Task.yield() }
        if world.random.chance(40) { try await life.work(for: world.random.milliseconds(1...200)) }
        settle(.done, hand)
    }

    private func behaveBadly(_ hand: Hand) async throws {
        let limit = hand.entries.count > 1 ? labour.demand.timeout ?? timeout : timeout
        switch world.plan.isLate && world.random.chance(70) ? 18 : world.random.below(19) {
        case 0...2: try await answerAtOnce(hand)
        case 3, 4: try await answerOneByOne(hand)
        case 5: settle(world.random.chance(70) ? .failed("all of it") : .rejected("rejected, all of it"), hand)
        case 6, 7: answerLater(hand)
        case 8: throw Crash()
        case 9:
            report([Answer(world.random.below(hand.entries.count), .done)], hand)
            try? await life.work(for: world.random.milliseconds(0...400))
            throw Crash()
        case 10:
            try? await life.work(for: world.random.milliseconds(0...400))
            throw BodyEnded("by a signal")
        case 11:
            end()
            if world.random.chance(50) { try await life.work(for: world.random.milliseconds(0...400)) }
        case 12:
            // Until it is told to go.
            try await life.work(for: .seconds(1000))
        case 13:
            await life.sleepDeaf(for: world.random.milliseconds(0...9000))
            settle(.done, hand)
        case 14, 15:
            for _ in 0..<world.random.within(1...3) {
                try await life.work(for: limit / 10 * world.random.within(6...9))
                if life.isDead { hand.progress() } else { life.watch?.progresses(hand, of: number, life.runtime) }
            }
            settle(.done, hand)
        case 16:
            beginHandover(hand)
            await life.sleepDeaf(for: world.random.milliseconds(0...6000))
            settle(.done, hand)
        default:
            // About as long as it may take, and then the result is handed over.
            try? await life.work(for: limit + limit / 20 * world.random.within(-2...4))
            guard beginHandover(hand) else { throw HandoverTooLate() }
            await life.sleepDeaf(for: world.random.milliseconds(0...400))
            settle(.done, hand)
        }
    }

    private var timeout: Duration { world.plan.settings.workerTimeout }

    /// Many in one step, in any order; some of them twice, and for strangers.
    private func answerAtOnce(_ hand: Hand) async throws {
        try await life.work(for: timeout / 4 * world.random.within(0...3))
        var answers = hand.entries.indices.filter { _ in world.random.chance(80) }.map { Answer($0, anyOutcome) }
        answers.shuffle(using: &world.random)
        if let first = answers.first, world.random.chance(30) { answers.append(Answer(first.index, .failed("twice"))) }
        if world.random.chance(30) { answers.append(Answer(hand.entries.count + world.random.below(3), .done)) }
        report(answers, hand)
        if world.random.chance(50) { await Task.yield() }
        settle(.done, hand)
    }

    private func answerOneByOne(_ hand: Hand) async throws {
        for index in hand.entries.indices.shuffled(using: &world.random) {
            if world.random.chance(50) { try await life.work(for: timeout / 4 * world.random.within(0...3)) }
            report([Answer(index, anyOutcome)], hand)
        }
    }

    /// It can take another one at once, and answers for this when that may be with it already.
    private func answerLater(_ hand: Hand) {
        let isDeaf = world.random.chance(20)
        beside { [self] in
            for index in hand.entries.indices.shuffled(using: &world.random) {
                let time = world.random.milliseconds(0...400)
                if isDeaf { await life.sleepDeaf(for: time) } else { try? await life.work(for: time) }
                // Told to end, it may be done all the same.
                if Task.isCancelled, world.random.chance(70) { return }
                if !life.isDead { world.sights.insert(.answerAfterReturn) }
                report([Answer(index, anyOutcome)], hand)
            }
        }
    }

    private var anyOutcome: Outcome {
        switch world.random.below(12) {
        case 0: .failed("it did not work")
        case 1: .failed("not now", after: world.random.milliseconds(0...4000))
        case 2: .rejected("rejected, for good")
        case 3: .unavailable("it is down")
        default: .done
        }
    }

    private func report(_ answers: [Answer], _ hand: Hand) {
        guard !life.isDead else { return _ = hand.report(answers) }
        life.watch?.reports(answers, for: hand, of: number, life.runtime)
    }

    private func settle(_ outcome: Outcome, _ hand: Hand) {
        guard !life.isDead else { return _ = hand.settle(outcome) }
        life.watch?.settles(outcome, for: hand, of: number, life.runtime)
    }

    @discardableResult
    private func beginHandover(_ hand: Hand) -> Bool {
        guard !life.isDead else { return hand.beginsHandover() }
        return life.watch?.beginsHandover(of: hand, by: number, life.runtime) ?? true
    }
}
