// swift-format-ignore-file
// Made of docs/openapi.json by scripts/openapi.
// What a protocol says of its members is said there.

public import ProgramKit

extension ControlRoute {
    /// One consistent snapshot.
    public static let status = ControlRoute(method: "GET", path: "/v1/status")
    /// The live supervision tree.
    public static let tree = ControlRoute(method: "GET", path: "/v1/tree")
    /// The streams.
    public static let streams = ControlRoute(method: "GET", path: "/v1/streams")
    /// After which event id a stream would go on if it had to begin anew.
    public static let streamPosition = ControlRoute(method: "GET", path: "/v1/streams/position")
    /// Sets the event id after which a stream goes on, and has it begin anew there.
    public static let setStreamPosition = ControlRoute(method: "POST", path: "/v1/streams/position")
    /// Forgets the event id after which a stream goes on, and has it begin anew without one.
    public static let forgetStreamPosition = ControlRoute(method: "POST", path: "/v1/streams/forget")
    /// Whether the broker has what a source needs, and what makes it right. Asks the broker.
    public static let sourceCheck = ControlRoute(method: "GET", path: "/v1/sources/check")
    /// Gives a stream that several daemons share up to another one.
    public static let handOverStream = ControlRoute(method: "POST", path: "/v1/streams/hand-over")
    /// The workers, and what each has in hand.
    public static let workers = ControlRoute(method: "GET", path: "/v1/workers")
    /// What `ptrctl top` shows.
    public static let top = ControlRoute(method: "GET", path: "/v1/top")
    /// What each ptrd of the broker of `[nats]` says of itself, and who of them is silent. Takes half a second.
    public static let whole = ControlRoute(method: "GET", path: "/v1/whole")
    /// What happened of late.
    public static let events = ControlRoute(method: "GET", path: "/v1/events")
    /// What happens from now on, or after a given event.
    public static let eventStream = ControlRoute(method: "GET", path: "/v1/events/stream")
    /// The last decisions of the autoscaler.
    public static let decisions = ControlRoute(method: "GET", path: "/v1/scaling")
    /// The last crashes.
    public static let crashes = ControlRoute(method: "GET", path: "/v1/crashes")
    /// One crash.
    public static let crashDetail = ControlRoute(method: "GET", path: "/v1/crashes/{id}")
    /// Live messages, sampled: more than the daemon can spare are passed over and counted.
    public static let tap = ControlRoute(method: "GET", path: "/v1/tap")
    /// A page of dead letters.
    public static let deadLetters = ControlRoute(method: "GET", path: "/v1/dead-letters")
    /// One dead letter with its data.
    public static let deadLetter = ControlRoute(method: "GET", path: "/v1/dead-letters/{id}")
    /// Admits dead letters anew.
    public static let replayDeadLetters = ControlRoute(method: "POST", path: "/v1/dead-letters/replay")
    /// How far a replay has come that went on after its answer.
    public static let replayProgress = ControlRoute(method: "GET", path: "/v1/dead-letters/replays/{id}")
    /// Deletes dead letters for good.
    public static let purgeDeadLetters = ControlRoute(method: "POST", path: "/v1/dead-letters/purge")
    /// What the daemon lives by, without secrets.
    public static let configuration = ControlRoute(method: "GET", path: "/v1/configuration")
    /// How much is logged.
    public static let currentLogLevel = ControlRoute(method: "GET", path: "/v1/log-level")
    /// Sets how much is logged.
    public static let logLevel = ControlRoute(method: "POST", path: "/v1/log-level")
    /// The measures, in Prometheus's text format.
    public static let metrics = ControlRoute(method: "GET", path: "/v1/metrics")
    /// The description of this API.
    public static let openAPI = ControlRoute(method: "GET", path: "/v1/openapi.json")
    /// Pins the number of direct supervisors, or hands it back to the autoscaler.
    public static let scale = ControlRoute(method: "POST", path: "/v1/scale")
    /// Crashes one part of the tree on purpose, or sends the process of a worker a signal, where `[control] fault_injection` allows it.
    public static let crash = ControlRoute(method: "POST", path: "/v1/crash")
    /// Stops reading from one stream or from all.
    public static let pause = ControlRoute(method: "POST", path: "/v1/pause")
    /// Reads again from one stream or from all.
    public static let resume = ControlRoute(method: "POST", path: "/v1/resume")
    /// Stops reading and finishes what is held.
    public static let drain = ControlRoute(method: "POST", path: "/v1/drain")
    /// Applies a changed configuration.
    public static let reload = ControlRoute(method: "POST", path: "/v1/reload")
    /// All routes of this version.
    public static let all: [ControlRoute] = [.status, .tree, .streams, .streamPosition, .setStreamPosition, .forgetStreamPosition, .sourceCheck, .handOverStream, .workers, .top, .whole, .events, .eventStream, .decisions, .crashes, .crashDetail, .tap, .deadLetters, .deadLetter, .replayDeadLetters, .replayProgress, .purgeDeadLetters, .configuration, .currentLogLevel, .logLevel, .metrics, .openAPI, .scale, .crash, .pause, .resume, .drain, .reload]
}

/// One consistent snapshot.
public struct StatusRequest: ControlQuestion, Hashable {
    public typealias Response = Status
    public static let route = ControlRoute.status
    /// Makes a request.
    public init() {}
    public init(identifier: String?, query: inout Query) throws(ControlFailure) {}
}

/// The live supervision tree.
public struct TreeRequest: ControlQuestion, Hashable {
    public typealias Response = Tree
    public static let route = ControlRoute.tree
    /// Makes a request.
    public init() {}
    public init(identifier: String?, query: inout Query) throws(ControlFailure) {}
}

/// The streams.
public struct StreamsRequest: ControlQuestion, Hashable {
    public typealias Response = Streams
    public static let route = ControlRoute.streams
    /// Makes a request.
    public init() {}
    public init(identifier: String?, query: inout Query) throws(ControlFailure) {}
}

/// After which event id a stream would go on if it had to begin anew.
public struct StreamPositionRequest: ControlQuestion, Hashable {
    public typealias Response = StreamPosition
    public static let route = ControlRoute.streamPosition
    /// The longest stream that is taken, in bytes.
    public static let longestStream = 1024
    /// The stream's name.
    public let stream: String
    /// Makes a request.
    public init(stream: String) { self.stream = stream }
    public init(identifier: String?, query: inout Query) throws(ControlFailure) {
        stream = try query.required("stream", longest: Self.longestStream, hint: "it is the stream's name")
    }
    public var query: [QueryItem] { QueryItem.list("stream", stream) }
}

/// Sets the event id after which a stream goes on, and has it begin anew there.
public struct SetStreamPositionRequest: ControlCommand, Hashable {
    public typealias Response = StreamPosition
    public static let route = ControlRoute.setStreamPosition
    /// The longest position that is taken, in bytes.
    public static let longestPosition = 32768
    /// The stream.
    public let stream: String
    /// The id: what the server is asked with, of 1 to 32768 bytes, without the control characters that no header can hold.
    public let position: String
    enum CodingKeys: String, CodingKey, CaseIterable { case stream, position }
    /// Makes one of its parts.
    public init(stream: String, position: String) { self.stream = stream; self.position = position }
    public init(from decoder: any Decoder) throws {
        let body = try decoder.body(of: CodingKeys.self)
        stream = try body.decode(String.self, forKey: .stream)
        position = try body.decode(String.self, forKey: .position)
        try check(body)
    }
}

/// Forgets the event id after which a stream goes on, and has it begin anew without one.
public struct ForgetStreamPositionRequest: ControlCommand, Hashable {
    public typealias Response = StreamPosition
    public static let route = ControlRoute.forgetStreamPosition
    /// The stream.
    public let stream: String
    enum CodingKeys: String, CodingKey, CaseIterable { case stream }
    /// Makes one of its parts.
    public init(stream: String) { self.stream = stream }
    public init(from decoder: any Decoder) throws {
        let body = try decoder.body(of: CodingKeys.self)
        stream = try body.decode(String.self, forKey: .stream)
    }
}

/// Whether the broker has what a source needs, and what makes it right. Asks the broker.
public struct SourceCheckRequest: ControlQuestion, Hashable {
    public typealias Response = SourceCheck
    public static let route = ControlRoute.sourceCheck
    /// The longest source that is taken, in bytes.
    public static let longestSource = 1024
    /// The source's name.
    public let source: String
    /// Makes a request.
    public init(source: String) { self.source = source }
    public init(identifier: String?, query: inout Query) throws(ControlFailure) {
        source = try query.required("source", longest: Self.longestSource, hint: "it is the source's name")
    }
    public var query: [QueryItem] { QueryItem.list("source", source) }
}

/// Finishes what a stream brought, and gives it up to another daemon that stands by.
public struct HandOverStreamRequest: ControlCommand, Hashable {
    public typealias Response = HandOverResponse
    public static let route = ControlRoute.handOverStream
    /// The stream.
    public let stream: String
    enum CodingKeys: String, CodingKey, CaseIterable { case stream }
    /// Makes one of its parts.
    public init(stream: String) { self.stream = stream }
    public init(from decoder: any Decoder) throws {
        let body = try decoder.body(of: CodingKeys.self)
        stream = try body.decode(String.self, forKey: .stream)
    }
}

/// The workers, and what each has in hand.
public struct WorkersRequest: ControlQuestion, Hashable {
    public typealias Response = Workers
    public static let route = ControlRoute.workers
    /// Makes a request.
    public init() {}
    public init(identifier: String?, query: inout Query) throws(ControlFailure) {}
}

/// What `ptrctl top` shows.
public struct TopRequest: ControlQuestion, Hashable {
    public typealias Response = Top
    public static let route = ControlRoute.top
    /// Makes a request.
    public init() {}
    public init(identifier: String?, query: inout Query) throws(ControlFailure) {}
}

/// What each ptrd of the broker of `[nats]` says of itself, and who of them is silent. Takes half a second.
public struct WholeRequest: ControlQuestion, Hashable {
    public typealias Response = Whole
    public static let route = ControlRoute.whole
    /// What is wanted of each.
    public let part: Whole.Part
    /// Makes a request.
    public init(part: Whole.Part = .status) { self.part = part }
    public init(identifier: String?, query: inout Query) throws(ControlFailure) {
        part = try query.word("of", of: Whole.Part.all) ?? .status
    }
    public var query: [QueryItem] { QueryItem.list("of", part) }
}

/// What happened of late.
public struct EventsRequest: ControlQuestion, Hashable {
    public typealias Response = Events
    public static let route = ControlRoute.events
    /// What limit may be.
    public static let limits = 1...1000
    /// The limit where none is given.
    public static let defaultLimit = 100
    /// What they are to be about; anything, if it is not given. Several are given with commas or by repeating it.
    public let kinds: [Event.Kind]
    /// At most so many, the last ones.
    public let limit: Int?
    /// Only those with a greater number.
    public let after: UInt64?
    /// Makes a request.
    public init(kinds: [Event.Kind] = [], limit: Int? = nil, after: UInt64? = nil) { self.kinds = kinds; self.limit = limit; self.after = after }
    public init(identifier: String?, query: inout Query) throws(ControlFailure) {
        kinds = try query.words("kind", of: Event.Kind.all)
        limit = try query.integer("limit", in: Self.limits)
        after = try query.integer("after", in: 0...9223372036854775807)
    }
    public var query: [QueryItem] { QueryItem.list("kind", kinds) + QueryItem.list("limit", limit) + QueryItem.list("after", after) }
}

/// What happens from now on, or after a given event.
public struct EventsSubscription: ControlSubscription, Hashable {
    public typealias Response = Event
    public static let route = ControlRoute.eventStream
    /// What they are to be about; anything, if it is not given. Several are given with commas or by repeating it.
    public let kinds: [Event.Kind]
    /// Begin after this one; with those that come from now on if it is not given.
    public let after: UInt64?
    /// Makes a request.
    public init(kinds: [Event.Kind] = [], after: UInt64? = nil) { self.kinds = kinds; self.after = after }
    public init(identifier: String?, query: inout Query) throws(ControlFailure) {
        kinds = try query.words("kind", of: Event.Kind.all)
        after = try query.integer("after", in: 0...9223372036854775807)
    }
    public var query: [QueryItem] { QueryItem.list("kind", kinds) + QueryItem.list("after", after) }
}

/// The last decisions of the autoscaler.
public struct DecisionsRequest: ControlQuestion, Hashable {
    public typealias Response = Decisions
    public static let route = ControlRoute.decisions
    /// What limit may be.
    public static let limits = 1...300
    /// The limit where none is given.
    public static let defaultLimit = 20
    /// At most so many, the last ones.
    public let limit: Int?
    /// Makes a request.
    public init(limit: Int? = nil) { self.limit = limit }
    public init(identifier: String?, query: inout Query) throws(ControlFailure) {
        limit = try query.integer("limit", in: Self.limits)
    }
    public var query: [QueryItem] { QueryItem.list("limit", limit) }
}

/// The last crashes.
public struct CrashesRequest: ControlQuestion, Hashable {
    public typealias Response = Crashes
    public static let route = ControlRoute.crashes
    /// What limit may be.
    public static let limits = 1...500
    /// The limit where none is given.
    public static let defaultLimit = 20
    /// At most so many, the last ones.
    public let limit: Int?
    /// Makes a request.
    public init(limit: Int? = nil) { self.limit = limit }
    public init(identifier: String?, query: inout Query) throws(ControlFailure) {
        limit = try query.integer("limit", in: Self.limits)
    }
    public var query: [QueryItem] { QueryItem.list("limit", limit) }
}

/// One crash.
public struct CrashDetailRequest: ControlQuestion, Hashable {
    public typealias Response = Crash
    public static let route = ControlRoute.crashDetail
    /// Its number.
    public let id: UInt64
    /// Makes a request.
    public init(id: UInt64) { self.id = id }
    public init(identifier: String?, query: inout Query) throws(ControlFailure) {
        id = try UInt64(identifierOf: identifier, what: "crash")
    }
    public var identifier: String? { "\(id)" }
}

/// Live messages, sampled: more than the daemon can spare are passed over and counted.
public struct TapSubscription: ControlSubscription, Hashable {
    public typealias Response = TapRecord
    public static let route = ControlRoute.tap
    /// The longest text that is taken, in bytes.
    public static let longestText = 256
    /// At which point to look.
    public let stage: TapRecord.Stage
    /// Only messages with this text, of 1 to 256 bytes, in their data, type or event id.
    public let text: String?
    /// Makes a request.
    public init(stage: TapRecord.Stage = .received, text: String? = nil) { self.stage = stage; self.text = text }
    public init(identifier: String?, query: inout Query) throws(ControlFailure) {
        stage = try query.word("stage", of: TapRecord.Stage.all) ?? .received
        text = try query.text("where", longest: Self.longestText)
    }
    public var query: [QueryItem] { QueryItem.list("stage", stage) + QueryItem.list("where", text) }
}

/// A page of dead letters.
public struct DeadLettersRequest: ControlQuestion, Hashable {
    public typealias Response = DeadLetters
    public static let route = ControlRoute.deadLetters
    /// The longest text that is taken, in bytes.
    public static let longestText = 256
    /// What limit may be.
    public static let limits = 1...1000
    /// The limit where none is given.
    public static let defaultLimit = 100
    /// Only those of this stream.
    public let stream: String?
    /// Only those with this text, of 1 to 256 bytes, in their data, reason, type or event id.
    public let text: String?
    /// Only those with a greater number.
    public let after: Int64?
    /// At most so many, the oldest ones.
    public let limit: Int?
    /// Makes a request.
    public init(stream: String? = nil, text: String? = nil, after: Int64? = nil, limit: Int? = nil) { self.stream = stream; self.text = text; self.after = after; self.limit = limit }
    public init(identifier: String?, query: inout Query) throws(ControlFailure) {
        stream = try query.string("stream")
        text = try query.text("where", longest: Self.longestText)
        after = try query.integer("after", in: 0...9223372036854775807)
        limit = try query.integer("limit", in: Self.limits)
    }
    public var query: [QueryItem] { QueryItem.list("stream", stream) + QueryItem.list("where", text) + QueryItem.list("after", after) + QueryItem.list("limit", limit) }
}

/// One dead letter with its data.
public struct DeadLetterRequest: ControlQuestion, Hashable {
    public typealias Response = DeadLetterDetail
    public static let route = ControlRoute.deadLetter
    /// Its number in the state directory.
    public let id: Int64
    /// Makes a request.
    public init(id: Int64) { self.id = id }
    public init(identifier: String?, query: inout Query) throws(ControlFailure) {
        id = try Int64(identifierOf: identifier, what: "dead letter")
    }
    public var identifier: String? { "\(id)" }
}

/// Admits dead letters anew: each counts as received once more, and is no longer stored when it is settled. One that takes longer than a client waits is answered with how far it is, and goes on.
public struct ReplayRequest: ControlCommand, Hashable {
    public typealias Response = DeadLetterResponse
    public static let route = ControlRoute.replayDeadLetters
    /// Which.
    public let selection: DeadLetterSelection
    /// Only count them.
    public let dryRun: Bool
    /// Also while nothing gets done, because the circuit breaker is open, the handler is unavailable or the output takes nothing: they wait for that. Otherwise it is refused then.
    public let wait: Bool
    enum CodingKeys: String, CodingKey, CaseIterable { case selection, dryRun = "dry_run", wait }
    /// Makes one of its parts.
    public init(selection: DeadLetterSelection, dryRun: Bool = false, wait: Bool = false) { self.selection = selection; self.dryRun = dryRun; self.wait = wait }
    public init(from decoder: any Decoder) throws {
        let body = try decoder.body(of: CodingKeys.self)
        selection = try body.decode(DeadLetterSelection.self, forKey: .selection)
        dryRun = try body.decodeIfPresent(Bool.self, forKey: .dryRun) ?? false
        wait = try body.decodeIfPresent(Bool.self, forKey: .wait) ?? false
    }
}

/// How far a replay has come that went on after its answer.
public struct ReplayProgressRequest: ControlQuestion, Hashable {
    public typealias Response = DeadLetterResponse
    public static let route = ControlRoute.replayProgress
    /// Its number in this life of the daemon.
    public let id: UInt64
    /// Makes a request.
    public init(id: UInt64) { self.id = id }
    public init(identifier: String?, query: inout Query) throws(ControlFailure) {
        id = try UInt64(identifierOf: identifier, what: "replay")
    }
    public var identifier: String? { "\(id)" }
}

/// Deletes dead letters for good.
public struct PurgeRequest: ControlCommand, Hashable {
    public typealias Response = DeadLetterResponse
    public static let route = ControlRoute.purgeDeadLetters
    /// Which.
    public let selection: DeadLetterSelection
    /// Only count them.
    public let dryRun: Bool
    enum CodingKeys: String, CodingKey, CaseIterable { case selection, dryRun = "dry_run" }
    /// Makes one of its parts.
    public init(selection: DeadLetterSelection, dryRun: Bool = false) { self.selection = selection; self.dryRun = dryRun }
    public init(from decoder: any Decoder) throws {
        let body = try decoder.body(of: CodingKeys.self)
        selection = try body.decode(DeadLetterSelection.self, forKey: .selection)
        dryRun = try body.decodeIfPresent(Bool.self, forKey: .dryRun) ?? false
    }
}

/// What the daemon lives by, without secrets.
public struct RunningConfigurationRequest: ControlQuestion, Hashable {
    public typealias Response = RunningConfiguration
    public static let route = ControlRoute.configuration
    /// Makes a request.
    public init() {}
    public init(identifier: String?, query: inout Query) throws(ControlFailure) {}
}

/// How much is logged.
public struct CurrentLogLevelRequest: ControlQuestion, Hashable {
    public typealias Response = LogLevelResponse
    public static let route = ControlRoute.currentLogLevel
    /// Makes a request.
    public init() {}
    public init(identifier: String?, query: inout Query) throws(ControlFailure) {}
}

/// Sets how much is logged, until the next start or reload.
public struct LogLevelRequest: ControlCommand, Hashable {
    public typealias Response = LogLevelResponse
    public static let route = ControlRoute.logLevel
    /// What level may be.
    public static let levels = ["trace", "debug", "info", "notice", "warning", "error", "critical"]
    /// The least level that is logged.
    public let level: String
    enum CodingKeys: String, CodingKey, CaseIterable { case level }
    /// Makes one of its parts.
    public init(level: String) { self.level = level }
    public init(from decoder: any Decoder) throws {
        let body = try decoder.body(of: CodingKeys.self)
        level = try body.decode(String.self, forKey: .level)
        try check(body)
    }
}

extension ScaleRequest: ControlCommand {
    public typealias Response = ScaleResponse
    public static let route = ControlRoute.scale
}

/// Crashes one part of the tree on purpose, to see it restart. It is denied unless `[control] fault_injection` is on.
public struct CrashRequest: ControlCommand, Hashable {
    public typealias Response = CrashResponse
    public static let route = ControlRoute.crash
    /// What signal may be.
    public static let signals = ["HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM", "CONT", "STOP", "XCPU", "XFSZ", "SYS"]
    /// The kind of part.
    public let target: CrashTarget
    /// Which one, such as `worker.1.2`; one at random if it is not given.
    public let id: String?
    /// The signal that the worker's process is sent: a real one. Only of a worker, and only where workers are processes.
    public let signal: String?
    enum CodingKeys: String, CodingKey, CaseIterable { case target, id, signal }
    /// Makes one of its parts.
    public init(target: CrashTarget, id: String? = nil, signal: String? = nil) { self.target = target; self.id = id; self.signal = signal }
    public init(from decoder: any Decoder) throws {
        let body = try decoder.body(of: CodingKeys.self)
        target = try body.decode(CrashTarget.self, forKey: .target)
        id = try body.decodeIfPresent(String.self, forKey: .id)
        signal = try body.decodeIfPresent(String.self, forKey: .signal)
        try check(body)
    }
}

/// Stops reading from one stream or from all of them; what was admitted is worked on.
public struct PauseRequest: ControlCommand, Hashable {
    public typealias Response = PauseResponse
    public static let route = ControlRoute.pause
    /// The greatest for_seconds.
    public static let longest = 2592000.0
    /// The stream; all if it is not given.
    public let stream: String?
    /// After how long to go on by itself, more than 0 and at most 30 days; until `resume` if it is not given.
    public let forSeconds: Double?
    enum CodingKeys: String, CodingKey, CaseIterable { case stream, forSeconds = "for_seconds" }
    /// Makes one of its parts.
    public init(stream: String? = nil, forSeconds: Double? = nil) { self.stream = stream; self.forSeconds = forSeconds }
    public init(from decoder: any Decoder) throws {
        let body = try decoder.body(of: CodingKeys.self)
        stream = try body.decodeIfPresent(String.self, forKey: .stream)
        forSeconds = try body.decodeIfPresent(Double.self, forKey: .forSeconds)
        try check(body)
    }
}

/// Reads again from one stream or from all of them; a stream that the server told to stop is tried again.
public struct ResumeRequest: ControlCommand, Hashable {
    public typealias Response = PauseResponse
    public static let route = ControlRoute.resume
    /// The stream; all that are paused, if it is not given.
    public let stream: String?
    enum CodingKeys: String, CodingKey, CaseIterable { case stream }
    /// Makes one of its parts.
    public init(stream: String? = nil) { self.stream = stream }
    public init(from decoder: any Decoder) throws {
        let body = try decoder.body(of: CodingKeys.self)
        stream = try body.decodeIfPresent(String.self, forKey: .stream)
    }
}

/// Stops reading from all streams and lets the pool finish what it holds. The daemon stays, paused, until it is resumed. There is nothing to say.
public struct DrainRequest: ControlCommand, Hashable {
    public typealias Response = DrainResponse
    public static let route = ControlRoute.drain
    /// Makes one of its parts.
    public init() {}
    public init(from decoder: any Decoder) throws {
        try decoder.refuseKeys(otherThan: [])
    }
}

/// Reads the configuration again and applies what can be applied without a restart. A file that is wrong changes nothing. There is nothing to say.
public struct ReloadRequest: ControlCommand, Hashable {
    public typealias Response = ReloadResponse
    public static let route = ControlRoute.reload
    /// Makes one of its parts.
    public init() {}
    public init(from decoder: any Decoder) throws {
        try decoder.refuseKeys(otherThan: [])
    }
}

/// What the daemon lives by: each option with its value. There are no secrets in it: of headers only their number is shown, and of a URL no user information and no value of its query.
public struct RunningConfiguration: Hashable, Sendable, Codable {
    /// The streams' options first, in the order of the configuration, then the others in that of ptrd.toml(5).
    public let settings: [RunningConfiguration.Setting]
    enum CodingKeys: String, CodingKey, CaseIterable { case settings }
    /// Makes one of its parts.
    public init(settings: [RunningConfiguration.Setting]) { self.settings = settings }
}

extension RunningConfiguration {
    /// One option of the configuration.
    public struct Setting: Hashable, Sendable, Codable {
        /// Its full key, such as `flow.max_in_flight`.
        public let key: String
        /// Its value as a file would have it; `null` where it has none, or where that is nobody's business.
        public let value: String?
        /// Whether that is the built-in default.
        public let isDefault: Bool
        enum CodingKeys: String, CodingKey, CaseIterable { case key, value, isDefault = "is_default" }
        /// Makes one of its parts.
        public init(key: String, value: String?, isDefault: Bool) { self.key = key; self.value = value; self.isDefault = isDefault }
        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(key, forKey: .key)
            try container.encode(value, forKey: .value)
            try container.encode(isDefault, forKey: .isDefault)
        }
    }
}

/// Something that is wrong at the moment, and that the daemon cannot mend alone. The daemon is `degraded` exactly when there is at least one.
public struct Problem: Hashable, Sendable, Codable {
    /// What sort of problem it is.
    public let kind: Problem.Kind
    /// What has it: the name of a stream, a path, a part of the daemon.
    public let subject: String
    /// Since when, in UTC to the microsecond.
    public let since: String
    /// What is wrong, and what comes next, in words for people.
    public let text: String
    enum CodingKeys: String, CodingKey, CaseIterable { case kind, subject, since, text }
    /// Makes one of its parts.
    public init(kind: Problem.Kind, subject: String, since: String, text: String) { self.kind = kind; self.subject = subject; self.since = since; self.text = text }
}

/// One consistent snapshot of the daemon. In every one, `messages.received = in_flight + processed + killed + dead_lettered`. Keys are only ever added; a client passes over those it does not know.
public struct Status: Hashable, Sendable, Codable {
    /// What the daemon as a whole does.
    public let state: Status.State
    /// What is wrong, the worst first: not empty exactly when the state is `degraded`, or would be if it were not draining. An older daemon does not say.
    public let problems: [Problem]?
    /// The texts of `problems` in one sentence.
    public let degradedBecause: String?
    /// Keys of the configuration that a reload has found changed and that take effect at the next start only.
    public let needsRestart: [String]?
    /// The daemon's version.
    public let version: String
    /// The daemon's process id.
    public let pid: Int32
    /// Seconds since the daemon started, to the millisecond.
    public let uptimeSeconds: Double
    /// The configured streams, in the order of the configuration.
    public let streams: [Status.Stream]
    /// How many messages there were, and what became of them.
    public let messages: Status.Messages
    /// How many workers there are, and how many of them are busy.
    public let workers: Status.Workers
    /// How many direct supervisors live.
    public let directSupervisors: Int
    /// What the autoscaler aims at, and why.
    public let scaling: Status.Scaling
    /// From a message's admission until it was settled, in milliseconds.
    public let latency: Status.Latency
    /// What is stored, and what waits to be; left out by a daemon that stores nothing, or is older.
    public let storage: Status.Storage?
    enum CodingKeys: String, CodingKey, CaseIterable { case state, problems, degradedBecause = "degraded_because", needsRestart = "needs_restart", version, pid, uptimeSeconds = "uptime_seconds", streams, messages, workers, directSupervisors = "direct_supervisors", scaling, latency = "latency_ms", storage }
    /// Makes one of its parts.
    public init(state: Status.State, problems: [Problem]? = nil, degradedBecause: String? = nil, needsRestart: [String]? = nil, version: String = Version.current, pid: Int32, uptimeSeconds: Double, streams: [Status.Stream], messages: Status.Messages, workers: Status.Workers, directSupervisors: Int, scaling: Status.Scaling, latency: Status.Latency, storage: Status.Storage? = nil) { self.state = state; self.problems = problems; self.degradedBecause = degradedBecause; self.needsRestart = needsRestart; self.version = version; self.pid = pid; self.uptimeSeconds = uptimeSeconds.presented(decimals: 3); self.streams = streams; self.messages = messages; self.workers = workers; self.directSupervisors = directSupervisors; self.scaling = scaling; self.latency = latency; self.storage = storage }
}

extension Status {
    /// One configured stream.
    public struct Stream: Hashable, Sendable, Codable {
        /// The name in the configuration.
        public let name: String
        /// Where it is read from, without credentials.
        public let url: String
        /// What it does at the moment.
        public let state: Status.Stream.State
        /// Events received since the daemon started.
        public let events: UInt64
        /// Bytes of body received since the daemon started; of what came compressed, what it was decoded to.
        public let bytes: UInt64
        /// How often the connection was made anew.
        public let reconnects: UInt64
        /// The last event id that was admitted; empty if the server sends none.
        public let lastEventID: String
        /// What went wrong last, while it is still wrong; `null` otherwise.
        public let error: String?
        /// How often something may have been missed: reconnects on a feed that gives no usable ids.
        public let possibleGaps: UInt64
        /// Events that were larger than allowed and left out.
        public let skipped: UInt64
        /// For how many more seconds it is paused, if that has an end.
        public let pausedForSeconds: Double?
        /// When it was opened, or when it went down, in UTC. An older daemon says nothing of this and what follows.
        public let since: String?
        /// For how long it has been down; left out while it is open.
        public let downForSeconds: Double?
        /// How often it was tried to open it since it went down; 0 while it is open.
        public let attempts: Int?
        /// In how many seconds it is tried again; left out while it is open or being tried, and where it has ended for good.
        public let nextAttemptInSeconds: Double?
        /// The beginning, at most 512 bytes, of the event id that it would go on after if it had to begin anew; left out while there is none.
        public let position: String?
        /// Events that the server sent again over a new connection, which were recognised and left out.
        public let repeated: UInt64?
        /// How often the server would not go on after the id it was asked with.
        public let refusedPositions: UInt64?
        /// Events that the stream's filter did not let pass.
        public let filtered: UInt64?
        /// Bytes that came for what was compressed, beside `bytes`; left out while nothing was.
        public let compressedBytes: UInt64?
        /// What the broker of a source said last; left out of what has none.
        public let broker: BrokerShare?
        /// Who holds it, where several daemons share it.
        public let lease: StreamHolder?
        enum CodingKeys: String, CodingKey, CaseIterable { case name, url, state, events, bytes, reconnects, lastEventID = "last_event_id", error, possibleGaps = "possible_gaps", skipped, pausedForSeconds = "paused_for_seconds", since, downForSeconds = "down_for_seconds", attempts, nextAttemptInSeconds = "next_attempt_in_seconds", position, repeated, refusedPositions = "refused_positions", filtered, compressedBytes = "compressed_bytes", broker, lease }
        /// Makes one of its parts.
        public init(name: String, url: String, state: Status.Stream.State, events: UInt64 = 0, bytes: UInt64 = 0, reconnects: UInt64 = 0, lastEventID: String = "", error: String? = nil, possibleGaps: UInt64 = 0, skipped: UInt64 = 0, pausedForSeconds: Double? = nil, since: String? = nil, downForSeconds: Double? = nil, attempts: Int? = nil, nextAttemptInSeconds: Double? = nil, position: String? = nil, repeated: UInt64? = nil, refusedPositions: UInt64? = nil, filtered: UInt64? = nil, compressedBytes: UInt64? = nil, broker: BrokerShare? = nil, lease: StreamHolder? = nil) { self.name = name; self.url = url; self.state = state; self.events = events; self.bytes = bytes; self.reconnects = reconnects; self.lastEventID = lastEventID; self.error = error; self.possibleGaps = possibleGaps; self.skipped = skipped; self.pausedForSeconds = pausedForSeconds; self.since = since; self.downForSeconds = downForSeconds?.presented(decimals: 3); self.attempts = attempts; self.nextAttemptInSeconds = nextAttemptInSeconds?.presented(decimals: 3); self.position = position; self.repeated = repeated; self.refusedPositions = refusedPositions; self.filtered = filtered; self.compressedBytes = compressedBytes; self.broker = broker; self.lease = lease }
        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(name, forKey: .name)
            try container.encode(url, forKey: .url)
            try container.encode(state, forKey: .state)
            try container.encode(events, forKey: .events)
            try container.encode(bytes, forKey: .bytes)
            try container.encode(reconnects, forKey: .reconnects)
            try container.encode(lastEventID, forKey: .lastEventID)
            try container.encode(error, forKey: .error)
            try container.encode(possibleGaps, forKey: .possibleGaps)
            try container.encode(skipped, forKey: .skipped)
            try container.encodeIfPresent(pausedForSeconds, forKey: .pausedForSeconds)
            try container.encodeIfPresent(since, forKey: .since)
            try container.encodeIfPresent(downForSeconds, forKey: .downForSeconds)
            try container.encodeIfPresent(attempts, forKey: .attempts)
            try container.encodeIfPresent(nextAttemptInSeconds, forKey: .nextAttemptInSeconds)
            try container.encodeIfPresent(position, forKey: .position)
            try container.encodeIfPresent(repeated, forKey: .repeated)
            try container.encodeIfPresent(refusedPositions, forKey: .refusedPositions)
            try container.encodeIfPresent(filtered, forKey: .filtered)
            try container.encodeIfPresent(compressedBytes, forKey: .compressedBytes)
            try container.encodeIfPresent(broker, forKey: .broker)
            try container.encodeIfPresent(lease, forKey: .lease)
        }
    }
}

/// What a broker holds of what a source takes, and what of it is here.
public struct BrokerShare: Hashable, Sendable, Codable {
    /// Its stream and consumer.
    public let consumer: String
    /// Messages that were delivered to nobody yet.
    public let pending: UInt64
    /// Messages that were delivered, to any machine, and are not acknowledged.
    public let ackPending: UInt64
    /// How old the oldest stored message is; left out where there is none.
    public let oldestSeconds: Double?
    /// Messages that this ptrd was delivered and has not acknowledged.
    public let held: UInt64
    /// Deliveries to this ptrd that were not the first of their message.
    public let redelivered: UInt64
    enum CodingKeys: String, CodingKey, CaseIterable { case consumer, pending, ackPending = "ack_pending", oldestSeconds = "oldest_seconds", held, redelivered }
    /// Makes one of its parts.
    public init(consumer: String, pending: UInt64, ackPending: UInt64, oldestSeconds: Double? = nil, held: UInt64, redelivered: UInt64) { self.consumer = consumer; self.pending = pending; self.ackPending = ackPending; self.oldestSeconds = oldestSeconds?.presented(decimals: 3); self.held = held; self.redelivered = redelivered }
}

/// What a broker was found to have for a source.
public struct SourceCheck: Hashable, Sendable, Codable {
    /// The source.
    public let source: String
    /// Why the broker could not be asked; left out when it answered.
    public let outage: String?
    /// What is wrong with stream and consumer: the setting, what it is, what it has to be, and why. Empty: nothing.
    public let faults: [String]
    /// What makes it right: commands of the tool `nats`, and the same with JSON for any client.
    public let mends: [String]
    /// What the broker holds; left out where stream or consumer is not there.
    public let broker: BrokerShare?
    enum CodingKeys: String, CodingKey, CaseIterable { case source, outage, faults, mends, broker }
    /// Makes one of its parts.
    public init(source: String, outage: String? = nil, faults: [String], mends: [String], broker: BrokerShare? = nil) { self.source = source; self.outage = outage; self.faults = faults; self.mends = mends; self.broker = broker }
}

/// Who holds a stream that several daemons share.
public struct StreamHolder: Hashable, Sendable, Codable {
    /// What this daemon is to it.
    public let role: StreamHolder.Role
    /// The node that holds it, as far as this one knows; `null`: none.
    public let holder: String?
    /// How often it was taken by one node or another.
    public let epoch: UInt64
    enum CodingKeys: String, CodingKey, CaseIterable { case role, holder, epoch }
    /// Makes one of its parts.
    public init(role: StreamHolder.Role, holder: String?, epoch: UInt64) { self.role = role; self.holder = holder; self.epoch = epoch }
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(role, forKey: .role)
        try container.encode(holder, forKey: .holder)
        try container.encode(epoch, forKey: .epoch)
    }
}

/// What all ptrds of a broker say of themselves.
public struct Whole: Hashable, Sendable, Codable {
    /// The node that was asked, and has asked the others.
    public let asked: String
    /// Those that answer, by name.
    public let nodes: [NodeAnswer]
    /// Those that have answered before, or hold a stream, and did not answer now.
    public let silent: [SilentNode]
    /// Answers that are left out: beyond what is taken, or no answers of a ptrd.
    public let leftOut: Int
    /// Why nobody else could be asked; left out when they could.
    public let trouble: String?
    enum CodingKeys: String, CodingKey, CaseIterable { case asked, nodes, silent, leftOut = "left_out", trouble }
    /// Makes one of its parts.
    public init(asked: String, nodes: [NodeAnswer], silent: [SilentNode], leftOut: Int, trouble: String? = nil) { self.asked = asked; self.nodes = nodes; self.silent = silent; self.leftOut = leftOut; self.trouble = trouble }
}

/// What one ptrd says of itself.
public struct NodeAnswer: Hashable, Sendable, Codable {
    /// The name of the node: `[cluster] node`, else the host's and a number of the state directory.
    public let node: String
    /// What it is asked by alone, as the last part of `$SRV.STATS.ptrd.ID`.
    public let id: String
    /// Its version.
    public let version: String
    /// Its status, with the problems and streams that there was room for: of `status` only streams that are not read as they should be.
    public let status: Status
    /// How many streams it has.
    public let streams: Int
    /// How many of them are as they should be: open, standing by or finished.
    public let openStreams: Int
    /// Its workers; left out where they were not asked for.
    public let workers: [Worker]?
    /// Whether something was left out for want of room.
    public let isCut: Bool
    enum CodingKeys: String, CodingKey, CaseIterable { case node, id, version, status, streams, openStreams = "open_streams", workers, isCut = "is_cut" }
    /// Makes one of its parts.
    public init(node: String, id: String, version: String, status: Status, streams: Int, openStreams: Int, workers: [Worker]? = nil, isCut: Bool) { self.node = node; self.id = id; self.version = version; self.status = status; self.streams = streams; self.openStreams = openStreams; self.workers = workers; self.isCut = isCut }
}

/// A ptrd that does not answer.
public struct SilentNode: Hashable, Sendable, Codable {
    /// Its name.
    public let node: String
    /// How long ago it has answered last; left out where it never has.
    public let lastHeardSeconds: Double?
    /// The streams that it holds, as far as the one that was asked knows.
    public let holds: [String]
    enum CodingKeys: String, CodingKey, CaseIterable { case node, lastHeardSeconds = "last_heard_seconds", holds }
    /// Makes one of its parts.
    public init(node: String, lastHeardSeconds: Double? = nil, holds: [String]) { self.node = node; self.lastHeardSeconds = lastHeardSeconds?.presented(decimals: 3); self.holds = holds }
}

extension Status {
    /// The messages of all streams since the daemon started, each in exactly one bin.
    public struct Messages: Hashable, Sendable, Codable {
        /// All that were admitted: the sum of the bins.
        public let received: UInt64
        /// Admitted and not yet settled.
        public let inFlight: Int
        /// Handled to the end.
        public let processed: UInt64
        /// Kill messages that stopped their worker, as they are meant to.
        public let killed: UInt64
        /// Given up after `max_attempts`.
        public let deadLettered: UInt64
        /// How often a message was tried again.
        public let retried: UInt64
        /// Messages settled per second of late, to a tenth.
        public let ratePerSecond: Double
        /// Those in flight that wait out their backoff.
        public let delayed: Int?
        /// Answers of replaced or abandoned workers, which were ignored.
        public let lateOutcomes: UInt64?
        /// What the messages in flight hold, in bytes.
        public let inFlightBytes: Int?
        /// Those of the processed ones that a filter did not let pass: no worker had them.
        public let filtered: UInt64?
        enum CodingKeys: String, CodingKey, CaseIterable { case received, inFlight = "in_flight", processed, killed, deadLettered = "dead_lettered", retried, ratePerSecond = "rate_per_second", delayed, lateOutcomes = "late_outcomes", inFlightBytes = "in_flight_bytes", filtered }
        /// Makes one of its parts.
        public init(received: UInt64, inFlight: Int, processed: UInt64, killed: UInt64, deadLettered: UInt64, retried: UInt64, ratePerSecond: Double, delayed: Int? = nil, lateOutcomes: UInt64? = nil, inFlightBytes: Int? = nil, filtered: UInt64? = nil) { self.received = received; self.inFlight = inFlight; self.processed = processed; self.killed = killed; self.deadLettered = deadLettered; self.retried = retried; self.ratePerSecond = ratePerSecond.presented(decimals: 1); self.delayed = delayed; self.lateOutcomes = lateOutcomes; self.inFlightBytes = inFlightBytes; self.filtered = filtered }
    }
}

extension Status {
    /// The workers of all direct supervisors.
    public struct Workers: Hashable, Sendable, Codable {
        /// Those that live.
        public let total: Int
        /// Those with a message in hand.
        public let busy: Int
        /// Those that could not be started the last time, and are tried again.
        public let backingOff: Int?
        /// Those that are started for the first time.
        public let starting: Int?
        /// Those that are ended, and have nothing in hand any more.
        public let stopping: Int?
        /// How often a worker was replaced since the daemon started.
        public let restarts: UInt64
        /// Hung workers that were replaced but whose code still runs.
        public let abandoned: Int?
        enum CodingKeys: String, CodingKey, CaseIterable { case total, busy, backingOff = "backing_off", starting, stopping, restarts, abandoned }
        /// Makes one of its parts.
        public init(total: Int, busy: Int, backingOff: Int? = nil, starting: Int? = nil, stopping: Int? = nil, restarts: UInt64, abandoned: Int? = nil) { self.total = total; self.busy = busy; self.backingOff = backingOff; self.starting = starting; self.stopping = stopping; self.restarts = restarts; self.abandoned = abandoned }
    }
}

extension Status {
    /// What the autoscaler aims at, and why.
    public struct Scaling: Hashable, Sendable, Codable {
        /// Who decides the number of direct supervisors.
        public let mode: Status.Scaling.Mode
        /// The number of direct supervisors aimed at.
        public let target: Int
        /// The least number the configuration allows.
        public let min: Int
        /// The greatest number the configuration allows.
        public let max: Int
        /// The last decision in words.
        public let reason: String
        /// The number an operator has pinned, if one has.
        public let pinned: Int?
        enum CodingKeys: String, CodingKey, CaseIterable { case mode, target, min, max, reason, pinned }
        /// Makes one of its parts.
        public init(mode: Status.Scaling.Mode, target: Int, min: Int, max: Int, reason: String, pinned: Int? = nil) { self.mode = mode; self.target = target; self.min = min; self.max = max; self.reason = reason; self.pinned = pinned }
    }
}

extension Status {
    /// Percentiles in milliseconds, to the microsecond; all 0 before the first message is settled.
    public struct Latency: Hashable, Sendable, Codable {
        /// The median.
        public let p50: Double
        /// Three quarters took no longer.
        public let p75: Double
        /// 90 % took no longer.
        public let p90: Double
        /// 95 % took no longer.
        public let p95: Double
        /// 99 % took no longer.
        public let p99: Double
        /// The longest.
        public let max: Double
        enum CodingKeys: String, CodingKey, CaseIterable { case p50, p75, p90, p95, p99, max }
        /// Makes one of its parts.
        public init(p50: Double = 0, p75: Double = 0, p90: Double = 0, p95: Double = 0, p99: Double = 0, max: Double = 0) { self.p50 = p50.presented(decimals: 3); self.p75 = p75.presented(decimals: 3); self.p90 = p90.presented(decimals: 3); self.p95 = p95.presented(decimals: 3); self.p99 = p99.presented(decimals: 3); self.max = max.presented(decimals: 3) }
    }
}

extension Status {
    /// The dead letters in the store, and how writing to it goes.
    public struct Storage: Hashable, Sendable, Codable {
        /// Dead letters in the store.
        public let storedDeadLetters: Int
        /// Those that wait to be stored.
        public let waitingDeadLetters: Int
        /// Those that were lost because they could neither be stored nor kept, in all lives of the daemon.
        public let droppedDeadLetters: Int
        /// Those that had to go for later ones, since the daemon started.
        public let evictedDeadLetters: Int
        /// Stored ones that are being replayed.
        public let replaying: Int
        /// Why the last write failed, while checkpoints stand still for it; `null` otherwise.
        public let lastWriteError: String?
        enum CodingKeys: String, CodingKey, CaseIterable { case storedDeadLetters = "stored_dead_letters", waitingDeadLetters = "waiting_dead_letters", droppedDeadLetters = "dropped_dead_letters", evictedDeadLetters = "evicted_dead_letters", replaying, lastWriteError = "last_write_error" }
        /// Makes one of its parts.
        public init(storedDeadLetters: Int, waitingDeadLetters: Int, droppedDeadLetters: Int, evictedDeadLetters: Int, replaying: Int, lastWriteError: String?) { self.storedDeadLetters = storedDeadLetters; self.waitingDeadLetters = waitingDeadLetters; self.droppedDeadLetters = droppedDeadLetters; self.evictedDeadLetters = evictedDeadLetters; self.replaying = replaying; self.lastWriteError = lastWriteError }
        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(storedDeadLetters, forKey: .storedDeadLetters)
            try container.encode(waitingDeadLetters, forKey: .waitingDeadLetters)
            try container.encode(droppedDeadLetters, forKey: .droppedDeadLetters)
            try container.encode(evictedDeadLetters, forKey: .evictedDeadLetters)
            try container.encode(replaying, forKey: .replaying)
            try container.encode(lastWriteError, forKey: .lastWriteError)
        }
    }
}

/// The live supervision tree.
public struct Tree: Hashable, Sendable, Codable {
    /// When the picture was taken: seconds since the daemon started.
    public let uptimeSeconds: Double
    /// `application_supervisor`, with all that lives under it.
    public let root: TreeNode
    enum CodingKeys: String, CodingKey, CaseIterable { case uptimeSeconds = "uptime_seconds", root }
    /// Makes one of its parts.
    public init(uptimeSeconds: Double, root: TreeNode) { self.uptimeSeconds = uptimeSeconds; self.root = root }
}

/// One child of the tree: a supervisor or a worker in the sense of OTP.
public struct TreeNode: Hashable, Sendable, Codable {
    /// Its name.
    public let id: String
    /// Whether it works or supervises.
    public let kind: TreeNode.Kind
    /// What it does at the moment.
    public let state: TreeNode.State
    /// Stands for a process id: new at every restart; 0 if it never ran.
    public let incarnation: UInt64
    /// How often it was started again since its supervisor started.
    public let restarts: Int
    /// A supervisor's strategy.
    public let strategy: String?
    /// How many more restarts a supervisor bears.
    public let budget: RestartBudget?
    /// The message that a worker has in hand; of several the oldest.
    public let holds: HeldMessage?
    /// How many messages that are, where there is one.
    public let inHand: Int?
    /// The process id of a worker that is a process.
    public let pid: Int?
    /// What that process holds in memory.
    public let residentBytes: Int?
    /// The processor time that it has used.
    public let cpuSeconds: Double?
    /// How long ago a worker's body was started.
    public let ageSeconds: Double?
    /// What else there is to know, such as why a stream waits.
    public let note: String?
    /// What it supervises, in the order of the start; empty for a worker.
    public let children: [TreeNode]
    enum CodingKeys: String, CodingKey, CaseIterable { case id, kind, state, incarnation, restarts, strategy, budget, holds, inHand = "in_hand", pid, residentBytes = "resident_bytes", cpuSeconds = "cpu_seconds", ageSeconds = "age_seconds", note, children }
    /// Makes one of its parts.
    public init(id: String, kind: TreeNode.Kind, state: TreeNode.State, incarnation: UInt64, restarts: Int, strategy: String? = nil, budget: RestartBudget? = nil, holds: HeldMessage? = nil, inHand: Int? = nil, pid: Int? = nil, residentBytes: Int? = nil, cpuSeconds: Double? = nil, ageSeconds: Double? = nil, note: String? = nil, children: [TreeNode] = []) { self.id = id; self.kind = kind; self.state = state; self.incarnation = incarnation; self.restarts = restarts; self.strategy = strategy; self.budget = budget; self.holds = holds; self.inHand = inHand; self.pid = pid; self.residentBytes = residentBytes; self.cpuSeconds = cpuSeconds?.presented(decimals: 3); self.ageSeconds = ageSeconds?.presented(decimals: 3); self.note = note; self.children = children }
}

/// A supervisor's restart intensity, and what is left of it.
public struct RestartBudget: Hashable, Sendable, Codable {
    /// How many restarts are borne within the period.
    public let restarts: Int
    /// The period, in seconds.
    public let withinSeconds: Double
    /// How many of them are left at this moment.
    public let left: Int
    enum CodingKeys: String, CodingKey, CaseIterable { case restarts, withinSeconds = "within_seconds", left }
    /// Makes one of its parts.
    public init(restarts: Int, withinSeconds: Double, left: Int) { self.restarts = restarts; self.withinSeconds = withinSeconds; self.left = left }
}

/// A message in the hands of a worker.
public struct HeldMessage: Hashable, Sendable, Codable {
    /// Its number in this life of the daemon.
    public let sequence: UInt64
    /// The stream it came from.
    public let stream: String
    /// Its event id; empty if the server sends none.
    public let eventID: String
    /// Which attempt this is, from 1.
    public let attempt: Int
    /// How long the worker has had it.
    public let heldForMilliseconds: Double
    enum CodingKeys: String, CodingKey, CaseIterable { case sequence, stream, eventID = "event_id", attempt, heldForMilliseconds = "held_for_milliseconds" }
    /// Makes one of its parts.
    public init(sequence: UInt64, stream: String, eventID: String, attempt: Int, heldForMilliseconds: Double) { self.sequence = sequence; self.stream = stream; self.eventID = eventID; self.attempt = attempt; self.heldForMilliseconds = heldForMilliseconds }
}

/// All streams.
public struct Streams: Hashable, Sendable, Codable {
    /// In the order of the configuration.
    public let streams: [Status.Stream]
    enum CodingKeys: String, CodingKey, CaseIterable { case streams }
    /// Makes one of its parts.
    public init(streams: [Status.Stream]) { self.streams = streams }
}

/// All workers.
public struct Workers: Hashable, Sendable, Codable {
    /// By direct supervisor and number.
    public let workers: [Worker]
    enum CodingKeys: String, CodingKey, CaseIterable { case workers }
    /// Makes one of its parts.
    public init(workers: [Worker]) { self.workers = workers }
}

/// One worker.
public struct Worker: Hashable, Sendable, Codable {
    /// Its name, `worker.N.M`.
    public let id: String
    /// Its direct supervisor.
    public let supervisor: String
    /// What it does at the moment.
    public let state: TreeNode.State
    /// Its incarnation: new at every restart.
    public let incarnation: UInt64
    /// How often it was replaced since its direct supervisor started.
    public let restarts: Int
    /// How many messages this incarnation has ended with, whatever the outcome.
    public let handled: UInt64
    /// The message in its hands; of several the oldest.
    public let holds: HeldMessage?
    /// How many messages are in its hands; an older daemon does not say.
    public let inHand: Int?
    /// The process id of a worker that is a process.
    public let pid: Int?
    /// What that process holds in memory.
    public let residentBytes: Int?
    /// The processor time that it has used.
    public let cpuSeconds: Double?
    /// How long ago a worker's body was started.
    public let ageSeconds: Double?
    enum CodingKeys: String, CodingKey, CaseIterable { case id, supervisor, state, incarnation, restarts, handled, holds, inHand = "in_hand", pid, residentBytes = "resident_bytes", cpuSeconds = "cpu_seconds", ageSeconds = "age_seconds" }
    /// Makes one of its parts.
    public init(id: String, supervisor: String, state: TreeNode.State, incarnation: UInt64, restarts: Int, handled: UInt64, holds: HeldMessage? = nil, inHand: Int? = nil, pid: Int? = nil, residentBytes: Int? = nil, cpuSeconds: Double? = nil, ageSeconds: Double? = nil) { self.id = id; self.supervisor = supervisor; self.state = state; self.incarnation = incarnation; self.restarts = restarts; self.handled = handled; self.holds = holds; self.inHand = inHand; self.pid = pid; self.residentBytes = residentBytes; self.cpuSeconds = cpuSeconds?.presented(decimals: 3); self.ageSeconds = ageSeconds?.presented(decimals: 3) }
}

/// What `ptrctl top` shows.
public struct Top: Hashable, Sendable, Codable {
    /// The whole status, of the same moment.
    public let status: Status
    /// The direct supervisors, by number.
    public let supervisors: [SupervisorLoad]
    /// The messages that have been with a worker for longest, the longest first; at most 20.
    public let slowest: [HeldBy]
    /// The last minutes.
    public let history: History
    /// The workers, by direct supervisor and number, where they are processes; left out otherwise.
    public let workers: [Worker]?
    enum CodingKeys: String, CodingKey, CaseIterable { case status, supervisors, slowest, history, workers }
    /// Makes one of its parts.
    public init(status: Status, supervisors: [SupervisorLoad], slowest: [HeldBy], history: History, workers: [Worker]? = nil) { self.status = status; self.supervisors = supervisors; self.slowest = slowest; self.history = history; self.workers = workers }
}

/// The load of one direct supervisor.
public struct SupervisorLoad: Hashable, Sendable, Codable {
    /// Its name.
    public let id: String
    /// Its incarnation: new at every restart.
    public let incarnation: UInt64
    /// What it does at the moment.
    public let state: TreeNode.State
    /// Its living workers.
    public let workers: Int
    /// Those with a message in hand.
    public let busy: Int
    /// How often its workers were replaced since it started.
    public let restarts: Int
    /// How many messages its workers have ended with since it started.
    public let handled: UInt64
    enum CodingKeys: String, CodingKey, CaseIterable { case id, incarnation, state, workers, busy, restarts, handled }
    /// Makes one of its parts.
    public init(id: String, incarnation: UInt64, state: TreeNode.State, workers: Int, busy: Int, restarts: Int, handled: UInt64) { self.id = id; self.incarnation = incarnation; self.state = state; self.workers = workers; self.busy = busy; self.restarts = restarts; self.handled = handled }
}

/// A message, and the worker that has it.
public struct HeldBy: Hashable, Sendable, Codable {
    /// The worker's name.
    public let worker: String
    /// The message.
    public let message: HeldMessage
    enum CodingKeys: String, CodingKey, CaseIterable { case worker, message }
    /// Makes one of its parts.
    public init(worker: String, message: HeldMessage) { self.worker = worker; self.message = message }
}

/// Measures of the last minutes, one for each interval, the oldest first.
public struct History: Hashable, Sendable, Codable {
    /// The time between two of them.
    public let intervalSeconds: Double
    /// Messages in flight.
    public let inFlight: [Int]
    /// Messages settled a second.
    public let ratePerSecond: [Double]
    /// Living direct supervisors.
    public let directSupervisors: [Int]
    enum CodingKeys: String, CodingKey, CaseIterable { case intervalSeconds = "interval_seconds", inFlight = "in_flight", ratePerSecond = "rate_per_second", directSupervisors = "direct_supervisors" }
    /// Makes one of its parts.
    public init(intervalSeconds: Double, inFlight: [Int], ratePerSecond: [Double], directSupervisors: [Int]) { self.intervalSeconds = intervalSeconds; self.inFlight = inFlight; self.ratePerSecond = ratePerSecond; self.directSupervisors = directSupervisors }
}

/// What happened of late, the oldest first.
public struct Events: Hashable, Sendable, Codable {
    /// Those that were asked for and are still kept.
    public let events: [Event]
    /// Where to go on: the number after the last one there is.
    public let next: UInt64
    /// How many were asked for and are no longer kept.
    public let missed: UInt64
    enum CodingKeys: String, CodingKey, CaseIterable { case events, next, missed }
    /// Makes one of its parts.
    public init(events: [Event], next: UInt64, missed: UInt64) { self.events = events; self.next = next; self.missed = missed }
}

/// Something that happened.
public struct Event: Hashable, Sendable, Codable {
    /// Its number in this life of the daemon, from 1.
    public let id: UInt64
    /// When, in UTC.
    public let time: String
    /// What it is about.
    public let kind: Event.Kind
    /// How grave it is; the words of the log.
    public let level: Event.Level
    /// The form for people.
    public let message: String
    /// The form for machines: what it happened to, and the particulars.
    public let fields: [String: String]
    enum CodingKeys: String, CodingKey, CaseIterable { case id, time, kind, level, message, fields }
    /// Makes one of its parts.
    public init(id: UInt64, time: String, kind: Event.Kind, level: Event.Level, message: String, fields: [String: String]) { self.id = id; self.time = time; self.kind = kind; self.level = level; self.message = message; self.fields = fields }
}

/// The last decisions of the autoscaler, the oldest first.
public struct Decisions: Hashable, Sendable, Codable {
    /// Who decides the number of direct supervisors.
    public let mode: Status.Scaling.Mode
    /// The number of direct supervisors aimed at.
    public let target: Int
    /// What the autoscaler would aim at, while a number is pinned.
    public let automatic: Int?
    /// One for each tick, where the same answer for the same reason stands once.
    public let decisions: [Decision]
    enum CodingKeys: String, CodingKey, CaseIterable { case mode, target, automatic, decisions }
    /// Makes one of its parts.
    public init(mode: Status.Scaling.Mode, target: Int, automatic: Int? = nil, decisions: [Decision]) { self.mode = mode; self.target = target; self.automatic = automatic; self.decisions = decisions }
}

/// What the autoscaler decided at one tick, and why.
public struct Decision: Hashable, Sendable, Codable {
    /// When, in UTC; of several alike the last.
    public let time: String
    /// How many ticks in a row came to the same answer.
    public let repeated: Int
    /// Direct supervisors before.
    public let from: Int
    /// Direct supervisors after.
    public let to: Int
    /// How many the load alone asked for.
    public let raw: Int
    /// Why.
    public let reason: String
    /// R: the mean load of the fast window: the in-flight count, or the hands that it makes where a worker takes several at once.
    public let mean: Double
    /// L: the in-flight count at the tick.
    public let inFlight: Int
    /// For how much longer the hold window kept the size.
    public let heldForSeconds: Double?
    /// The decision in words.
    public let text: String
    /// Who took it by hand, such as `alice (uid 1000, pid 4242)`; not for what the autoscaler decided.
    public let by: String?
    enum CodingKeys: String, CodingKey, CaseIterable { case time, repeated, from, to, raw, reason, mean, inFlight = "in_flight", heldForSeconds = "held_for_seconds", text, by }
    /// Makes one of its parts.
    public init(time: String, repeated: Int, from: Int, to: Int, raw: Int, reason: String, mean: Double, inFlight: Int, heldForSeconds: Double? = nil, text: String, by: String? = nil) { self.time = time; self.repeated = repeated; self.from = from; self.to = to; self.raw = raw; self.reason = reason; self.mean = mean; self.inFlight = inFlight; self.heldForSeconds = heldForSeconds; self.text = text; self.by = by }
}

/// The last crashes, the oldest first.
public struct Crashes: Hashable, Sendable, Codable {
    /// Those that are still kept.
    public let crashes: [Crash]
    enum CodingKeys: String, CodingKey, CaseIterable { case crashes }
    /// Makes one of its parts.
    public init(crashes: [Crash]) { self.crashes = crashes }
}

/// One crash: what ended, why, and what its supervisor did about it.
public struct Crash: Hashable, Sendable, Codable {
    /// Its number in this life of the daemon, from 1; `ptrctl explain crash ID` shows it.
    public let id: UInt64
    /// When it was detected, in UTC.
    public let time: String
    /// What crashed.
    public let child: String
    /// Its supervisor.
    public let supervisor: String
    /// The incarnation that crashed.
    public let incarnation: UInt64
    /// What it ended with, in words.
    public let reason: String
    /// Whose fault it was.
    public let cause: Crash.Cause
    /// Whether it was charged to the supervisor's restart budget; what a message does is not.
    public let charged: Bool
    /// What the supervisor did.
    public let action: Crash.Action
    /// The incarnation that replaced it.
    public let replacement: UInt64?
    /// From the detection until the replacement ran.
    public let replacedInMicroseconds: Int64?
    /// The supervisor's restart budget after it.
    public let budget: RestartBudget?
    /// The message in hand.
    public let message: CrashMessage?
    /// The process id of the worker's body, if that was a process.
    public let pid: Int?
    /// The status that this process exited with.
    public let exitStatus: Int?
    /// The signal that ended it, such as `SEGV`.
    public let signal: String?
    /// Whether the signal made it leave a core dump.
    public let dumpedCore: Bool?
    /// The last that it wrote to standard error: at most 20 lines and 4 KiB, the oldest first.
    public let stderr: [String]?
    enum CodingKeys: String, CodingKey, CaseIterable { case id, time, child, supervisor, incarnation, reason, cause, charged, action, replacement, replacedInMicroseconds = "replaced_in_microseconds", budget, message, pid, exitStatus = "exit_status", signal, dumpedCore = "dumped_core", stderr }
    /// Makes one of its parts.
    public init(id: UInt64, time: String, child: String, supervisor: String, incarnation: UInt64, reason: String, cause: Crash.Cause, charged: Bool, action: Crash.Action, replacement: UInt64? = nil, replacedInMicroseconds: Int64? = nil, budget: RestartBudget? = nil, message: CrashMessage? = nil, pid: Int? = nil, exitStatus: Int? = nil, signal: String? = nil, dumpedCore: Bool? = nil, stderr: [String]? = nil) { self.id = id; self.time = time; self.child = child; self.supervisor = supervisor; self.incarnation = incarnation; self.reason = reason; self.cause = cause; self.charged = charged; self.action = action; self.replacement = replacement; self.replacedInMicroseconds = replacedInMicroseconds; self.budget = budget; self.message = message; self.pid = pid; self.exitStatus = exitStatus; self.signal = signal; self.dumpedCore = dumpedCore; self.stderr = stderr }
}

/// What became of the message that a crashed worker had in hand.
public struct CrashMessage: Hashable, Sendable, Codable {
    /// Its number.
    public let sequence: UInt64
    /// The stream it came from.
    public let stream: String
    /// Its event id; may be empty.
    public let eventID: String
    /// Which attempt it was.
    public let attempt: Int
    /// How many it has.
    public let maxAttempts: Int
    /// What became of it.
    public let fate: CrashMessage.Fate
    enum CodingKeys: String, CodingKey, CaseIterable { case sequence, stream, eventID = "event_id", attempt, maxAttempts = "max_attempts", fate }
    /// Makes one of its parts.
    public init(sequence: UInt64, stream: String, eventID: String, attempt: Int, maxAttempts: Int, fate: CrashMessage.Fate) { self.sequence = sequence; self.stream = stream; self.eventID = eventID; self.attempt = attempt; self.maxAttempts = maxAttempts; self.fate = fate }
}

/// One live message.
public struct TapRecord: Hashable, Sendable, Codable {
    /// When, in UTC.
    public let time: String
    /// What happened to it.
    public let stage: TapRecord.Stage
    /// Its number.
    public let sequence: UInt64
    /// The stream it came from.
    public let stream: String
    /// Its event id; may be empty.
    public let eventID: String
    /// Its type; `message` if the server named none.
    public let type: String
    /// Which attempt ended; not for `received`.
    public let attempt: Int?
    /// The worker that had it; not for `received`.
    public let worker: String?
    /// Why it failed.
    public let reason: String?
    /// From receipt until done or failed.
    public let milliseconds: Double?
    /// Its data, cut to the first 2,048 bytes.
    public let data: String
    /// How long its data is.
    public let bytes: Int
    enum CodingKeys: String, CodingKey, CaseIterable { case time, stage, sequence, stream, eventID = "event_id", type, attempt, worker, reason, milliseconds, data, bytes }
    /// Makes one of its parts.
    public init(time: String, stage: TapRecord.Stage, sequence: UInt64, stream: String, eventID: String, type: String, attempt: Int? = nil, worker: String? = nil, reason: String? = nil, milliseconds: Double? = nil, data: String, bytes: Int) { self.time = time; self.stage = stage; self.sequence = sequence; self.stream = stream; self.eventID = eventID; self.type = type; self.attempt = attempt; self.worker = worker; self.reason = reason; self.milliseconds = milliseconds; self.data = data; self.bytes = bytes }
}

/// How many messages a tap has passed over since it last said so, because more came than it samples.
public struct TapSkipped: Hashable, Sendable, Codable {
    /// Messages of the stage that were not looked at.
    public let skipped: UInt64
    enum CodingKeys: String, CodingKey, CaseIterable { case skipped }
    /// Makes one of its parts.
    public init(skipped: UInt64) { self.skipped = skipped }
}

/// Dead letters without their data, the oldest first.
public struct DeadLetters: Hashable, Sendable, Codable {
    /// A page of them.
    public let deadLetters: [DeadLetterSummary]
    /// Where the next page begins (`after`); none on the last.
    public let next: Int64?
    /// How many are stored, whether they match or not.
    public let total: Int
    /// What they hold, in bytes.
    public let totalBytes: Int
    enum CodingKeys: String, CodingKey, CaseIterable { case deadLetters = "dead_letters", next, total, totalBytes = "total_bytes" }
    /// Makes one of its parts.
    public init(deadLetters: [DeadLetterSummary], next: Int64? = nil, total: Int, totalBytes: Int) { self.deadLetters = deadLetters; self.next = next; self.total = total; self.totalBytes = totalBytes }
}

/// One dead letter without its data.
public struct DeadLetterSummary: Hashable, Sendable, Codable {
    /// Its number in the state directory.
    public let id: Int64
    /// The stream it came from.
    public let stream: String
    /// Its event id; may be empty.
    public let eventID: String
    /// Its type; `message` if the server named none.
    public let type: String
    /// When it was given up, in UTC.
    public let time: String
    /// What the last attempt ended with.
    public let reason: String
    /// How often it was tried.
    public let attempts: Int
    /// The worker that had it last.
    public let worker: String
    /// The incarnation of that worker.
    public let incarnation: UInt64
    /// Its number in the life of the daemon that gave it up.
    public let sequence: UInt64
    /// How long its data is.
    public let bytes: Int
    /// The beginning of its data, in one line.
    public let preview: String
    /// What names the event, unchanged by replays, for whoever must not take it twice; left out for one that an older version stored.
    public let identity: String?
    enum CodingKeys: String, CodingKey, CaseIterable { case id, stream, eventID = "event_id", type, time, reason, attempts, worker, incarnation, sequence, bytes, preview, identity }
    /// Makes one of its parts.
    public init(id: Int64, stream: String, eventID: String, type: String, time: String, reason: String, attempts: Int, worker: String, incarnation: UInt64, sequence: UInt64, bytes: Int, preview: String, identity: String? = nil) { self.id = id; self.stream = stream; self.eventID = eventID; self.type = type; self.time = time; self.reason = reason; self.attempts = attempts; self.worker = worker; self.incarnation = incarnation; self.sequence = sequence; self.bytes = bytes; self.preview = preview; self.identity = identity }
}

/// One dead letter with its data.
public struct DeadLetterDetail: Hashable, Sendable, Codable {
    /// All but the data.
    public let summary: DeadLetterSummary
    /// Its data.
    public let data: String
    enum CodingKeys: String, CodingKey, CaseIterable { case summary, data }
    /// Makes one of its parts.
    public init(summary: DeadLetterSummary, data: String) { self.summary = summary; self.data = data }
}

/// Which dead letters are meant: those that match all that is given. At least one of `ids`, `stream`, `text` and `"all": true` has to be.
public struct DeadLetterSelection: Hashable, Sendable, Codable {
    /// The longest text that is taken, in bytes.
    public static let longestText = 256
    /// What limit may be.
    public static let limits = 1...1000000
    /// These.
    public let ids: [Int64]?
    /// Those of this stream.
    public let stream: String?
    /// Those with this text, of 1 to 256 bytes, in their data, reason, type or event id.
    public let text: String?
    /// All; without it, an empty selection is refused.
    public let all: Bool
    /// At most so many, the oldest first.
    public let limit: Int?
    enum CodingKeys: String, CodingKey, CaseIterable { case ids, stream, text, all, limit }
    /// Makes one of its parts.
    public init(ids: [Int64]? = nil, stream: String? = nil, text: String? = nil, all: Bool = false, limit: Int? = nil) { self.ids = ids; self.stream = stream; self.text = text; self.all = all; self.limit = limit }
    public init(from decoder: any Decoder) throws {
        let body = try decoder.body(of: CodingKeys.self)
        ids = try body.decodeIfPresent([Int64].self, forKey: .ids)
        stream = try body.decodeIfPresent(String.self, forKey: .stream)
        text = try body.decodeIfPresent(String.self, forKey: .text)
        all = try body.decodeIfPresent(Bool.self, forKey: .all) ?? false
        limit = try body.decodeIfPresent(Int.self, forKey: .limit)
        try check(body)
    }
}

/// How much is logged.
public struct LogLevelResponse: Hashable, Sendable, Codable {
    /// The level now.
    public let level: String
    /// The level before.
    public let previous: String
    enum CodingKeys: String, CodingKey, CaseIterable { case level, previous }
    /// Makes one of its parts.
    public init(level: String, previous: String) { self.level = level; self.previous = previous }
}

/// What holds now, and what held before. The daemon answers once the target is set; the tree follows.
public struct ScaleResponse: Hashable, Sendable, Codable {
    /// The mode that holds now.
    public let mode: Status.Scaling.Mode
    /// The number of direct supervisors aimed at now.
    public let target: Int
    /// The number aimed at before the request.
    public let previousTarget: Int
    /// How many direct supervisors live at the moment of the answer.
    public let directSupervisors: Int
    /// The least number the configuration allows.
    public let min: Int
    /// The greatest number the configuration allows.
    public let max: Int
    /// What the autoscaler aims at, or would aim at while the number is pinned, by its last decision.
    public let automatic: Int?
    /// What the caller should know besides, for example that the daemon is paused.
    public let note: String?
    enum CodingKeys: String, CodingKey, CaseIterable { case mode, target, previousTarget = "previous_target", directSupervisors = "direct_supervisors", min, max, automatic, note }
    /// Makes one of its parts.
    public init(mode: Status.Scaling.Mode, target: Int, previousTarget: Int, directSupervisors: Int, min: Int, max: Int, automatic: Int? = nil, note: String? = nil) { self.mode = mode; self.target = target; self.previousTarget = previousTarget; self.directSupervisors = directSupervisors; self.min = min; self.max = max; self.automatic = automatic; self.note = note }
}

/// What was crashed, and what stands in its place.
public struct CrashResponse: Hashable, Sendable, Codable {
    /// The kind of part that was crashed.
    public let target: CrashTarget
    /// Which one it was.
    public let id: String
    /// The signal that its process was sent, such as `SEGV`.
    public let signal: String?
    /// The process that was sent it.
    public let pid: Int?
    /// Its incarnation when it was crashed, if known.
    public let incarnationBefore: UInt64?
    /// The incarnation that replaced it, if it is there yet.
    public let incarnationAfter: UInt64?
    /// Whether it had a message in hand.
    public let busy: Bool
    /// The sequence number of that message. It is dealt again, and pays no attempt for the injected crash.
    public let sequence: UInt64?
    /// What became of that message; left out if the worker was done with it before it ended.
    public let message: CrashMessage?
    /// How many messages were in the hands of the workers that ended with it. All of them are dealt again.
    public let held: Int?
    /// The number of the crash, for `GET /v1/crashes/{id}`.
    public let crash: UInt64?
    /// The supervisors that gave up over it, from the part's own upwards; left out while the restart budget lasts.
    public let gaveUp: [String]?
    /// The supervisor that started the highest of those again; left out if none did in time, or none gave up.
    public let restartedBy: String?
    /// The time from the crash until the supervisor of the part had seen its end, in microseconds, if it was waited for.
    public let detectedInMicroseconds: Int64?
    /// The time from the crash until the replacement stood, in microseconds, if it was waited for.
    public let replacedInMicroseconds: Int64?
    enum CodingKeys: String, CodingKey, CaseIterable { case target, id, signal, pid, incarnationBefore = "incarnation_before", incarnationAfter = "incarnation_after", busy, sequence, message, held, crash, gaveUp = "gave_up", restartedBy = "restarted_by", detectedInMicroseconds = "detected_in_microseconds", replacedInMicroseconds = "replaced_in_microseconds" }
    /// Makes one of its parts.
    public init(target: CrashTarget, id: String, signal: String? = nil, pid: Int? = nil, incarnationBefore: UInt64? = nil, incarnationAfter: UInt64? = nil, busy: Bool, sequence: UInt64? = nil, message: CrashMessage? = nil, held: Int? = nil, crash: UInt64? = nil, gaveUp: [String]? = nil, restartedBy: String? = nil, detectedInMicroseconds: Int64? = nil, replacedInMicroseconds: Int64? = nil) { self.target = target; self.id = id; self.signal = signal; self.pid = pid; self.incarnationBefore = incarnationBefore; self.incarnationAfter = incarnationAfter; self.busy = busy; self.sequence = sequence; self.message = message; self.held = held; self.crash = crash; self.gaveUp = gaveUp; self.restartedBy = restartedBy; self.detectedInMicroseconds = detectedInMicroseconds; self.replacedInMicroseconds = replacedInMicroseconds }
}

/// What a pause, or its end, brought about.
public struct PauseResponse: Hashable, Sendable, Codable {
    /// The streams it was about.
    public let streams: [String]
    /// The state of the daemon after it.
    public let state: Status.State
    /// For how long they are paused, if that has an end.
    public let forSeconds: Double?
    /// What the caller should know besides.
    public let note: String?
    enum CodingKeys: String, CodingKey, CaseIterable { case streams, state, forSeconds = "for_seconds", note }
    /// Makes one of its parts.
    public init(streams: [String], state: Status.State, forSeconds: Double? = nil, note: String? = nil) { self.streams = streams; self.state = state; self.forSeconds = forSeconds; self.note = note }
}

/// What there is to finish. `GET /v1/status` tells how far it is: it is done when nothing is in flight.
public struct DrainResponse: Hashable, Sendable, Codable {
    /// Messages in flight at the moment of the answer.
    public let inFlight: Int
    /// The state of the daemon after it.
    public let state: Status.State
    enum CodingKeys: String, CodingKey, CaseIterable { case inFlight = "in_flight", state }
    /// Makes one of its parts.
    public init(inFlight: Int, state: Status.State) { self.inFlight = inFlight; self.state = state }
}

/// What a reload has changed.
public struct ReloadResponse: Hashable, Sendable, Codable {
    /// What was applied.
    public let changed: [ReloadResponse.Change]
    /// What differs from the running configuration and takes effect at the next start only: in each answer, until it is so.
    public let needsRestart: [ReloadResponse.Change]
    /// What became of the file that is printed to, which a reload opens anew, in words for people; `null` where it is no file.
    public let output: String?
    enum CodingKeys: String, CodingKey, CaseIterable { case changed, needsRestart = "needs_restart", output }
    /// Makes one of its parts.
    public init(changed: [ReloadResponse.Change], needsRestart: [ReloadResponse.Change], output: String? = nil) { self.changed = changed; self.needsRestart = needsRestart; self.output = output }
}

extension ReloadResponse {
    /// One key of the configuration that has another value now.
    public struct Change: Hashable, Sendable, Codable {
        /// The key.
        public let key: String
        /// Its value before; `null` for what was added.
        public let before: String?
        /// Its value now; `null` for what was removed.
        public let after: String?
        enum CodingKeys: String, CodingKey, CaseIterable { case key, before, after }
        /// Makes one of its parts.
        public init(key: String, before: String? = nil, after: String? = nil) { self.key = key; self.before = before; self.after = after }
    }
}

/// What a replay or a purge was about. When it is over, `done + refused_count = matched`.
public struct DeadLetterResponse: Hashable, Sendable, Codable {
    /// How many dead letters the selection meant; of a replay that goes on, as far as it has come.
    public let matched: Int
    /// How many were replayed or deleted; 0 for a dry run.
    public let done: Int
    /// Those that could not be replayed, and why; the first 100.
    public let refused: [DeadLetterResponse.Refusal]
    /// How many those are; an older daemon does not say.
    public let refusedCount: Int?
    /// Whether it was only counted.
    public let dryRun: Bool
    /// The number of a replay that goes on, for `GET /v1/dead-letters/replays/{id}`; left out when it is over.
    public let goesOn: UInt64?
    /// What ended a replay before it had been through with all; left out where nothing did.
    public let error: String?
    enum CodingKeys: String, CodingKey, CaseIterable { case matched, done, refused, refusedCount = "refused_count", dryRun = "dry_run", goesOn = "goes_on", error }
    /// Makes one of its parts.
    public init(matched: Int, done: Int, refused: [DeadLetterResponse.Refusal], refusedCount: Int? = nil, dryRun: Bool, goesOn: UInt64? = nil, error: String? = nil) { self.matched = matched; self.done = done; self.refused = refused; self.refusedCount = refusedCount ?? refused.count; self.dryRun = dryRun; self.goesOn = goesOn; self.error = error }
}

extension DeadLetterResponse {
    /// A dead letter that could not be replayed.
    public struct Refusal: Hashable, Sendable, Codable {
        /// Which.
        public let id: Int64
        /// Why, in words.
        public let reason: String
        enum CodingKeys: String, CodingKey, CaseIterable { case id, reason }
        /// Makes one of its parts.
        public init(id: Int64, reason: String) { self.id = id; self.reason = reason }
    }
}

/// After which event id a stream goes on.
public struct StreamPosition: Hashable, Sendable, Codable {
    /// The stream.
    public let stream: String
    /// The id, at most its first 8192 bytes; `null`: there is none.
    public let position: String?
    /// How long the id is, in bytes; 0 without one.
    public let bytes: Int
    /// What it was before it was set or forgotten, cut in the same way; `null` if there was none, and for a question.
    public let previous: String?
    /// What the caller should know besides, for example that it is not stored yet.
    public let note: String?
    enum CodingKeys: String, CodingKey, CaseIterable { case stream, position, bytes, previous, note }
    /// Makes one of its parts.
    public init(stream: String, position: String?, bytes: Int, previous: String? = nil, note: String? = nil) { self.stream = stream; self.position = position; self.bytes = bytes; self.previous = previous; self.note = note }
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(stream, forKey: .stream)
        try container.encode(position, forKey: .position)
        try container.encode(bytes, forKey: .bytes)
        try container.encode(previous, forKey: .previous)
        try container.encodeIfPresent(note, forKey: .note)
    }
}

/// What was given up.
public struct HandOverResponse: Hashable, Sendable, Codable {
    /// The stream.
    public let stream: String
    enum CodingKeys: String, CodingKey, CaseIterable { case stream }
    /// Makes one of its parts.
    public init(stream: String) { self.stream = stream }
}

/// The parts of the tree that can be crashed on purpose. The raw value is what the API and `ptrctl crash` call them.
public struct CrashTarget: Word {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    /// One worker; its id is `worker.N.M`.
    public static let worker = CrashTarget(rawValue: "worker")
    /// One direct supervisor, with its workers; its id is `direct_supervisor.N`.
    public static let directSupervisor = CrashTarget(rawValue: "direct-supervisor")
    /// The supervisor of the direct supervisors, with all of them.
    public static let mainSupervisor = CrashTarget(rawValue: "main-supervisor")
    /// The part that admits and settles messages and decides on the size of the pool.
    public static let flowManager = CrashTarget(rawValue: "flow-manager")
    /// The receiver of one stream; its id is the stream's name.
    public static let receiver = CrashTarget(rawValue: "receiver")
    public static let all: [CrashTarget] = [.worker, .directSupervisor, .mainSupervisor, .flowManager, .receiver]
}

extension Crash {
    /// Whose fault a crash was.
    public struct Cause: Word {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
        /// The message's: its handler threw over it.
        public static let message = Cause(rawValue: "message")
        /// A kill message, as it is meant to.
        public static let killMessage = Cause(rawValue: "kill_message")
        /// The message took longer than workers.timeout.
        public static let timeout = Cause(rawValue: "timeout")
        /// An operator's, by `ptrctl crash`.
        public static let injected = Cause(rawValue: "injected")
        /// Its own.
        public static let own = Cause(rawValue: "own")
        public static let all: [Cause] = [.message, .killMessage, .timeout, .injected, .own]
    }
}

extension Crash {
    /// What a supervisor did about a crash.
    public struct Action: Word {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
        /// It started the child again.
        public static let restarted = Action(rawValue: "restarted")
        /// The child could not be started yet and is tried again.
        public static let restarting = Action(rawValue: "restarting")
        /// The budget was spent: it stopped its children and ended.
        public static let gaveUp = Action(rawValue: "gave_up")
        /// It left the child stopped.
        public static let stopped = Action(rawValue: "stopped")
        public static let all: [Action] = [.restarted, .restarting, .gaveUp, .stopped]
    }
}

extension CrashMessage {
    /// What became of a message whose worker crashed.
    public struct Fate: Word {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
        /// It waits out its backoff and is dealt again; the attempt counts.
        public static let retried = Fate(rawValue: "retried")
        /// It was dealt again at once; the attempt does not count.
        public static let dealtAgain = Fate(rawValue: "dealt_again")
        /// It had no attempt left.
        public static let deadLettered = Fate(rawValue: "dead_lettered")
        /// It was a kill message.
        public static let killed = Fate(rawValue: "killed")
        public static let all: [Fate] = [.retried, .dealtAgain, .deadLettered, .killed]
    }
}

extension Event {
    /// What an event is about.
    public struct Kind: Word {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
        /// A part of the tree ended by an error, and what became of it.
        public static let crash = Kind(rawValue: "crash")
        /// The size of the pool changed, or was pinned.
        public static let scale = Kind(rawValue: "scale")
        /// A stream went up or down, was paused or has ended.
        public static let stream = Kind(rawValue: "stream")
        /// A supervisor gave up, a child was abandoned or could not be restarted.
        public static let supervision = Kind(rawValue: "supervision")
        /// A message became a dead letter.
        public static let message = Kind(rawValue: "message")
        /// The circuit breaker opened, tries or closed.
        public static let breaker = Kind(rawValue: "breaker")
        /// What the handler needs is down, or there again.
        public static let handler = Kind(rawValue: "handler")
        /// The process of a worker was started or has ended, broke the protocol, or could not be started.
        public static let worker = Kind(rawValue: "worker")
        /// The state could not be written, or can be again.
        public static let state = Kind(rawValue: "state")
        /// Somebody changed something over this API: the audit trail.
        public static let control = Kind(rawValue: "control")
        /// The daemon as a whole: started, reloaded, draining.
        public static let daemon = Kind(rawValue: "daemon")
        public static let all: [Kind] = [.crash, .scale, .stream, .supervision, .message, .breaker, .handler, .worker, .state, .control, .daemon]
    }
}

extension Event {
    /// How grave an event is; the words of the log.
    public struct Level: Word {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
        /// Everyday business.
        public static let debug = Level(rawValue: "debug")
        /// Worth knowing.
        public static let info = Level(rawValue: "info")
        /// Worth a look.
        public static let notice = Level(rawValue: "notice")
        /// Something is not as it should be.
        public static let warning = Level(rawValue: "warning")
        /// Something went wrong.
        public static let error = Level(rawValue: "error")
        public static let all: [Level] = [.debug, .info, .notice, .warning, .error]
    }
}

extension Problem {
    /// What sort of problem it is. Words are only ever added.
    public struct Kind: Word {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
        /// A stream has been down for longer than its `down_after`.
        public static let streamDown = Kind(rawValue: "stream_down")
        /// None of the streams that should be open has been for ten seconds.
        public static let allStreamsDown = Kind(rawValue: "all_streams_down")
        /// A server refuses a stream in a way that somebody has to do something about: a wrong URL, a page in its place.
        public static let streamRefused = Kind(rawValue: "stream_refused")
        /// A stream has ended for good by an answer that is no regular end.
        public static let streamFailed = Kind(rawValue: "stream_failed")
        /// The circuit breaker is open: most messages fail, and intake has paused.
        public static let breakerOpen = Kind(rawValue: "breaker_open")
        /// What the handler needs is down, or no worker can be started: what came is held.
        public static let handlerUnavailable = Kind(rawValue: "handler_unavailable")
        /// Some workers cannot be started, again and again.
        public static let workersCannotStart = Kind(rawValue: "workers_cannot_start")
        /// Checkpoints and dead letters cannot be stored.
        public static let stateUnwritable = Kind(rawValue: "state_unwritable")
        /// What is printed to takes nothing: a full disk, a journal that is not there.
        public static let outputBlocked = Kind(rawValue: "output_blocked")
        /// None of the paths of the print format was found in what came of late.
        public static let formatFindsNothing = Kind(rawValue: "format_finds_nothing")
        /// Many workers hang and were replaced; with some more the tree ends.
        public static let workersHang = Kind(rawValue: "workers_hang")
        /// A listener of the daemon is broken, or its path leads elsewhere.
        public static let listenerBroken = Kind(rawValue: "listener_broken")
        /// A part of the tree does not answer, and systemd is not told that ptrd lives.
        public static let watchdogLate = Kind(rawValue: "watchdog_late")
        /// The books of the daemon contradict themselves.
        public static let booksWrong = Kind(rawValue: "books_wrong")
        /// It is not known who holds streams that several daemons share: the broker does not answer.
        public static let holderUnknown = Kind(rawValue: "holder_unknown")
        public static let all: [Kind] = [.streamDown, .allStreamsDown, .streamRefused, .streamFailed, .breakerOpen, .handlerUnavailable, .workersCannotStart, .stateUnwritable, .outputBlocked, .formatFindsNothing, .workersHang, .listenerBroken, .watchdogLate, .booksWrong, .holderUnknown]
    }
}

extension Status {
    /// What the daemon as a whole does.
    public struct State: Word {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
        /// Messages are received and worked on.
        public static let running = State(rawValue: "running")
        /// Intake is stopped on purpose; what was admitted is still worked on.
        public static let paused = State(rawValue: "paused")
        /// The daemon is stopping and finishes what it has admitted.
        public static let draining = State(rawValue: "draining")
        /// Something is wrong that the daemon cannot mend alone, such as an open circuit breaker.
        public static let degraded = State(rawValue: "degraded")
        public static let all: [State] = [.running, .paused, .draining, .degraded]
    }
}

extension Status.Scaling {
    /// Who decides the number of direct supervisors.
    public struct Mode: Word {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
        /// The autoscaler.
        public static let auto = Mode(rawValue: "auto")
        /// An operator, with `ptrctl scale N`.
        public static let manual = Mode(rawValue: "manual")
        public static let all: [Mode] = [.auto, .manual]
    }
}

extension Status.Stream {
    /// What a stream does.
    public struct State: Word {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
        /// Connecting, or waiting for the server's answer.
        public static let connecting = State(rawValue: "connecting")
        /// Connected, and receiving what the server sends.
        public static let open = State(rawValue: "open")
        /// Backing off before the next attempt.
        public static let waiting = State(rawValue: "waiting")
        /// Not read from, on purpose.
        public static let paused = State(rawValue: "paused")
        /// Told to stop by the server.
        public static let failed = State(rawValue: "failed")
        /// The event came that ends it (`end` of its configuration); it is not asked for again.
        public static let finished = State(rawValue: "finished")
        /// Another daemon reads it; this one stands by.
        public static let standby = State(rawValue: "standby")
        public static let all: [State] = [.connecting, .open, .waiting, .paused, .failed, .finished, .standby]
    }
}

extension StreamHolder {
    /// What a daemon is to a stream that several share.
    public struct Role: Word {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
        /// It reads it.
        public static let holder = Role(rawValue: "holder")
        /// Another one reads it, or nobody yet.
        public static let standby = Role(rawValue: "standby")
        /// It has read it, and could not renew that in time: it publishes nothing until it knows who holds it.
        public static let doubtful = Role(rawValue: "doubtful")
        public static let all: [Role] = [.holder, .standby, .doubtful]
    }
}

extension TapRecord {
    /// At which point a message is looked at.
    public struct Stage: Word {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
        /// It was admitted.
        public static let received = Stage(rawValue: "received")
        /// Its handler completed.
        public static let done = Stage(rawValue: "done")
        /// An attempt failed, or crashed its worker.
        public static let failed = Stage(rawValue: "failed")
        public static let all: [Stage] = [.received, .done, .failed]
    }
}

extension Whole {
    /// What is wanted of each ptrd.
    public struct Part: Word {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
        /// What it has received and done, and what is wrong.
        public static let status = Part(rawValue: "status")
        /// The same, with all streams.
        public static let streams = Part(rawValue: "streams")
        /// The same as `status`, with all workers.
        public static let workers = Part(rawValue: "workers")
        public static let all: [Part] = [.status, .streams, .workers]
    }
}

extension TreeNode {
    /// Whether a child works or supervises.
    public struct Kind: Word {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
        /// It does work.
        public static let worker = Kind(rawValue: "worker")
        /// It supervises others.
        public static let supervisor = Kind(rawValue: "supervisor")
        public static let all: [Kind] = [.worker, .supervisor]
    }
}

extension TreeNode {
    /// What a child does.
    public struct State: Word {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
        /// It runs.
        public static let running = State(rawValue: "running")
        /// A worker that waits for a message.
        public static let idle = State(rawValue: "idle")
        /// A worker with a message in hand.
        public static let busy = State(rawValue: "busy")
        /// It gets no more messages, and is stopped when it has finished what it holds.
        public static let draining = State(rawValue: "draining")
        /// A worker that could not be started, and waits before it tries again.
        public static let backingOff = State(rawValue: "backing_off")
        /// A worker whose body, such as its process, is being started.
        public static let starting = State(rawValue: "starting")
        /// A worker whose body is being ended.
        public static let stopping = State(rawValue: "stopping")
        /// Between two attempts to start it again.
        public static let restarting = State(rawValue: "restarting")
        /// It does not run.
        public static let stopped = State(rawValue: "stopped")
        public static let all: [State] = [.running, .idle, .busy, .draining, .backingOff, .starting, .stopping, .restarting, .stopped]
    }
}

/// The kinds of refusal the control API knows. The raw value is the `code` of an `ErrorResponse`.  A code decides the HTTP status of the answer and the exit status of `ptrctl`; `table` is the only place that says which.
public struct ErrorCode: Word {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    /// The request was not understood: bad JSON, an unknown key, a value of the wrong type.
    public static let badRequest = ErrorCode(rawValue: "bad_request")
    /// The caller, or the configuration, does not allow this.
    public static let denied = ErrorCode(rawValue: "denied")
    /// What the request names does not exist, such as a worker's id.
    public static let notFound = ErrorCode(rawValue: "not_found")
    /// The API has no such path: most likely ptrctl and ptrd are of different versions.
    public static let unknownRoute = ErrorCode(rawValue: "unknown_route")
    /// The path exists, but not for this HTTP method.
    public static let methodNotAllowed = ErrorCode(rawValue: "method_not_allowed")
    /// The request is sound, but the present state or configuration forbids it, such as a target above `max`.
    public static let precondition = ErrorCode(rawValue: "precondition")
    /// The request's body is larger than the server reads.
    public static let tooLarge = ErrorCode(rawValue: "too_large")
    /// The caller asks more often than the server answers one user.
    public static let rateLimited = ErrorCode(rawValue: "rate_limited")
    /// A mistake of the daemon.
    public static let `internal` = ErrorCode(rawValue: "internal")
    /// The daemon cannot do this now, for example because it is stopping.
    public static let unavailable = ErrorCode(rawValue: "unavailable")
    /// The daemon gave up waiting for a part of itself.
    public static let timedOut = ErrorCode(rawValue: "timed_out")
    public static let all: [ErrorCode] = [.badRequest, .denied, .notFound, .unknownRoute, .methodNotAllowed, .precondition, .tooLarge, .rateLimited, .internal, .unavailable, .timedOut]
}
