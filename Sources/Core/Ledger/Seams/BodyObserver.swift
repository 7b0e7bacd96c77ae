/// Is told by bodies that are processes what is worth counting. It does not wait, and may be told from any thread.
public protocol BodyObserver: Sendable {
    /// A process has said that it is ready: whatever ends it now, it could be started.
    func proved()
    /// A process was started, which took so long.
    func spawned(in duration: Duration)
    /// A process has ended. Each is told once, also one of several that a body had.
    func exited(_ exit: BodyExit?, _ cause: BodyExitCause)
    /// So many answers came before that of an older message.
    func answeredOutOfOrder(_ count: Int)
    /// So many lines of standard error were left out of the log.
    func droppedErrorLines(_ count: Int)
}

extension BodyObserver {
    /// Is of no interest to who counts.
    public func proved() {}
}

/// Counts nothing: for a body that is tried outside of a tree.
struct Unobserved: BodyObserver {
    func spawned(in duration: Duration) {}
    func exited(_ exit: BodyExit?, _ cause: BodyExitCause) {}
    func answeredOutOfOrder(_ count: Int) {}
    func droppedErrorLines(_ count: Int) {}
}
