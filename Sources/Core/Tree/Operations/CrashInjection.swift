import Flow
import Glibc
import Ledger
import Locking
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
    /// All receivers, with the supervisor over them.
    case streamSupervisor
    /// What brings checkpoints and dead letters to the store.
    case stateWriter
    /// A writer that the handler prints through, by its name; nil: any.
    case writer(String?)
}

/// What an injected crash brought about.
public struct CrashReport: Sendable, Hashable {
    /// The name of what crashed, such as `worker.1.2`.
    public var child: String
    /// The incarnation that crashed.
    public var incarnation: UInt64
    /// The incarnation that replaced it; nil when none did in time.
    public var replacement: UInt64?
    /// From the injection until its supervisor had seen it end; nil when that was not in time.
    public var detection: Duration?
    /// From the injection until the replacement had started.
    public var recovery: Duration?
    /// The supervisors that gave up over it, from the crashed part upwards; none while the budget of its own one lasted.
    public var gaveUp: [String] = []
    /// Who started again what of them is the highest, and with it all beneath; nil: nobody did in time, or none gave up.
    public var restartedBy: String?
    /// The message that a crashed worker held; it is dealt again, and the attempt does not count.
    public var sequence: UInt64?
    /// How many messages were in the hands of what ended with it: all of them are dealt again.
    public var held = 0
    /// The signal that a worker's process was sent; nil: the crash was only said.
    public var signal: Int32?
    /// That process.
    public var pid: Int32?
    /// The number of the crash, of ``Application/crash(numbered:)``.
    public var number: UInt64?
}

/// Why no crash could be injected.
public enum CrashInjectionError: Error, Sendable, Hashable, CustomStringConvertible {
    case notFound(String)
    /// It is restarting at this moment.
    case notRunning(String)
    /// It is no process that could be sent a signal; nil: no worker is.
    case noProcess(String?)

    /// In words, for people.
    public var description: String {
        switch self {
        case .notFound(let child): "there is no \(child)"
        case .notRunning(let child): "\(child) does not run at the moment; try again"
        case .noProcess(let child?): "\(child) is no process, or has none at the moment"
        case .noProcess(nil): "no worker is a process"
        }
    }
}

/// Lets parts of the tree crash, as an operator wants it.
package struct CrashInjection: Sendable {
    private let topology: Topology
    private var kernel: ErrorKernel { topology.kernel }

    package init(_ topology: Topology) {
        self.topology = topology
    }

    /// How long a replacement is waited for.
    private static let patience = Duration.seconds(3)

    /// Lets a part of the tree end as if it had crashed, and waits for its replacement.
    package func crash(_ target: CrashTarget) async throws(CrashInjectionError) -> CrashReport {
        switch target {
        case .worker(let name):
            let (member, worker) = try findWorker(name)
            guard let supervisor = member.supervisor else { throw .notRunning(member.id.name) }
            return try await crash(
                worker.id, incarnation: worker.incarnation, of: supervisor,
                holding: member.table?.holding(of: worker.incarnation))
        case .directSupervisor(let name):
            let member = try findMember(name)
            guard let supervisor = kernel.pool.supervisor else { throw .notRunning("main_supervisor") }
            let held = member.table?.held ?? 0
            return try await crash(member.id, incarnation: member.table?.incarnation, of: supervisor, held: held)
        case .mainSupervisor:
            let held = kernel.pool.members.reduce(0) { $0 + ($1.table?.held ?? 0) }
            return try await crash(.mainSupervisor, of: topology.root, held: held)
        case .flowManager: return try await crash(.flowManager, of: topology.root)
        case .receiver(let name):
            guard let supervisor = topology.streams.current else { throw .notRunning("stream_supervisor") }
            let names = kernel.intake.statuses.map(\.name)
            guard let stream = name.map({ names.contains($0) ? $0 : nil }) ?? names.randomElement() else {
                throw .notFound("stream \(name ?? "at all")")
            }
            return try await crash(.stream(stream), of: supervisor)
        case .streamSupervisor: return try await crash(.streamSupervisor, of: topology.root)
        case .stateWriter: return try await crash(.stateWriter, of: topology.root)
        case .writer(let name):
            let writers = topology.writers.filter { name == nil || $0.name == name }
            guard let writer = writers.randomElement() else { throw .notFound("writer \(name ?? "at all")") }
            return try await crash(writer, of: topology.root)
        }
    }

    /// Sends the process of a worker a signal, and waits for the replacement if that may end it.
    ///
    /// - Parameter name: nil: any that is a process.
    package func send(_ signal: Int32, to name: String?) async throws(CrashInjectionError) -> CrashReport {
        let (member, worker) = try name == nil ? anyProcess() : findWorker(name)
        guard let table = member.table, let supervisor = member.supervisor else { throw .notRunning(worker.id.name) }
        guard let pid = table.vitals(of: worker.incarnation)?.pid else { throw .noProcess(worker.id.name) }
        let holding = table.holding(of: worker.incarnation)
        let (runtime, begin) = (kernel.runtime, kernel.runtime.now)
        let deliver: @Sendable () -> Bool = { table.deliver(signal, to: worker.incarnation, at: runtime.now) }
        var report = CrashReport(
            child: worker.id.name, incarnation: worker.incarnation, sequence: holding?.oldest.sequence,
            held: holding?.messages ?? 0, signal: signal, pid: pid)
        guard Self.mayEnd(signal) else {
            guard deliver() else { throw .noProcess(worker.id.name) }
            return report
        }
        let hit = OneShot<Bool>()
        let course = Locked(CrashCourse(of: worker.id, incarnation: worker.incarnation, under: supervisor.name))
        let event = await topology.events.first(
            where: { event in course.withLock { $0.isOver(with: event, after: runtime.now - begin) } },
            within: Self.patience, runtime: runtime
        ) {
            let isDelivered = deliver()
            hit.resolve(isDelivered)
            return isDelivered
        }
        if event == nil { hit.resolve(false) }
        guard await hit.value else { throw .noProcess(worker.id.name) }
        report.enter(course.withLock(\.self))
        return report
    }

    private static func mayEnd(_ signal: Int32) -> Bool {
        ![SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT, SIGCHLD, SIGURG, SIGWINCH].contains(signal)
    }

    private func anyProcess() throws(CrashInjectionError) -> (Pool.Member, LivingWorker) {
        let living = kernel.pool.members.flatMap { member in
            (member.table?.workers ?? []).filter { member.table?.vitals(of: $0.incarnation) != nil }.map {
                (member, $0)
            }
        }
        guard let any = living.randomElement() else { throw .noProcess(nil) }
        return any
    }

    private func findMember(_ name: String?) throws(CrashInjectionError) -> Pool.Member {
        let living = kernel.pool.members.filter { $0.table != nil }
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
        guard let name else {
            // They have about as many workers each.
            for member in kernel.pool.members.shuffled() {
                if let any = member.table?.workers.randomElement() { return (member, any) }
            }
            throw .notRunning("worker")
        }
        let whole = name.hasPrefix("worker") ? name : "worker.\(name)"
        // Its name begins with the number of its supervisor.
        let parts = whole.split(separator: ".")
        for member in kernel.pool.members where parts.count > 1 && parts[1] == "\(member.number)" {
            if let found = member.table?.workers.first(where: { $0.id.name == whole }) { return (member, found) }
        }
        throw .notFound(whole)
    }

    private func crash(
        _ id: ChildID, incarnation: UInt64? = nil, of supervisor: Supervisor,
        holding: (oldest: MessageInHand, messages: Int)? = nil, held: Int = 0
    ) async throws(CrashInjectionError) -> CrashReport {
        let (runtime, begin) = (kernel.runtime, kernel.runtime.now)
        let hit = OneShot<UInt64?>()
        let course = Locked(CrashCourse(of: id, incarnation: incarnation, under: supervisor.name))
        let crash = InjectedCrash(message: holding?.oldest)
        let event = await topology.events.first(
            where: { event in course.withLock { $0.isOver(with: event, after: runtime.now - begin) } },
            within: Self.patience, runtime: runtime
        ) {
            let crashed = try? await supervisor.exit(id, incarnation: incarnation, with: crash)
            hit.resolve(crashed)
            return crashed != nil
        }
        // What follows from the answer may be seen before the answer is. If nothing did in time, there may be none.
        if event == nil { hit.resolve(nil) }
        guard let crashed = await hit.value else { throw .notRunning(id.name) }
        var report = CrashReport(
            child: id.name, incarnation: crashed, sequence: holding?.oldest.sequence, held: holding?.messages ?? held)
        report.enter(course.withLock(\.self))
        return report
    }
}

extension CrashReport {
    /// Enters what followed from the crash.
    fileprivate mutating func enter(_ course: CrashCourse) {
        (replacement, detection, recovery) = (course.replacement, course.detection, course.recovery)
        (gaveUp, restartedBy) = (course.gaveUp, course.restartedBy)
    }
}
