public import Logging

/// What an entry of the journal is about: a name in the code, a 128-bit identifier in the journal (`MESSAGE_ID`), and
/// under that a text in the catalog, which `journalctl --catalog` shows beneath the entry.
///
/// A log line gets it by the metadata key `message_id`, with the name as value. The texts are in
/// `packaging/systemd/ptrd.catalog`. The identifiers come from `systemd-id128 new` and never change: people search and
/// alert by them.
public enum MessageID: String, Sendable, CaseIterable {
    /// ptrd is ready.
    case started = "e35b26e4fbce49ffa25c2acf494d6227"
    /// ptrd has stopped, and nothing was left over.
    case stopped = "95d0a9f582e741b9be59a1f2b5b98d76"
    /// ptrd has stopped with messages unfinished.
    case drainIncomplete = "808654fabb7242c3817e902f8cd92925"
    /// ptrd cannot start, or cannot go on.
    case startFailed = "cc303b31b1904b84be04466bbd6c0129"
    /// The configuration is wrong: exit status 78.
    case configurationWrong = "c26893dc9e7a47d395b6c1dc7ed962db"
    /// A credential that the configuration names is not there: exit status 78.
    case credentialMissing = "b8b0288fec664f96a4851938e6b693bf"
    /// The state's database is damaged or from a later version.
    case stateDamaged = "61562ccf1a14411280e963e5d3900901"
    /// Checkpoints and dead letters cannot be written at present.
    case stateUnwritable = "4042d78309aa420597d037df162c41e8"
    /// Checkpoints and dead letters are written again.
    case stateWritable = "3da67ee2ad2d4638970c07e3a7b91130"
    /// A stream is connected.
    case streamOpen = "477b9c045e0441b6abc0c8a8c306a700"
    /// A stream is down and will be connected again.
    case streamDown = "a9fe7c2cbeb141bdb3f8d3d007eb2949"
    /// There is no connection to the broker, or it does not answer.
    case brokerDown = "03150bdc5b75415282c0b0ec27e794ec"
    /// There is a connection to the broker.
    case brokerBack = "94f5619e59b64574a1c2e5e345765fe1"
    /// A node of the broker was left that is cut off from the others.
    case brokerLeft = "1044b845dd6e43b0b369d287a32c2787"
    /// A stream has ended for good.
    case streamFailed = "f9cb72cf68974fa6aefa305a3445dba3"
    /// The event came that ends a stream.
    case streamFinished = "9a1cb483dbaf406881c91dc709a4c9ed"
    /// Events may have been missed while a stream was down.
    case streamGap = "9d5733edc7e14f9f9b41e3cf7912fab2"
    /// This node reads a stream that several share.
    case leaseTaken = "002f61e8ffb54398a4ab791eabca2c57"
    /// A stream that several share could not be kept, or was taken by another node.
    case leaseLost = "33e638c14317432f8b1d023589891335"
    /// A stream that several share was given up in good order.
    case leaseHandedOver = "f07bb1e1045447b5af92faf63985702b"
    /// An event was larger than allowed and was left out.
    case eventSkipped = "93c482bcec25443e973fe718080eceba"
    /// A worker took too long over a message and is replaced.
    case workerTimedOut = "d4785a90bd3e4e28bb05b6b65107073e"
    /// A direct supervisor gave up on its workers.
    case workerCrashLoop = "32857828f3e84b298ad7f94e58c8de51"
    /// A supervisor above the workers gave up.
    case supervisorGaveUp = "75ea324959bf4ec6b280e22adcb1da14"
    /// The whole tree gave up; ptrd ends with status 1.
    case treeGaveUp = "1bfb02ecb66f4ffaa8475f41e168476a"
    /// A listener, such as the control API's, has broken or cannot be had.
    case controlEnded = "3fcd46a5e0dc448e8d6c5b351e7436aa"
    /// The way out took too long, and the process was ended.
    case exitForced = "9c1bb84d6b9cd1bc62f98a4c853ec861"
    /// A child that did not stop was left to itself.
    case childAbandoned = "29e2977192774871a7cc53fcdf9190ee"
    /// A message was given up.
    case deadLetter = "f8acd0849e3d4b4aa8f2d583de7c13c4"
    /// The number of direct supervisors has changed.
    case poolResized = "6fb377d560fa4c5eb25f4010fa763c7b"
    /// The circuit breaker opened: most messages fail.
    case breakerOpen = "31354ea09899488ea3b390273843548b"
    /// The circuit breaker closed: messages succeed again.
    case breakerClosed = "9979382f8df4487eacc4ec4ae3cf33b7"
    /// What the handler needs is down.
    case handlerUnavailable = "eae62b0359f444dfa59805c0df30a3bf"
    /// What the handler needs is there again.
    case handlerAvailable = "a445bea077244c379593eea2faab1be9"
    /// A worker's body could not be started.
    case workerCannotStart = "c69a0f077e9042478297a4ab2060741c"
    /// The process of a worker was started.
    case workerStarted = "ec8530eddd7b461e9ee42224de99d30d"
    /// The process of a worker has ended.
    case workerExited = "d8a94a2594a341b1b7114bb0e92a06b1"
    /// The process of a worker said what makes no sense, and was ended.
    case workerProtocolBroken = "9f08ac3c18a24b65a80b050247319a28"
    /// A beat of the watchdog is late.
    case watchdogLate = "c62ce916f849453c8a2242ec120da668"
    /// Log lines were dropped because the journal was slow.
    case logDropped = "1001f735d3be4e9fae70fe1043d8fe8b"
    /// The disk that messages are printed to is full.
    case outputFull = "e79b192f63e34339bd3c8d2577333892"
    /// The disk that messages are printed to has room again.
    case outputHasRoom = "9fa284b735f343acb8ca5f9bd5aa05b5"
    /// A changed configuration is in force.
    case reloaded = "db94b39b2bf648a1922d19d351f63c30"
    /// A changed configuration was refused.
    case reloadRefused = "2305eae1894a4ad5891063bd226c82c2"

    /// The identifier: 32 hexadecimal digits in lower case.
    public var id: String { rawValue }

    /// The name that log lines give as `message_id`: the case's in lower case, its words joined by `-`.
    public var name: String {
        "\(self)".reduce(into: "") { $0 += $1.isUppercase ? "-\($1.lowercased())" : "\($1)" }
    }

    /// Finds one by its name.
    public init?(name: String) {
        guard let found = Self.byName[name] else { return nil }
        self = found
    }

    private static let byName = Dictionary(uniqueKeysWithValues: allCases.map { ($0.name, $0) })

    /// The key of log lines' metadata that holds the name.
    public static let metadataKey = "message_id"

    /// The metadata that gives a log line this identifier, with more beside it.
    public func metadata(_ more: Logger.Metadata = [:]) -> Logger.Metadata {
        more.merging([Self.metadataKey: "\(name)"]) { $1 }
    }
}
