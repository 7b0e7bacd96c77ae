import NIOCore

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

/// The handler of a seed.
struct SimulatedHandler: Handler {
    let life: Life

    var demand: Demand { life.world.plan.labour.demand }

    func makeBody(of worker: WorkerHandle) -> any WorkerBody {
        life.world.plan.labour.isFunction
            ? MessageBody(SimulatedFunction(life: life)) : SimulatedBody(worker, in: life)
    }
}

/// A handler that is quick, slow, fails, throws or hangs, as chance will have it, and whose every run is watched.
struct SimulatedFunction: MessageHandler {
    let life: Life

    private struct Crash: Error {}

    func handle(_ message: Message, in context: HandlerContext) async throws -> Outcome {
        guard !life.isDead else { return .done }
        let run = life.watch?.begins(message, context, in: life.runtime) ?? 0
        do {
            let result = try await behave(message, context)
            if !life.isDead {
                life.watch?.ends(run, .answered(result), isCancelled: Task.isCancelled, in: life.runtime)
            }
            return result
        } catch {
            if !life.isDead { life.watch?.ends(run, .threw(error), isCancelled: Task.isCancelled, in: life.runtime) }
            throw error
        }
    }

    private func behave(_ message: Message, _ context: HandlerContext) async throws -> Outcome {
        let world = life.world
        let event = SimulatedServer.event(of: message.event.type)
        if world.servers[event.feed].isPoison(event.number) {
            if world.random.chance(50) { await Task.yield() }
            throw Crash()
        }
        if life.isCursed(event) { throw BodyEnded("by a signal") }
        if life.finds(isDownFor: [event]) || life.isStubborn(event) {
            return .unavailable(
                "it is down", after: world.random.chance(30) ? world.random.milliseconds(0...3000) : nil)
        }
        if world.isCalm || world.random.chance(world.plan.ease) {
            for _ in 0..<world.random.below(3) { await Task.yield() }
            if world.random.chance(40) { try await life.work(for: world.random.milliseconds(1...200)) }
            return .done
        }
        let timeout = world.plan.settings.workerTimeout
        switch world.plan.isLate && world.random.chance(70) ? 17 : world.random.below(18) {
        case 0...2:
            try await life.work(for: timeout / 4 * world.random.within(1...3))
            return .done
        case 3: return .failed("at once", after: world.random.chance(30) ? world.random.milliseconds(0...4000) : nil)
        case 4:
            try? await life.work(for: world.random.milliseconds(0...400))
            return .failed("after a while")
        case 5: throw Crash()
        case 6:
            try? await life.work(for: world.random.milliseconds(0...400))
            throw Crash()
        case 7:
            // Until it is told to go.
            try await life.work(for: .seconds(1000))
            return .done
        case 8:
            // Told to go, it is done all the same.
            try? await life.work(for: world.random.milliseconds(0...6000))
            return .done
        case 9:
            await life.sleepDeaf(for: world.random.milliseconds(0...9000))
            if world.random.chance(30) { throw Crash() }
            return world.random.chance(20) ? .failed("late") : .done
        case 10:
            await life.sleepDeaf(for: world.random.milliseconds(0...400))
            return .done
        case 11:
            context.beginsHandover()
            await life.sleepDeaf(for: world.random.milliseconds(0...6000))
            return .done
        case 12:
            context.beginsHandover()
            try await life.work(for: timeout * world.random.within(0...2))
            return .done
        case 13: return .rejected("rejected, for good")
        case 14: return .unavailable("for once")
        case 15: throw BodyEnded("by nobody's fault")
        default:
            // About as long as it may take, and then the result is handed over.
            try? await life.work(for: timeout + timeout / 20 * world.random.within(-2...4))
            guard context.beginsHandover() else { throw HandoverTooLate() }
            life.watch?.handsOver(message, context)
            await life.sleepDeaf(for: world.random.milliseconds(0...400))
            return .done
        }
    }
}
