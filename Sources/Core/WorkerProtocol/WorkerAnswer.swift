/// What a worker says, in one line or frame of its own. What that means for what it has in hand is said by ``Conversation``.
public enum WorkerAnswer: Sendable, Hashable {
    /// It is ready, may take so many frames at once (nil: it does not say), and says whether it will give signs of life.
    case ready(prefetch: Int?, heartbeat: Bool)
    /// What became of a message, or of all of a frame that is not answered for.
    case outcome(WorkerOutcome, of: AnswerTarget)
    /// What became of some of a batch's messages, by their numbers; the rest is done.
    case partial(frame: UInt64, [UInt64: WorkerOutcome])
    /// It works on the message of this number.
    case progress(UInt64)
    /// A line for the log.
    case log(WorkerLogLevel, String)
}

/// What an answer is about.
public enum AnswerTarget: Sendable, Hashable {
    /// The message of this number.
    case message(UInt64)
    /// What is not answered for yet of the batch of this number.
    case frame(UInt64)
    /// What is not answered for yet of the oldest frame.
    case oldest
}

/// How a worker says that the work on a message ended.
public enum WorkerOutcome: Sendable, Hashable {
    /// It is done.
    case done
    /// It did not work: to be tried again, after `retryAfter` at the earliest.
    case failed(String, retryAfter: Duration? = nil)
    /// It never will work.
    case rejected(String)
    /// What the worker needs is down: to be tried again, after `retryAfter` at the earliest.
    case unavailable(String, retryAfter: Duration? = nil)
}

/// How much a worker's log line matters; by the names that most languages have for it.
public enum WorkerLogLevel: String, Sendable, Hashable, CaseIterable {
    case trace, debug, info, notice, warning, error, critical
}
