import Supervision

/// What follows from one crash, as the supervisors tell it: that it was seen, who gave up over it, and what came in its place.
///
/// Beyond the budget of its supervisor it is not the part that is started again, but the supervisor, by the one above it, and that
/// one may give up in turn. The part is back when an incarnation of it starts, by whomever. If it does not come back with the
/// highest that gave up (the pool may be smaller now), then that is what stands in its place.
package struct CrashCourse {
    private let child: ChildID
    private let incarnation: UInt64?
    private let supervisor: String
    /// From the crash until its supervisor had seen it.
    private(set) var detection: Duration?
    /// From the crash until something stood in its place.
    private(set) var recovery: Duration?
    /// Its new incarnation.
    private(set) var replacement: UInt64?
    /// The supervisors that gave up, from below.
    package private(set) var gaveUp: [String] = []
    /// Who started the highest of them again.
    private(set) var restartedBy: String?

    /// - Parameter incarnation: the one that crashes; nil: whichever lives.
    package init(of child: ChildID, incarnation: UInt64?, under supervisor: String) {
        self.child = child
        self.incarnation = incarnation
        self.supervisor = supervisor
    }

    /// Takes note of an event. True: there is nothing more to wait for.
    ///
    /// - Parameter time: since the crash.
    mutating func isOver(with event: SupervisionEvent, after time: Duration) -> Bool {
        switch event.kind {
        case .exited, .abandoned:
            if event.child == child, incarnation == nil || event.incarnation == incarnation {
                detection = detection ?? time
            }
            return false
        // Started: what stands above it began anew, and brought a new one along. Of an incarnation that runs already, the
        // supervisor may be about to say so.
        case .restarted where event.child == child, .started where event.child == child:
            guard event.incarnation > incarnation ?? 0 else { return false }
            replacement = event.incarnation
            recovery = time
            return true
        case .gaveUp:
            // Its own supervisor first; then the one over the last, because of that.
            guard gaveUp.last.map({ event.child.name == $0 }) ?? (event.supervisor == supervisor) else { return false }
            gaveUp.append(event.supervisor)
            // Above it there is nobody.
            return event.supervisor == "application_supervisor"
        case .restarting:
            if event.child.name == gaveUp.last { restartedBy = event.supervisor }
            return false
        case .restarted:
            // It may bring the part along in a moment.
            if event.child.name == gaveUp.last { (restartedBy, recovery) = (event.supervisor, time) }
            return false
        case .started, .restartFailed, .abandonedEnded: return false
        }
    }
}
