public import NIOCore

/// Where a process writes to.
public enum ProcessStream: Int, Sendable, Hashable, CaseIterable {
    /// Standard output.
    case output
    /// Standard error.
    case errors
    /// Descriptor 3.
    case reply
}

/// Whom a process and its pipes tell what happens.
///
/// All calls come from one thread of the ``Launcher``, which serves all of its processes: a call that takes long holds up the
/// others. The first may come before ``Launcher/launch(_:observer:)`` has returned. The last is ``exited(_:)``: before it comes
/// all that the process had written, and the end of each stream.
public protocol ProcessObserver: AnyObject, Sendable {
    /// It has written something.
    ///
    /// The buffer is one that is used again: who keeps it, or a slice of it, keeps 64 KiB; a few bytes are better copied.
    func received(_ bytes: ByteBuffer, from stream: ProcessStream)
    /// It has closed a stream, or has ended.
    func ended(_ stream: ProcessStream)
    /// What had to wait until it reads has been written, all of it.
    func inputWritten()
    /// It has closed its standard input, or has ended: nothing more can be written.
    func inputBroken()
    /// It has ended, and is reaped.
    func exited(_ exit: ProcessExit)
}

extension ProcessObserver {
    /// Is of no interest.
    public func ended(_ stream: ProcessStream) {}
    /// Is of no interest.
    public func inputWritten() {}
    /// Is of no interest.
    public func inputBroken() {}
    /// Is of no interest to who awaits ``LaunchedProcess/exit``.
    public func exited(_ exit: ProcessExit) {}
}
