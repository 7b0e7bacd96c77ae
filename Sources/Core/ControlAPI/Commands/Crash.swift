/// The parts of the tree that can be crashed on purpose. The raw value is what the API and `ptrctl crash` call them.
public struct CrashTarget: RawRepresentable, Hashable, Sendable, Codable {
    /// The name in the API and on the command line, such as `direct-supervisor`.
    public let rawValue: String

    /// Makes a target of any name; decoding takes those in ``all`` only.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

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

    /// All targets of this version.
    public static let all: [CrashTarget] = [.worker, .directSupervisor, .mainSupervisor, .flowManager, .receiver]

    /// Decodes a name.
    ///
    /// - Throws: `DecodingError`, for a name that is not in ``all``.
    public init(from decoder: any Decoder) throws {
        let name = try decoder.singleValueContainer().decode(String.self)
        self.init(rawValue: name)
        guard Self.all.contains(self) else {
            let names = Self.all.map(\.rawValue).joined(separator: ", ")
            throw DecodingError.dataCorrupted(
                DecodingError.Context(
                    codingPath: decoder.codingPath,
                    debugDescription: "\"\(name)\" is no part of the tree that can be crashed; these are: \(names)"))
        }
    }
}

/// Crashes one part of the tree on purpose, to see it restart. The daemon denies it unless `fault_injection` is on.
public struct CrashRequest: ControlRequest, Hashable, Codable {
    /// What was crashed, and what stands in its place.
    public typealias Response = CrashResponse
    /// `POST /v1/crash`.
    public static let route = ControlRoute.crash

    /// The kind of part.
    public let target: CrashTarget
    /// Which one, such as `worker.1.2`; the daemon picks one at random if it is not given.
    public let id: String?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case target, id
    }

    /// Makes a request.
    public init(target: CrashTarget, id: String? = nil) {
        self.target = target
        self.id = id
    }

    /// Decodes a request.
    ///
    /// - Throws: `DecodingError`, also for a key that is not known.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseKeys(otherThan: CodingKeys.allCases)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        target = try container.decode(CrashTarget.self, forKey: .target)
        id = try container.decodeIfPresent(String.self, forKey: .id)
    }
}

extension CrashRequest: CustomStringConvertible {
    /// For the log; the id is quoted, because it may hold anything.
    public var description: String {
        "crash \(target.rawValue)" + (id.map { " \($0.debugDescription)" } ?? "")
    }
}

/// What was crashed, and what stands in its place.
public struct CrashResponse: Hashable, Sendable, Codable {
    /// The kind of part that was crashed.
    public let target: CrashTarget
    /// Which one it was.
    public let id: String
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
    /// The number of the crash, for ``CrashDetailRequest``.
    public let crash: UInt64?
    /// The supervisors that gave up over it, from the part's own upwards; left out while the restart budget lasts.
    public let gaveUp: [String]?
    /// The supervisor that started the highest of those again; left out if none did in time, or none gave up.
    public let restartedBy: String?
    /// The time from the crash until the supervisor of the part had seen its end, in microseconds, if it was waited for.
    public let detectedInMicroseconds: Int64?
    /// The time from the crash until the replacement stood, in microseconds, if it was waited for.
    public let replacedInMicroseconds: Int64?

    private enum CodingKeys: String, CodingKey {
        case target, id, busy, sequence, message, held, crash
        case gaveUp = "gave_up"
        case restartedBy = "restarted_by"
        case incarnationBefore = "incarnation_before"
        case incarnationAfter = "incarnation_after"
        case detectedInMicroseconds = "detected_in_microseconds"
        case replacedInMicroseconds = "replaced_in_microseconds"
    }

    /// Makes an answer; what is not known, or does not apply, is left out.
    public init(
        target: CrashTarget, id: String, incarnationBefore: UInt64? = nil, incarnationAfter: UInt64? = nil, busy: Bool,
        sequence: UInt64? = nil, message: CrashMessage? = nil, held: Int? = nil, crash: UInt64? = nil,
        gaveUp: [String]? = nil, restartedBy: String? = nil, detectedInMicroseconds: Int64? = nil,
        replacedInMicroseconds: Int64? = nil
    ) {
        self.target = target
        self.id = id
        self.incarnationBefore = incarnationBefore
        self.incarnationAfter = incarnationAfter
        self.busy = busy
        self.sequence = sequence
        self.message = message
        self.held = held
        self.crash = crash
        self.gaveUp = gaveUp
        self.restartedBy = restartedBy
        self.detectedInMicroseconds = detectedInMicroseconds
        self.replacedInMicroseconds = replacedInMicroseconds
    }
}
