/// What is seen from outside of a body that is a process.
public struct BodyVitals: Sendable, Hashable {
    /// Its process id.
    public var pid: Int32
    /// What it holds in memory, in bytes; nil: that could not be read.
    public var residentBytes: Int?
    /// The processor time that it has used; nil: that could not be read.
    public var processorTime: Duration?

    /// Makes one.
    public init(pid: Int32, residentBytes: Int? = nil, processorTime: Duration? = nil) {
        self.pid = pid
        self.residentBytes = residentBytes
        self.processorTime = processorTime
    }
}
