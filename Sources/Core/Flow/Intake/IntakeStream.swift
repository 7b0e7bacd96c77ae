import Locking

/// What the intake knows of one stream, beside what it has brought.
///
/// Streams are told apart by their places in the tables that are kept per stream, so a place is given to another stream
/// only when nothing of the last one is left.
struct IntakeStream {
    enum Phase: Sendable {
        case living
        /// It is not configured any more; what it brought is worked on.
        case retired
        /// Nothing of it is left: the place may be given to another.
        case free
    }

    /// Until when nothing of it is admitted.
    enum Pause: Sendable, Hashable {
        case resumed
        /// As the world counts it, also what the process missed: an operator said it by a clock on the wall.
        case time(Duration)
    }

    var status: StreamStatus
    var phase = Phase.living
    var pause: Pause?
    /// Whether it stands still with everything else: a drain holds it, whatever becomes of its own pause.
    var isStoodDown = false
    /// The incarnation of its receiver that may bring something.
    var incarnation: UInt64 = 0
    /// Where its receiver waits for the next try, if it does.
    var wait: Notify?

    /// Whether nothing of it is admitted.
    var isHeld: Bool { isStoodDown || pause != nil }

    /// Its status, with what the intake itself does to it.
    var shown: StreamStatus { status.shown(isHeld: isHeld, until: isStoodDown ? nil : pause) }
}
