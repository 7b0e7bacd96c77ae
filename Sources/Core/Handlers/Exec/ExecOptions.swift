public import Launching
public import Pipeline
public import WorkerProtocol

/// How programs are run that handle messages.
public struct ExecOptions: Sendable {
    /// How long a process lives.
    public enum Mode: Sendable, Hashable {
        /// For many messages, in the protocol "ptr worker 1".
        case resident
        /// For one message, which is its standard input.
        case oneshot
    }

    /// How long a process lives.
    public var mode = Mode.resident
    /// What is started, and as what. `PTR_WORKER` is added to its environment.
    public var launch: LaunchSpecification
    /// How frames are told apart.
    public var framing = Framing.lines
    /// Whether it is given nothing before it has said that it is ready.
    public var waitsForReady = false
    /// How long it may take to say so.
    public var startTimeout = Duration.seconds(30)
    /// What it wants to have in hand.
    public var demand = Demand()
    /// The longest answer, in bytes.
    public var maxAnswerBytes = 1 << 20
    /// After which silence, with work in hand, it hangs, if it has said that it gives signs of life; nil: after none.
    public var heartbeat: Duration?
    /// For how long progress can put off its timeout.
    public var maxTime = Duration.seconds(600)
    /// How long each step of a stop waits: for its end by itself, and after SIGTERM.
    public var stopGrace = Duration.seconds(5)
    /// After so many messages another process takes its place; nil: never.
    public var recycleMessages: Int?
    /// After so long another process takes its place, when it is next given something; nil: never.
    public var recycleAfter: Duration?
    /// So much memory its cgroup may have; nil: any.
    public var memoryMax: Int?
    /// The longest line of its standard error that is logged, in bytes.
    public var longestErrorLine = 4 << 10
    /// So many lines of it are logged in a second; what is more is counted.
    public var errorLinesPerSecond = 200

    /// Makes options with the defaults of the configuration.
    public init(_ launch: LaunchSpecification) {
        self.launch = launch
    }

    /// Where its answers come from.
    var replies: ProcessStream { launch.hasReplyDescriptor ? .reply : .output }
}
