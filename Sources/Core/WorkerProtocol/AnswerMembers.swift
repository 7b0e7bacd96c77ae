/// What an object in an answer has said, and what that means as a whole.
struct AnswerMembers {
    enum Status: String, CaseIterable {
        case done, failed, rejected, unavailable, partial
    }

    /// What it has said at all.
    var keys = AnswerKey.Group()
    var seq: UInt64 = 0
    var frame: UInt64 = 0
    var progress: UInt64 = 0
    var ready: UInt64 = 0
    var prefetch: UInt64 = 0
    var heartbeat = false
    var status = Status.done
    var reason: String?
    var retryAfter: Duration?
    var level = WorkerLogLevel.info
    var message = ""
    /// Those of a batch that are listed.
    var exceptions: [UInt64: WorkerOutcome] = [:]

    /// What it means as an answer.
    func answer() throws(Flaw) -> WorkerAnswer {
        if keys.contains(.status) { return try answerOfStatus() }
        if keys.contains(.ready) {
            try checkKeys(.ofReady, beside: "ready")
            guard ready == 1 else {
                throw .senseless("it is ready for version \(ready) of the protocol; there is only 1")
            }
            guard !keys.contains(.prefetch) || (1...1024).contains(prefetch) else {
                throw .outOfRange("prefetch", mend: "it is 1 to 1024")
            }
            return .ready(prefetch: keys.contains(.prefetch) ? Int(prefetch) : nil, heartbeat: heartbeat)
        }
        if keys.contains(.progress) {
            try checkKeys(.ofProgress, beside: "progress")
            return .progress(progress)
        }
        if keys.contains(.log) {
            try checkKeys(.ofLogLine, beside: "log")
            guard keys.contains(.message) else { throw .missing("message in log") }
            return .log(level, message)
        }
        throw .missing("status")
    }

    private func answerOfStatus() throws(Flaw) -> WorkerAnswer {
        switch status {
        case .done: try checkKeys(.ofDone, beside: #""status":"done""#)
        case .failed, .unavailable: try checkKeys(.ofRetried, beside: #""status":"\#(status.rawValue)""#)
        case .rejected: try checkKeys(.ofRejected, beside: #""status":"rejected""#)
        case .partial:
            try checkKeys(.ofPartial, beside: #""status":"partial""#)
            guard keys.contains(.frame) else { throw .missing("frame") }
            return .partial(frame: frame, exceptions)
        }
        guard !keys.contains(.seq) || !keys.contains(.frame) else { throw .senseless("it has both seq and frame") }
        let target: AnswerTarget =
            keys.contains(.seq) ? .message(seq) : keys.contains(.frame) ? .frame(frame) : .oldest
        return .outcome(outcome(), of: target)
    }

    /// What it says of the end of a message.
    func outcome() -> WorkerOutcome {
        switch status {
        case .failed: .failed(reason ?? Self.noReason, retryAfter: retryAfter)
        case .rejected: .rejected(reason ?? Self.noReason)
        case .unavailable: .unavailable(reason ?? Self.noReason, retryAfter: retryAfter)
        case .done, .partial: .done
        }
    }

    private static let noReason = "the worker gave no reason"

    private func checkKeys(_ allowed: AnswerKey.Group, beside what: String) throws(Flaw) {
        if let key = allowed.firstMissing(of: keys) { throw .senseless("\(key.name) makes no sense beside \(what)") }
    }
}

/// What is wrong with the text of an answer.
enum Flaw: Error {
    case notJSON
    case noObject
    case unknownKey(String)
    case unknownWord(StaticString, String, known: String)
    case twice(StaticString)
    case wrongType(StaticString, String)
    case outOfRange(StaticString, mend: String)
    case missing(String)
    case senseless(String)

    func fault(_ text: Span<UInt8>) -> ProtocolFault {
        switch self {
        case .notJSON where text.count == 0:
            ProtocolFault("it wrote an empty line", quoting: text, mend: Mend.stray)
        case .notJSON, .noObject: ProtocolFault("it wrote what is no answer", quoting: text, mend: Mend.stray)
        case .unknownKey("specversion"), .unknownKey("batch"):
            ProtocolFault(
                "it wrote the frame that it was given, which is no answer", quoting: text,
                mend: "\(Mend.answer); other output belongs to stderr, or set reply_fd = 3")
        case .unknownKey(let key):
            ProtocolFault(
                "unknown key \"\(ProtocolFault.printable(key.prefix(40)))\" in an answer", quoting: text,
                mend: "\(Mend.answer); \(Mend.stray) if it is none")
        case .unknownWord(let key, let word, let known):
            ProtocolFault(
                "unknown \(key) \"\(ProtocolFault.printable(word.prefix(40)))\" in an answer", quoting: text,
                mend: "it may be one of \(known)")
        case .twice(let key):
            ProtocolFault("\(key) stands twice in an answer", quoting: text, mend: "leave one of them out")
        case .wrongType(let key, let type):
            ProtocolFault("\(key) in an answer must be \(type)", quoting: text, mend: Mend.answer)
        case .outOfRange(let key, let mend):
            ProtocolFault("\(key) is out of range in an answer", quoting: text, mend: mend)
        case .missing(let what):
            ProtocolFault("an answer without \(what)", quoting: text, mend: Mend.answer)
        case .senseless(let what):
            ProtocolFault("an answer that makes no sense, since \(what)", quoting: text, mend: Mend.answer)
        }
    }
}
