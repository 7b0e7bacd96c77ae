import Locking
import Supervision

/// Asks supervisors for a look at themselves, each once at a time: while one does not answer, whoever asks as well waits for
/// the same answer, so that questions cannot pile up before a supervisor that is busy.
final class SupervisorSnapshots: Sendable {
    /// What was answered, by supervisor.
    struct Answers: Sendable {
        fileprivate var looks: [ObjectIdentifier: SupervisorSnapshot] = [:]

        package func look(_ supervisor: Supervisor?) -> SupervisorSnapshot? {
            supervisor.flatMap { looks[ObjectIdentifier($0)] }
        }
    }

    private typealias Listener = @Sendable (SupervisorSnapshot?) -> Void
    /// Who waits for the answer of which supervisor.
    private let asked = Locked<[ObjectIdentifier: [UInt64: Listener]]>([:])
    private let lastListener = Locked<UInt64>(0)

    /// Asks all at once, and returns what was answered in time.
    func ask(_ supervisors: [Supervisor], within patience: Duration, runtime: SupervisionRuntime) async -> Answers {
        let gathered = Gathered(count: supervisors.count)
        let answered = OneShot<Bool>()
        let deadline = runtime.now + patience
        let number = lastListener.withLock { last in
            last += 1
            return last
        }
        for supervisor in supervisors {
            let key = ObjectIdentifier(supervisor)
            let listener: Listener = { look in
                let isLast = gathered.state.withLock { state in
                    state.looks.looks[key] = look
                    state.left -= 1
                    return state.left == 0
                }
                if isLast { answered.resolve(true) }
            }
            let isFirst = asked.withLock { asked in
                defer { asked[key, default: [:]][number] = listener }
                return asked[key] == nil
            }
            guard isFirst else { continue }
            runtime.spawn { [self] in
                let look = try? await supervisor.snapshot()
                let listeners = asked.withLock { $0.removeValue(forKey: key) }
                for listener in (listeners ?? [:]).values { listener(look) }
            }
        }
        if supervisors.isEmpty { answered.resolve(true) }
        _ = await runtime.wait(until: deadline, for: answered)
        asked.withLock { asked in
            for supervisor in supervisors { asked[ObjectIdentifier(supervisor)]?[number] = nil }
        }
        return gathered.state.withLock { $0.looks }
    }

    /// How many wait for a supervisor's answer.
    package func waiting(for supervisor: Supervisor) -> Int {
        asked.withLock { $0[ObjectIdentifier(supervisor)]?.count ?? 0 }
    }

    /// What has been answered; answers come when the supervisors have time, also when nobody waits any more.
    private final class Gathered: Sendable {
        let state: Locked<(looks: Answers, left: Int)>

        init(count: Int) { state = Locked((Answers(), count)) }
    }
}
