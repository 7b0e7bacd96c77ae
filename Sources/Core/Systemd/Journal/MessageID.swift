public import Logging

/// What an entry of the journal is about: a name in the code, a 128-bit identifier in the journal (`MESSAGE_ID`), and
/// under that a text in the catalog, which `journalctl --catalog` shows beneath the entry.
///
/// A log line gets it by the metadata key `message_id`, with the name as value. The texts are in
/// `packaging/systemd/ptrd.catalog`. The identifiers come from `systemd-id128 new` and never change: people search and
/// alert by them.
public struct MessageID: Hashable, Sendable, CustomStringConvertible {
    /// The name that log lines give as `message_id`: words of lower case, joined by `-`.
    public let name: String
    /// The identifier: 32 hexadecimal digits in lower case.
    public let id: String

    /// The identifier.
    public var description: String { id }

    private init(_ name: String, _ id: String) {
        self.name = name
        self.id = id
    }

    /// Finds one by its name.
    public init?(name: String) {
        guard let found = Self.byName[name] else { return nil }
        self = found
    }

    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    /// The metadata that gives a log line this identifier, with more beside it.
    public func metadata(_ more: Logger.Metadata = [:]) -> Logger.Metadata {
        more.merging([Self.metadataKey: "\(name)"]) { $1 }
    }

    /// The key of log lines' metadata that holds the name.
    public static let metadataKey = "message_id"

    /// ptrd is ready.
    public static let started = MessageID("started", "e35b26e4fbce49ffa25c2acf494d6227")
    /// ptrd has stopped, and nothing was left over.
    public static let stopped = MessageID("stopped", "95d0a9f582e741b9be59a1f2b5b98d76")
    /// ptrd has stopped with messages unfinished.
    public static let drainIncomplete = MessageID("drain-incomplete", "808654fabb7242c3817e902f8cd92925")
    /// ptrd cannot start, or cannot go on.
    public static let startFailed = MessageID("start-failed", "cc303b31b1904b84be04466bbd6c0129")
    /// The configuration is wrong: exit status 78.
    public static let configurationWrong = MessageID("configuration-wrong", "c26893dc9e7a47d395b6c1dc7ed962db")
    /// A credential that the configuration names is not there: exit status 78.
    public static let credentialMissing = MessageID("credential-missing", "b8b0288fec664f96a4851938e6b693bf")
    /// The state's database is damaged or from a later version.
    public static let stateDamaged = MessageID("state-damaged", "61562ccf1a14411280e963e5d3900901")
    /// Checkpoints and dead letters cannot be written at present.
    public static let stateUnwritable = MessageID("state-unwritable", "4042d78309aa420597d037df162c41e8")
    /// Checkpoints and dead letters are written again.
    public static let stateWritable = MessageID("state-writable", "3da67ee2ad2d4638970c07e3a7b91130")
    /// A stream is connected.
    public static let streamOpen = MessageID("stream-open", "477b9c045e0441b6abc0c8a8c306a700")
    /// A stream is down and will be connected again.
    public static let streamDown = MessageID("stream-down", "a9fe7c2cbeb141bdb3f8d3d007eb2949")
    /// A stream has ended for good.
    public static let streamFailed = MessageID("stream-failed", "f9cb72cf68974fa6aefa305a3445dba3")
    /// Events may have been missed while a stream was down.
    public static let streamGap = MessageID("stream-gap", "9d5733edc7e14f9f9b41e3cf7912fab2")
    /// An event was larger than allowed and was left out.
    public static let eventSkipped = MessageID("event-skipped", "93c482bcec25443e973fe718080eceba")
    /// A worker took too long over a message and is replaced.
    public static let workerTimedOut = MessageID("worker-timed-out", "d4785a90bd3e4e28bb05b6b65107073e")
    /// A direct supervisor gave up on its workers.
    public static let workerCrashLoop = MessageID("worker-crash-loop", "32857828f3e84b298ad7f94e58c8de51")
    /// A supervisor above the workers gave up.
    public static let supervisorGaveUp = MessageID("supervisor-gave-up", "75ea324959bf4ec6b280e22adcb1da14")
    /// The whole tree gave up; ptrd ends with status 1.
    public static let treeGaveUp = MessageID("tree-gave-up", "1bfb02ecb66f4ffaa8475f41e168476a")
    /// A listener, such as the control API's, has broken or cannot be had.
    public static let controlEnded = MessageID("control-ended", "3fcd46a5e0dc448e8d6c5b351e7436aa")
    /// The way out took too long, and the process was ended.
    public static let exitForced = MessageID("exit-forced", "9c1bb84d6b9cd1bc62f98a4c853ec861")
    /// A child that did not stop was left to itself.
    public static let childAbandoned = MessageID("child-abandoned", "29e2977192774871a7cc53fcdf9190ee")
    /// A message was given up.
    public static let deadLetter = MessageID("dead-letter", "f8acd0849e3d4b4aa8f2d583de7c13c4")
    /// The number of direct supervisors has changed.
    public static let poolResized = MessageID("pool-resized", "6fb377d560fa4c5eb25f4010fa763c7b")
    /// The circuit breaker opened: most messages fail.
    public static let breakerOpen = MessageID("breaker-open", "31354ea09899488ea3b390273843548b")
    /// The circuit breaker closed: messages succeed again.
    public static let breakerClosed = MessageID("breaker-closed", "9979382f8df4487eacc4ec4ae3cf33b7")
    /// What the handler needs is down.
    public static let handlerUnavailable = MessageID("handler-unavailable", "eae62b0359f444dfa59805c0df30a3bf")
    /// What the handler needs is there again.
    public static let handlerAvailable = MessageID("handler-available", "a445bea077244c379593eea2faab1be9")
    /// A worker's body could not be started.
    public static let workerCannotStart = MessageID("worker-cannot-start", "c69a0f077e9042478297a4ab2060741c")
    /// A beat of the watchdog is late.
    public static let watchdogLate = MessageID("watchdog-late", "c62ce916f849453c8a2242ec120da668")
    /// Log lines were dropped because the journal was slow.
    public static let logDropped = MessageID("log-dropped", "1001f735d3be4e9fae70fe1043d8fe8b")
    /// The disk that messages are printed to is full.
    public static let outputFull = MessageID("output-full", "e79b192f63e34339bd3c8d2577333892")
    /// The disk that messages are printed to has room again.
    public static let outputHasRoom = MessageID("output-has-room", "9fa284b735f343acb8ca5f9bd5aa05b5")
    /// A changed configuration is in force.
    public static let reloaded = MessageID("reloaded", "db94b39b2bf648a1922d19d351f63c30")
    /// A changed configuration was refused.
    public static let reloadRefused = MessageID("reload-refused", "2305eae1894a4ad5891063bd226c82c2")

    /// All there are.
    public static let all = [
        started, stopped, drainIncomplete, startFailed, configurationWrong, credentialMissing, stateDamaged,
        stateUnwritable, stateWritable, streamOpen, streamDown, streamFailed, streamGap, eventSkipped,
        workerTimedOut, workerCrashLoop, supervisorGaveUp, treeGaveUp, controlEnded, exitForced, childAbandoned,
        deadLetter,
        poolResized, breakerOpen, breakerClosed, handlerUnavailable, handlerAvailable, workerCannotStart, watchdogLate,
        logDropped, outputFull, outputHasRoom, reloaded,
        reloadRefused,
    ]
}
