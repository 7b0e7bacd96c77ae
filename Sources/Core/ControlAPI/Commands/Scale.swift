/// Pins the number of direct supervisors (`{"target": 5}`), or hands it back to the autoscaler (`{"mode": "auto"}`).
public enum ScaleRequest: ControlRequest, Hashable, Codable {
    /// What holds now, and what held before.
    public typealias Response = ScaleResponse
    /// `POST /v1/scale`.
    public static let route = ControlRoute.scale

    /// Keep this many direct supervisors. Outside `min`…`max` the daemon refuses with ``ErrorCode/precondition``.
    case target(Int)
    /// Let the autoscaler decide again.
    case auto

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case target, mode
    }

    /// Decodes a request.
    ///
    /// - Throws: `DecodingError`, unless exactly one of `target` (a whole number) and `mode` (`auto`) is given, and
    ///   nothing else.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseKeys(otherThan: CodingKeys.allCases)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let target = try container.decodeIfPresent(Int.self, forKey: .target)
        let mode = try container.decodeIfPresent(String.self, forKey: .mode)
        switch (target, mode) {
        case (let target?, nil):
            self = .target(target)
        case (nil, "auto"):
            self = .auto
        case (nil, let mode?):
            throw DecodingError.dataCorruptedError(
                forKey: .mode, in: container,
                debugDescription: "\"\(mode)\" is no mode to ask for; the only one is \"auto\"")
        case (_?, _?), (nil, nil):
            throw DecodingError.dataCorrupted(
                DecodingError.Context(
                    codingPath: container.codingPath,
                    debugDescription: "give either \"target\" (a whole number) or \"mode\": \"auto\""))
        }
    }

    /// Encodes the form that ``init(from:)`` reads.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .target(let target): try container.encode(target, forKey: .target)
        case .auto: try container.encode("auto", forKey: .mode)
        }
    }
}

extension ScaleRequest: CustomStringConvertible {
    /// For the log, in words.
    public var description: String {
        switch self {
        case .target(let target): "scale to \(target)"
        case .auto: "scale automatically"
        }
    }
}

/// What a ``ScaleRequest`` brought about. The daemon answers once the target is set; the tree follows.
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

    private enum CodingKeys: String, CodingKey {
        case mode, target, min, max, automatic, note
        case previousTarget = "previous_target"
        case directSupervisors = "direct_supervisors"
    }

    /// Makes an answer.
    public init(
        mode: Status.Scaling.Mode, target: Int, previousTarget: Int, directSupervisors: Int, min: Int, max: Int,
        automatic: Int? = nil, note: String? = nil
    ) {
        self.mode = mode
        self.target = target
        self.previousTarget = previousTarget
        self.directSupervisors = directSupervisors
        self.min = min
        self.max = max
        self.automatic = automatic
        self.note = note
    }
}
