// The commands, beside what docs/openapi.json declares of them: what the log calls them, and what their bodies may not say.

extension PauseRequest {
    /// Such as `pause "tweets-1" for 60.0 s`.
    public var description: String {
        "pause" + (stream.map { " \($0.debugDescription)" } ?? "") + (forSeconds.map { " for \($0) s" } ?? "")
    }

    func check(_ body: KeyedDecodingContainer<CodingKeys>) throws {
        guard forSeconds.map({ $0 > 0 && $0 <= Self.longest }) ?? true else {
            throw body.fault(.forSeconds, "has to be more than 0 and at most \(Int(Self.longest))")
        }
    }
}

extension ResumeRequest {
    /// Such as `resume "tweets-1"`.
    public var description: String { "resume" + (stream.map { " \($0.debugDescription)" } ?? "") }
}

extension DrainRequest {
    /// `drain`.
    public var description: String { "drain" }
}

extension ReloadRequest {
    /// `reload`.
    public var description: String { "reload" }
}

extension LogLevelRequest {
    /// Such as `log-level "debug"`.
    public var description: String { "log-level \(level.debugDescription)" }

    func check(_ body: KeyedDecodingContainer<CodingKeys>) throws {
        guard Self.levels.contains(level) else {
            let levels = Self.levels.joined(separator: ", ")
            throw body.fault(.level, "\(level.debugDescription) is no level; these are: \(levels)")
        }
    }
}

extension CrashRequest {
    /// Such as `crash worker "worker.1.2"`, `crash worker by SIGSEGV`.
    public var description: String {
        "crash \(target.rawValue)" + (id.map { " \($0.debugDescription)" } ?? "")
            + (signal.map { " by SIG\($0)" } ?? "")
    }

    func check(_ body: KeyedDecodingContainer<CodingKeys>) throws {
        guard let signal else { return }
        guard Self.signals.contains(signal) else {
            throw body.fault(
                .signal,
                "\(signal.debugDescription) is no signal to send; these are: \(Self.signals.joined(separator: ", "))")
        }
        guard target == .worker else { throw body.fault(.signal, "is for a worker only: nothing else is a process") }
    }
}

extension CrashTarget {
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

extension ReplayRequest {
    /// Such as `replay dead letters of stream "tweets-1"`.
    public var description: String { "replay \(selection)" + (dryRun ? " (dry run)" : "") }
}

extension PurgeRequest {
    /// Such as `purge all dead letters, at most 10`.
    public var description: String { "purge \(selection)" + (dryRun ? " (dry run)" : "") }
}

extension DeadLetterSelection: CustomStringConvertible {
    /// Such as `dead letters 1, 2, 3 of stream "tweets-1" with "text", at most 10`.
    public var description: String {
        let shown = 20
        let numbers = ids.map { ids in
            " " + ids.prefix(shown).map { "\($0)" }.joined(separator: ", ")
                + (ids.count > shown ? " and \(ids.count - shown) more" : "")
        }
        return (all ? "all " : "") + "dead letters" + (numbers ?? "")
            + (stream.map { " of stream \($0.debugDescription)" } ?? "")
            + (text.map { " with \($0.debugDescription)" } ?? "") + (limit.map { ", at most \($0)" } ?? "")
    }

    func check(_ body: KeyedDecodingContainer<CodingKeys>) throws {
        if let ids, ids.contains(where: { $0 < 1 }) { throw body.fault(.ids, "are numbers from 1") }
        if let text, !(1...Self.longestText).contains(text.utf8.count) {
            throw body.fault(.text, "has to be of 1 to \(Self.longestText) bytes")
        }
        if let limit, !Self.limits.contains(limit) {
            throw body.fault(.limit, "has to be from \(Self.limits.lowerBound) to \(Self.limits.upperBound)")
        }
        guard ids != nil || stream != nil || text != nil || all else {
            throw body.fault(nil, "give ids, stream, text, or \"all\": true for all of them")
        }
    }
}

extension SetStreamPositionRequest {
    /// Such as `set the position of stream "tweets-1" to "9981"`; of a long id the beginning.
    public var description: String {
        let shown = 128
        let start = position.unicodeScalars.prefix(shown)
        let isCut = start.endIndex < position.unicodeScalars.endIndex
        return "set the position of stream \(stream.debugDescription) to"
            + " \(String(String.UnicodeScalarView(start)).debugDescription)\(isCut ? "…" : "")"
    }

    func check(_ body: KeyedDecodingContainer<CodingKeys>) throws {
        guard (1...Self.longestPosition).contains(position.utf8.count) else {
            throw body.fault(.position, "has to be of 1 to \(Self.longestPosition) bytes; to have none, forget it")
        }
        // RFC 9110, section 5.5.
        guard position.utf8.allSatisfy({ $0 == 0x09 || $0 >= 0x20 && $0 != 0x7F }) else {
            throw body.fault(.position, "holds a control character, which no header can")
        }
    }
}

extension ForgetStreamPositionRequest {
    /// Such as `forget the position of stream "tweets-1"`.
    public var description: String { "forget the position of stream \(stream.debugDescription)" }
}

extension HandOverStreamRequest {
    /// Such as `hand over stream "tweets-1"`.
    public var description: String { "hand over stream \(stream.debugDescription)" }
}

/// Pins the number of direct supervisors (`{"target": 5}`), or hands it back to the autoscaler (`{"mode": "auto"}`).
public enum ScaleRequest: Hashable, Sendable {
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
        let body = try decoder.body(of: CodingKeys.self)
        let target = try body.decodeIfPresent(Int.self, forKey: .target)
        let mode = try body.decodeIfPresent(String.self, forKey: .mode)
        switch (target, mode) {
        case (let target?, nil): self = .target(target)
        case (nil, "auto"): self = .auto
        case (nil, let mode?):
            throw body.fault(.mode, "\"\(mode)\" is no mode to ask for; the only one is \"auto\"")
        case (_?, _?), (nil, nil):
            throw body.fault(nil, "give either \"target\" (a whole number) or \"mode\": \"auto\"")
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

    /// `scale to 5`, `scale automatically`.
    public var description: String {
        switch self {
        case .target(let target): "scale to \(target)"
        case .auto: "scale automatically"
        }
    }
}
