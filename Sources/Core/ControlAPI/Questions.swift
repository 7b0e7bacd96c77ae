// The questions of the API: what can be asked, and how it is written in a path and a query.

/// Asks for the daemon's ``Status``.
public struct StatusRequest: ControlQuestion {
    /// The snapshot.
    public typealias Response = Status
    /// `GET /v1/status`.
    public static let route = ControlRoute.status

    /// Makes the request; it has nothing to say.
    public init() {}
    /// There is nothing to read.
    public init(identifier: String?, query: inout Query) throws(ControlFailure) {}
}

/// Asks for the ``RunningConfiguration``.
public struct RunningConfigurationRequest: ControlQuestion {
    /// What the daemon lives by.
    public typealias Response = RunningConfiguration
    /// `GET /v1/configuration`.
    public static let route = ControlRoute.configuration

    /// Makes the request; it has nothing to say.
    public init() {}
    /// There is nothing to read.
    public init(identifier: String?, query: inout Query) throws(ControlFailure) {}
}

/// Asks for the live ``Tree``.
public struct TreeRequest: ControlQuestion {
    /// The tree.
    public typealias Response = Tree
    /// `GET /v1/tree`.
    public static let route = ControlRoute.tree

    /// Makes the request; it has nothing to say.
    public init() {}
    /// There is nothing to read.
    public init(identifier: String?, query: inout Query) throws(ControlFailure) {}
}

/// Asks for the ``Streams``.
public struct StreamsRequest: ControlQuestion {
    /// The streams.
    public typealias Response = Streams
    /// `GET /v1/streams`.
    public static let route = ControlRoute.streams

    /// Makes the request; it has nothing to say.
    public init() {}
    /// There is nothing to read.
    public init(identifier: String?, query: inout Query) throws(ControlFailure) {}
}

/// Asks for the ``Workers``.
public struct WorkersRequest: ControlQuestion {
    /// The workers.
    public typealias Response = Workers
    /// `GET /v1/workers`.
    public static let route = ControlRoute.workers

    /// Makes the request; it has nothing to say.
    public init() {}
    /// There is nothing to read.
    public init(identifier: String?, query: inout Query) throws(ControlFailure) {}
}

/// Asks for what `ptrctl top` shows.
public struct TopRequest: ControlQuestion {
    /// What it shows.
    public typealias Response = Top
    /// `GET /v1/top`.
    public static let route = ControlRoute.top

    /// Makes the request; it has nothing to say.
    public init() {}
    /// There is nothing to read.
    public init(identifier: String?, query: inout Query) throws(ControlFailure) {}
}

/// Asks for what happened of late.
public struct EventsRequest: ControlQuestion, Hashable {
    /// The events, the oldest first.
    public typealias Response = Events
    /// `GET /v1/events`.
    public static let route = ControlRoute.events
    /// How many can be asked for at once.
    public static let limits = 1...1000

    /// What they are to be about; empty: anything.
    public let kinds: [Event.Kind]
    /// At most so many, the last ones; 100 if it is not given.
    public let limit: Int?
    /// Only those with a greater number.
    public let after: UInt64?

    /// Makes a request.
    public init(kinds: [Event.Kind] = [], limit: Int? = nil, after: UInt64? = nil) {
        self.kinds = kinds
        self.limit = limit
        self.after = after
    }

    /// Reads `kind`, `limit` and `after`.
    public init(identifier: String?, query: inout Query) throws(ControlFailure) {
        kinds = try query.words("kind", of: Event.Kind.all)
        limit = try query.integer("limit", in: Self.limits)
        after = try query.integer("after", in: 0...UInt64(Int64.max))
    }

    /// `kind`, `limit` and `after`.
    public var query: [QueryItem] {
        kinds.map { QueryItem("kind", $0.rawValue) }
            + [
                limit.map { QueryItem("limit", $0) }, after.map { QueryItem("after", $0) },
            ].compactMap(\.self)
    }
}

/// Asks for what happens from now on, or after a given event. The number of an event is its event id, so a client that
/// reconnects with `Last-Event-ID` misses nothing that is still kept.
public struct EventsSubscription: ControlSubscription, Hashable {
    /// One event after another.
    public typealias Response = Event
    /// `GET /v1/events/stream`.
    public static let route = ControlRoute.eventStream

    /// What they are to be about; empty: anything.
    public let kinds: [Event.Kind]
    /// Begin after this one; with those that come from now on if it is not given.
    public let after: UInt64?

    /// Makes a request.
    public init(kinds: [Event.Kind] = [], after: UInt64? = nil) {
        self.kinds = kinds
        self.after = after
    }

    /// Reads `kind` and `after`.
    public init(identifier: String?, query: inout Query) throws(ControlFailure) {
        kinds = try query.words("kind", of: Event.Kind.all)
        after = try query.integer("after", in: 0...UInt64(Int64.max))
    }

    /// `kind` and `after`.
    public var query: [QueryItem] {
        kinds.map { QueryItem("kind", $0.rawValue) } + [after.map { QueryItem("after", $0) }].compactMap(\.self)
    }
}

/// Asks for the last decisions of the autoscaler.
public struct DecisionsRequest: ControlQuestion, Hashable {
    /// The decisions, the oldest first.
    public typealias Response = Decisions
    /// `GET /v1/scaling`.
    public static let route = ControlRoute.decisions
    /// How many can be asked for.
    public static let limits = 1...300

    /// At most so many, the last ones; 20 if it is not given.
    public let limit: Int?

    /// Makes a request.
    public init(limit: Int? = nil) {
        self.limit = limit
    }

    /// Reads `limit`.
    public init(identifier: String?, query: inout Query) throws(ControlFailure) {
        limit = try query.integer("limit", in: Self.limits)
    }

    /// `limit`.
    public var query: [QueryItem] { [limit.map { QueryItem("limit", $0) }].compactMap(\.self) }
}

/// Asks for the last crashes.
public struct CrashesRequest: ControlQuestion, Hashable {
    /// The crashes, the oldest first.
    public typealias Response = Crashes
    /// `GET /v1/crashes`.
    public static let route = ControlRoute.crashes
    /// How many can be asked for.
    public static let limits = 1...500

    /// At most so many, the last ones; 20 if it is not given.
    public let limit: Int?

    /// Makes a request.
    public init(limit: Int? = nil) {
        self.limit = limit
    }

    /// Reads `limit`.
    public init(identifier: String?, query: inout Query) throws(ControlFailure) {
        limit = try query.integer("limit", in: Self.limits)
    }

    /// `limit`.
    public var query: [QueryItem] { [limit.map { QueryItem("limit", $0) }].compactMap(\.self) }
}

/// Asks for one crash.
public struct CrashDetailRequest: ControlQuestion, Hashable {
    /// The crash.
    public typealias Response = Crash
    /// `GET /v1/crashes/{id}`.
    public static let route = ControlRoute.crashDetail

    /// Its number.
    public let id: UInt64

    /// Makes a request.
    public init(id: UInt64) {
        self.id = id
    }

    /// Reads the number in the path.
    public init(identifier: String?, query: inout Query) throws(ControlFailure) {
        id = try UInt64(identifierOf: identifier, what: "crash")
    }

    /// The number.
    public var identifier: String? { "\(id)" }
}

/// Asks for live messages. More than the daemon can spare are passed over and counted.
public struct TapSubscription: ControlSubscription, Hashable {
    /// One message after another.
    public typealias Response = TapRecord
    /// `GET /v1/tap`.
    public static let route = ControlRoute.tap
    /// The longest text that can be looked for, in bytes.
    public static let longestText = 256

    /// At which point to look.
    public let stage: TapRecord.Stage
    /// Only messages with this text in their data, type or event id.
    public let text: String?

    /// Makes a request.
    public init(stage: TapRecord.Stage = .received, text: String? = nil) {
        self.stage = stage
        self.text = text
    }

    /// Reads `stage` and `where`.
    public init(identifier: String?, query: inout Query) throws(ControlFailure) {
        let stages = try query.words("stage", of: TapRecord.Stage.all)
        guard stages.count < 2 else {
            throw ControlFailure(.badRequest, "the parameter stage is given more than once; tap one stage at a time")
        }
        stage = stages.first ?? .received
        text = try query.text("where", longest: Self.longestText)
    }

    /// `stage` and `where`.
    public var query: [QueryItem] {
        [QueryItem("stage", stage.rawValue)] + [text.map { QueryItem("where", $0) }].compactMap(\.self)
    }
}

/// Asks for a page of dead letters.
public struct DeadLettersRequest: ControlQuestion, Hashable {
    /// The page.
    public typealias Response = DeadLetters
    /// `GET /v1/dead-letters`.
    public static let route = ControlRoute.deadLetters
    /// How many can be asked for at once.
    public static let limits = 1...1000

    /// Only those of this stream.
    public let stream: String?
    /// Only those with this text in their data, reason, type or event id.
    public let text: String?
    /// Only those with a greater number.
    public let after: Int64?
    /// At most so many, the oldest ones; 100 if it is not given.
    public let limit: Int?

    /// Makes a request.
    public init(stream: String? = nil, text: String? = nil, after: Int64? = nil, limit: Int? = nil) {
        self.stream = stream
        self.text = text
        self.after = after
        self.limit = limit
    }

    /// Reads `stream`, `where`, `after` and `limit`.
    public init(identifier: String?, query: inout Query) throws(ControlFailure) {
        stream = try query.string("stream")
        text = try query.text("where", longest: DeadLetterSelection.longestText)
        after = try query.integer("after", in: 0...Int64.max)
        limit = try query.integer("limit", in: Self.limits)
    }

    /// `stream`, `where`, `after` and `limit`.
    public var query: [QueryItem] {
        [
            stream.map { QueryItem("stream", $0) }, text.map { QueryItem("where", $0) },
            after.map { QueryItem("after", $0) }, limit.map { QueryItem("limit", $0) },
        ].compactMap(\.self)
    }
}

/// Asks for one dead letter with its data.
public struct DeadLetterRequest: ControlQuestion, Hashable {
    /// The dead letter.
    public typealias Response = DeadLetterDetail
    /// `GET /v1/dead-letters/{id}`.
    public static let route = ControlRoute.deadLetter

    /// Its number in the state directory.
    public let id: Int64

    /// Makes a request.
    public init(id: Int64) {
        self.id = id
    }

    /// Reads the number in the path.
    public init(identifier: String?, query: inout Query) throws(ControlFailure) {
        id = try Int64(identifierOf: identifier, what: "dead letter")
    }

    /// The number.
    public var identifier: String? { "\(id)" }
}

/// Asks how far a replay has come that went on after its answer (``DeadLetterResponse/goesOn``).
public struct ReplayProgressRequest: ControlQuestion, Hashable {
    /// How far it is; when it is over, its whole answer.
    public typealias Response = DeadLetterResponse
    /// `GET /v1/dead-letters/replays/{id}`.
    public static let route = ControlRoute.replayProgress

    /// Its number in this life of the daemon.
    public let id: UInt64

    /// Makes a request.
    public init(id: UInt64) {
        self.id = id
    }

    /// Reads the number in the path.
    public init(identifier: String?, query: inout Query) throws(ControlFailure) {
        id = try UInt64(identifierOf: identifier, what: "replay")
    }

    /// The number.
    public var identifier: String? { "\(id)" }
}

/// Asks how much is logged.
public struct CurrentLogLevelRequest: ControlQuestion {
    /// The level; both are the same.
    public typealias Response = LogLevelResponse
    /// `GET /v1/log-level`.
    public static let route = ControlRoute.currentLogLevel

    /// Makes the request; it has nothing to say.
    public init() {}
    /// There is nothing to read.
    public init(identifier: String?, query: inout Query) throws(ControlFailure) {}
}

extension FixedWidthInteger {
    fileprivate init(identifierOf text: String?, what: String) throws(ControlFailure) {
        guard let text, let number = Self(text), "\(number)" == text, number > 0 else {
            throw ControlFailure(
                .notFound, "there is no \(what) \((text ?? "").debugDescription): it has to be a number")
        }
        self = number
    }
}
