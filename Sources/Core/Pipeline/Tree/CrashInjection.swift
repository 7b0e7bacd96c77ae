import Supervision

/// What a crash can be injected into.
public enum CrashTarget: Sendable, Hashable {
    /// A worker by its name, `worker.N.M`; nil: any.
    case worker(String?)
    /// A direct supervisor by its name, `direct_supervisor.N`; nil: any.
    case directSupervisor(String?)
    case mainSupervisor
    case flowManager
    /// A receiver by the name of its stream; nil: any.
    case receiver(String?)
}

/// What an injected crash brought about.
public struct CrashReport: Sendable, Hashable {
    /// The name of what crashed, such as `worker.1.2`.
    public var child: String
    /// The incarnation that crashed.
    public var incarnation: UInt64
    /// The incarnation that replaced it; nil when none did in time.
    public var replacement: UInt64?
    /// From the injection until the replacement had started.
    public var recovery: Duration?
    /// The message that a crashed worker held; it is dealt again, and the attempt does not count.
    public var sequence: UInt64?
}

/// Why no crash could be injected.
public enum CrashInjectionError: Error, Sendable, Hashable, CustomStringConvertible {
    case notFound(String)
    /// It is restarting at this moment.
    case notRunning(String)

    /// In words, for people.
    public var description: String {
        switch self {
        case .notFound(let child): "there is no \(child)"
        case .notRunning(let child): "\(child) does not run at the moment; try again"
        }
    }
}

/// Thrown in the name of a part of the tree that an operator lets crash.
struct InjectedCrash: Error, CustomStringConvertible {
    var description: String { "injected crash" }
}

extension Application {
    /// How long a replacement is waited for.
    private static let patience = Duration.seconds(3)

    /// Lets a part of the tree end as if it had crashed, and waits for its replacement.
    public func crash(_ target: CrashTarget) async throws(CrashInjectionError) -> CrashReport {
        switch target {
        case .worker(let name):
            let (member, worker) = try findWorker(name)
            guard let supervisor = member.supervisor else { throw .notRunning(member.id.name) }
            return try await crash(worker.id, incarnation: worker.incarnation, of: supervisor, holding: worker.sequence)
        case .directSupervisor(let name):
            let member = try findMember(name)
            guard let supervisor = pool.supervisor else { throw .notRunning("main_supervisor") }
            return try await crash(member.id, of: supervisor)
        case .mainSupervisor: return try await crash(.mainSupervisor, of: supervisor)
        case .flowManager: return try await crash(.flowManager, of: supervisor)
        case .receiver(let name):
            guard let supervisor = streams.current else { throw .notRunning("stream_supervisor") }
            let names = intake.statuses.map(\.name)
            guard let stream = name.map({ names.contains($0) ? $0 : nil }) ?? names.randomElement() else {
                throw .notFound("stream \(name ?? "at all")")
            }
            return try await crash(ChildID("stream.\(stream)"), of: supervisor)
        }
    }

    private func findMember(_ name: String?) throws(CrashInjectionError) -> Pool.Member {
        let living = pool.members.filter { $0.roster != nil }
        guard let name else {
            guard let any = living.randomElement() else { throw .notRunning("direct_supervisor") }
            return any
        }
        guard let member = living.first(where: { $0.id.name == name || "\($0.number)" == name }) else {
            throw .notFound(name.contains("direct_supervisor") ? name : "direct_supervisor \(name)")
        }
        return member
    }

    private typealias LivingWorker = (id: ChildID, incarnation: UInt64, sequence: UInt64?)

    private func findWorker(_ name: String?) throws(CrashInjectionError) -> (Pool.Member, LivingWorker) {
        let living = pool.members.flatMap { member in (member.roster?.workers ?? []).map { (member, $0) } }
        guard let name else {
            guard let any = living.randomElement() else { throw .notRunning("worker") }
            return any
        }
        guard let found = living.first(where: { $0.1.id.name == name || $0.1.id.name == "worker.\(name)" }) else {
            throw .notFound(name.hasPrefix("worker") ? name : "worker \(name)")
        }
        return found
    }

    private func crash(
        _ id: ChildID, incarnation: UInt64? = nil, of supervisor: Supervisor, holding sequence: UInt64? = nil
    ) async throws(CrashInjectionError) -> CrashReport {
        let begin = runtime.now
        let hit = SupervisorAnswer()
        let event = await events.first(
            where: { event in
                switch event.kind {
                case .restarted: event.child == id
                // Then it is not this child that comes back, but what stands above it.
                case .gaveUp: event.supervisor == supervisor.name
                case .started, .exited, .restarting, .restartFailed, .abandoned, .abandonedEnded: false
                }
            },
            within: Self.patience, runtime: runtime
        ) {
            await hit.ask { try await supervisor.exit(id, incarnation: incarnation, with: InjectedCrash()) }
        }
        guard let crashed = await hit.incarnation else { throw .notRunning(id.name) }
        guard let event, case .restarted = event.kind else {
            return CrashReport(child: id.name, incarnation: crashed, sequence: sequence)
        }
        return CrashReport(
            child: id.name, incarnation: crashed, replacement: event.incarnation, recovery: runtime.now - begin,
            sequence: sequence)
    }
}

/// What a supervisor answered, for the one who waits for what follows from it.
private actor SupervisorAnswer {
    private(set) var incarnation: UInt64?

    func ask(_ question: @Sendable () async throws -> UInt64) async -> Bool {
        incarnation = try? await question()
        return incarnation != nil
    }
}
