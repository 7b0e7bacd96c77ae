import Locking
import Supervision

/// A fault of a child, thrown at a test's word.
struct Crash: Error, Equatable, CustomStringConvertible {
    var description: String

    init(_ description: String = "crash") { self.description = description }
}

extension ExitReason {
    static var crash: ExitReason { .error(Crash()) }
}

/// Children that do as they are told, and write down what happens to them: `start a`, `fail a`, `decline a`, `hang a`,
/// `stop a`.
final class ScriptedChildren: Sendable {
    enum Start: Sendable {
        case succeeds
        case fails
        case declines
        /// Is never ready by itself; ends when it is told to, or cancelled.
        case hangs
    }

    /// What a child does when it is asked to stop.
    enum Stop: Sendable {
        case obeys
        /// Goes on until ``release()``.
        case ignores
        /// Goes on for so long, by the tree's clock.
        case takes(Duration)
        case ends(ExitReason)
    }

    /// The argument of a child of a dynamic supervisor.
    struct Behaviour: Sendable {
        var starts: [Start] = [.succeeds]
        var stop = Stop.obeys
        /// What it tells whoever started it.
        var information: String?
    }

    private struct State {
        var starts: [ChildID: [Start]] = [:]
        var stops: [ChildID: Stop] = [:]
        var information: [ChildID: String] = [:]
        var cues: [UInt64: (stream: AsyncStream<ExitReason>, continuation: AsyncStream<ExitReason>.Continuation)] = [:]

        mutating func cues(
            of incarnation: UInt64
        ) -> (
            stream: AsyncStream<ExitReason>, continuation: AsyncStream<ExitReason>.Continuation
        ) {
            if let cues = cues[incarnation] { return cues }
            let made = AsyncStream<ExitReason>.makeStream()
            cues[incarnation] = made
            return made
        }

        /// The last start in a script is repeated.
        mutating func nextStart(of id: ChildID) -> Start {
            guard let starts = starts[id], let next = starts.first else { return .succeeds }
            if starts.count > 1 { self.starts[id]!.removeFirst() }
            return next
        }
    }

    let journal = Journal<String>()
    private let runtime: SupervisionRuntime
    private let state = Locked(State())
    private let released = Gate()

    init(runtime: SupervisionRuntime) { self.runtime = runtime }

    /// A child of that name. It starts `whenReady`, so that the order of starts is that of the journal.
    func child(
        _ id: ChildID, restart: RestartType = .permanent, shutdown: ShutdownBudget? = nil, kind: ChildKind = .worker,
        isSignificant: Bool = false, startup: Startup = .whenReady,
        isCharged: @escaping @Sendable (ExitReason) -> Bool = { _ in true }, starts: [Start] = [.succeeds],
        stop: Stop = .obeys, information: String? = nil
    ) -> ChildSpecification {
        script(id, starts: starts)
        state.withLock {
            $0.stops[id] = stop
            $0.information[id] = information
        }
        return ChildSpecification(
            id: id, restart: restart, shutdown: shutdown, kind: kind, isSignificant: isSignificant, startup: startup,
            isCharged: isCharged, run: { try await self.perform($0) })
    }

    /// Children of a dynamic supervisor, named `child.1`, `child.2`…
    func template(
        restart: RestartType = .permanent, shutdown: ShutdownBudget? = nil, kind: ChildKind = .worker,
        isSignificant: Bool = false, startup: Startup = .whenReady
    ) -> ChildTemplate<Behaviour> {
        ChildTemplate(
            id: "child", restart: restart, shutdown: shutdown, kind: kind, isSignificant: isSignificant,
            startup: startup
        ) { behaviour, context in
            self.state.withLock { state in
                let id = context.id
                if state.starts[id] == nil { state.starts[id] = behaviour.starts }
                state.stops[id] = behaviour.stop
                state.information[id] = behaviour.information
            }
            try await self.perform(context)
        }
    }

    /// What the next starts of a child will be like; the last is repeated.
    func script(_ id: ChildID, starts: [Start]) {
        state.withLock { $0.starts[id] = starts }
    }

    /// Tells an incarnation to end.
    func end(_ incarnation: UInt64, with reason: ExitReason) {
        state.withLock { $0.cues(of: incarnation) }.continuation.yield(reason)
    }

    /// Lets those go that ignore the request to stop.
    func release() { released.open() }

    private func perform(_ context: ChildContext) async throws {
        let (start, stop, information, cues) = state.withLock { state in
            (
                state.nextStart(of: context.id), state.stops[context.id] ?? .obeys, state.information[context.id],
                state.cues(of: context.incarnation).stream
            )
        }
        switch start {
        case .fails:
            journal.append("fail \(context.id)")
            throw Crash("cannot start")
        case .declines:
            journal.append("decline \(context.id)")
            throw DeclinedToStart()
        case .hangs:
            journal.append("hang \(context.id)")
        case .succeeds:
            journal.append("start \(context.id)")
            if let information { context.ready(information) } else { context.ready() }
        }
        for await reason in cues { return try end(reason) }
        journal.append("stop \(context.id)")
        switch stop {
        case .obeys: throw CancellationError()
        case .ignores: await released.pass()
        case .takes(let time):
            let (runtime, deadline) = (runtime, runtime.now + time)
            await runtime.spawn { try? await runtime.sleep(until: deadline) }.value
        case .ends(let reason): try end(reason)
        }
    }

    private func end(_ reason: ExitReason) throws {
        switch reason {
        case .normal: break
        case .shutdown: throw Shutdown(because: "told to")
        case .error(let error): throw error
        }
    }
}
