import Dispatch
import NIOConcurrencyHelpers

/// Asks the system for the addresses of names. It can only be asked by blocking a thread, for as long as a name server does
/// not answer; so each name has a thread of its own, shared by all who ask for it meanwhile, and one that hangs holds nobody
/// else. Nothing waits for these threads at the end of the process.
final class NameLookups: Sendable {
    typealias Answer = @Sendable (Result<[String], NameLookupError>) -> Void

    static let shared = NameLookups()
    /// How many names may be looked up at once; further ones wait for a thread.
    private static let threads = 64

    /// Who waits for a name.
    struct Ticket {
        fileprivate let name: String
        fileprivate let number: UInt64
    }

    private struct State {
        /// Who waits for each name that is asked for, by the numbers of the tickets.
        var waiting: [String: [UInt64: Answer]] = [:]
        var tickets: UInt64 = 0
        /// Names without a thread, the first to come first.
        var queue: [String] = []
        var running = 0
    }

    private let state = NIOLockedValueBox(State())
    private let lookUp: @Sendable (String) -> Result<[String], NameLookupError>

    /// - Parameter lookUp: asks, and blocks meanwhile.
    init(lookUp: @escaping @Sendable (String) -> Result<[String], NameLookupError> = systemAddresses(of:)) {
        self.lookUp = lookUp
    }

    /// Has the numeric addresses of `name` told to `answer`, the preferred ones first, on another thread.
    @discardableResult
    func addresses(of name: String, _ answer: @escaping Answer) -> Ticket {
        let name = name.lowercased()
        let (ticket, starts) = state.withLockedValue { state in
            state.tickets += 1
            let ticket = Ticket(name: name, number: state.tickets)
            guard state.waiting[name] == nil else {
                state.waiting[name]?[ticket.number] = answer
                return (ticket, false)
            }
            state.waiting[name] = [ticket.number: answer]
            guard state.running < Self.threads else {
                state.queue.append(name)
                return (ticket, false)
            }
            state.running += 1
            return (ticket, true)
        }
        if starts { run(name) }
        return ticket
    }

    /// Somebody does not wait any longer: he and what he holds are forgotten, however long the name hangs.
    func cancel(_ ticket: Ticket) {
        _ = state.withLockedValue { $0.waiting[ticket.name]?.removeValue(forKey: ticket.number) }
    }

    /// How many wait for a name.
    func waiting(for name: String) -> Int { state.withLockedValue { $0.waiting[name]?.count ?? 0 } }

    private func run(_ name: String) {
        // A queue of its own has a thread of its own.
        DispatchQueue(label: "name lookup").async { [self] in
            let result = lookUp(name)
            let (answers, next) = state.withLockedValue { state -> ([UInt64: Answer], String?) in
                let answers = state.waiting.removeValue(forKey: name) ?? [:]
                guard !state.queue.isEmpty else {
                    state.running -= 1
                    return (answers, nil)
                }
                return (answers, state.queue.removeFirst())
            }
            if let next { run(next) }
            for (_, answer) in answers.sorted(by: { $0.key < $1.key }) { answer(result) }
        }
    }
}
