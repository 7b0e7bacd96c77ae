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
    /// More than ``RestartBudget/maximumRestarts``: a supervisor that never gives up is none.
    case unlimitedRestarts(Int)
    case periodNotPositive(Duration)
    case negativeMaximumChildren(Int)
    case backoffNotPositive(Duration)
    case backoffMaximumBelowInitial(Duration)
    case backoffDecayNotPositive(Duration)
    case backoffJitterOutOfRange(Double)
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
        case .unlimitedRestarts(let restarts):
            "the budget of \(restarts) restarts is none: allow at most \(RestartBudget.maximumRestarts)"
        case .periodNotPositive(let period): "the restart budget's period of \(period) is not positive"
        case .negativeMaximumChildren(let limit): "the limit of \(limit) children is negative: use nil for no limit"
        case .backoffNotPositive(let delay): "the first backoff of \(delay) is not positive: use nil for no backoff"
        case .backoffMaximumBelowInitial(let delay): "the longest backoff of \(delay) is shorter than the first"
        case .backoffDecayNotPositive(let decay): "the backoff's decay of \(decay) is not positive"
        case .backoffJitterOutOfRange(let jitter): "the backoff's jitter of \(jitter) is not between 0 and 1"
        }
    }
}

extension RestartBudget {
    /// Throws when the budget is not one.
    public func validate() throws(InvalidSpecification) {
        if restarts < 0 { throw .negativeRestarts(restarts) }
        if restarts > Self.maximumRestarts { throw .unlimitedRestarts(restarts) }
        if period <= .zero { throw .periodNotPositive(period) }
    }
}

extension ChildSpecification {
    /// Throws when no supervisor with that `autoShutdown` may have such a child.
    public func validate(under autoShutdown: Supervisor.AutoShutdown) throws(InvalidSpecification) {
        if id.name.isEmpty { throw .emptyID }
        if case .timeout(let budget) = traits.shutdown, budget < .zero { throw .negativeShutdown(id, budget) }
        if traits.isSignificant {
            if traits.restart == .permanent { throw .significantPermanent(id) }
            if autoShutdown == .never { throw .significantWithoutAutoShutdown(id) }
        }
    }
}

extension RestartBackoff {
    /// Throws when the backoff is not one.
    public func validate() throws(InvalidSpecification) {
        if initial <= .zero { throw .backoffNotPositive(initial) }
        if maximum < initial { throw .backoffMaximumBelowInitial(maximum) }
        if decay <= .zero { throw .backoffDecayNotPositive(decay) }
        if !(0...1).contains(jitter) { throw .backoffJitterOutOfRange(jitter) }
    }
}

extension SupervisorPlan {
    /// What is wrong with the supervisor or with its first child that is not valid, and whose fault it is.
    func invalidPart(of name: String) -> (ChildID, InvalidSpecification)? {
        var culprit = ChildID(name)
        do throws(InvalidSpecification) {
            try options.budget.validate()
            try options.backoff?.validate()
            if let limit = template?.maximumChildren, limit < 0 { throw .negativeMaximumChildren(limit) }
            var ids: Set<ChildID> = []
            for child in children + (template.map { [$0.specification] } ?? []) {
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
