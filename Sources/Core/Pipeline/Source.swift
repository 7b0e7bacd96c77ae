/// Where messages come from: the seam for new kinds of input.
public protocol Source: Sendable {
    /// The name of the stream; unique.
    var name: String { get }
    /// Where it comes from, for people: without secrets.
    var location: String { get }
    /// Receives, and hands what it received to the intake, until the task is cancelled.
    ///
    /// A throw is a crash: the source is started again, and asks the intake where to go on.
    func run(_ intake: StreamIntake) async throws
}
