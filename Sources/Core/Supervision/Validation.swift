/// Why a supervisor or a child cannot be as it was described: OTP's rules for supervisor flags and child
/// specifications.
public enum InvalidSpecification: Error, Sendable, Hashable {
    case emptyID
    /// Two children of one supervisor have the same identifier.
    case duplicateID(ChildID)
    case negativeShutdown(ChildID, Duration)
    /// A child that is always restarted never ends for good, so its end can mean nothing to the supervisor.
    case significantPermanent(ChildID)
    /// The supervisor does not shut down by itself, so no child can be significant to it.
    case significantWithoutAutoShutdown(ChildID)
    case negativeRestarts(Int)
    case periodNotPositive(Duration)
}

extension InvalidSpecification: CustomStringConvertible {
    /// In words, for people.
    public var description: String {
        switch self {
        case .emptyID: "the child has an empty identifier: name it"
        case .duplicateID(let id): "there are two children \(id): give each an identifier of its own"
        case .negativeShutdown(let id, let budget):
            "\(id): the shutdown budget of \(budget) is negative: use brutalKill to give it no time"
        case .significantPermanent(let id): "\(id) is significant, but permanent: make it transient or temporary"
        case .significantWithoutAutoShutdown(let id):
            "\(id) is significant, but its supervisor does not shut down by itself: set autoShutdown"
        case .negativeRestarts(let restarts): "the budget of \(restarts) restarts is negative: use 0 to allow none"
        case .periodNotPositive(let period): "the restart budget's period of \(period) is not positive"
        }
    }
}

extension RestartBudget {
    /// Throws when the budget is not one.
    public func validate() throws(InvalidSpecification) {
        if restarts < 0 { throw .negativeRestarts(restarts) }
        if period <= .zero { throw .periodNotPositive(period) }
    }
}

extension ChildSpecification {
    /// Throws when no supervisor with that `autoShutdown` may have such a child.
    public func validate(under autoShutdown: Supervisor.AutoShutdown) throws(InvalidSpecification) {
        if id.name.isEmpty { throw .emptyID }
        if case .timeout(let budget) = shutdown, budget < .zero { throw .negativeShutdown(id, budget) }
        if isSignificant {
            if restart == .permanent { throw .significantPermanent(id) }
            if autoShutdown == .never { throw .significantWithoutAutoShutdown(id) }
        }
    }
}

extension Supervisor {
    /// What is wrong with the supervisor or with its first child that is not valid, and whose fault it is.
    var invalidPart: (ChildID, InvalidSpecification)? {
        var culprit = ChildID(name)
        do throws(InvalidSpecification) {
            try options.budget.validate()
            var ids: Set<ChildID> = []
            for child in children {
                culprit = child.id
                try child.validate(under: options.autoShutdown)
                if !ids.insert(child.id).inserted { throw .duplicateID(child.id) }
            }
            return nil
        } catch {
            return (culprit, error)
        }
    }
}
