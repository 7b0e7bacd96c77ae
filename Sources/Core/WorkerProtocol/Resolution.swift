/// What an answer means for what a worker has in hand.
public enum Meaning: Sendable, Hashable {
    /// It is ready; ``Conversation/prefetch`` and ``Conversation/hasHeartbeat`` hold what it said.
    case ready
    /// Something it had in hand is answered for.
    case answered(Resolution)
    /// It works on a message of the frame at this place among those in hand, 0 being the oldest.
    case progress(place: Int)
    /// A line for the log.
    case log(WorkerLogLevel, String)
}

/// What became of a frame, or of a part of it.
public struct Resolution: Sendable, Hashable {
    /// For whom of the frame's messages an answer is.
    public enum Part: Sendable, Hashable {
        /// All that were not answered for before.
        case rest(WorkerOutcome)
        /// The one at this place in the frame.
        case message(Int, WorkerOutcome)
        /// Those at these places in the frame, in their order; all others that were not answered for before are done.
        case exceptions([Exception])
    }

    /// A message of a batch that did not end as the rest.
    public struct Exception: Sendable, Hashable {
        /// Its place in the frame.
        public var index: Int
        /// How it ended.
        public var outcome: WorkerOutcome

        /// Makes one.
        public init(_ index: Int, _ outcome: WorkerOutcome) {
            self.index = index
            self.outcome = outcome
        }
    }

    /// The number of the frame.
    public var frame: UInt64
    /// The frame's place among those that were in hand when the answer came, 0 being the oldest: its clock begins anew.
    public var place: Int
    /// What is answered for.
    public var part: Part
    /// Whether nothing of the frame is owed any more: it is out of the worker's hand, and the frames behind it have moved up.
    public var completesFrame: Bool

    /// Makes one.
    public init(frame: UInt64, place: Int, part: Part, completesFrame: Bool) {
        self.frame = frame
        self.place = place
        self.part = part
        self.completesFrame = completesFrame
    }
}
