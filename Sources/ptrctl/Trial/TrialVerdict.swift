import EventSource
import PtrConfiguration
import Templates

/// What is wrong with a stream that was tried, what is better known of it, and whether it works.
struct TrialVerdict: Sendable {
    /// What is wrong, each with its mend.
    private(set) var faults: [String] = []
    /// What is no fault, and better known.
    private(set) var remarks: [String] = []

    /// It brings events, and nothing is wrong.
    var isGood: Bool { faults.isEmpty }

    init(_ tally: TrialTally, _ settings: TrialSettings) {
        judgeConnection(tally, settings)
        guard tally.opened != nil else { return }
        judgeSilence(tally, settings)
        judgeIDs(tally, settings)
        judgeData(tally, settings)
        if tally.connections.contains(where: { $0.cookies > 0 }) {
            remarks.append("the server sets cookies, which are not shown")
        }
    }

    // MARK: The connection

    private mutating func judgeConnection(_ tally: TrialTally, _ settings: TrialSettings) {
        guard case .connection(let error) = tally.ending else { return }
        let next = error.isTemporary ? "ptrd would try again" : "for ptrd the stream would be over"
        if error.code == .endedByEvent {
            return remarks.append("the event came that ends the stream; \(next)")
        }
        if error.code == .endedByServer {
            guard tally.events == 0 else {
                return remarks.append("the server ends the stream by itself; \(next)")
            }
            return faults.append("the server ended the stream without an event; \(next)")
        }
        let hint = Self.hint(error, tally, settings).map { "; \($0)" } ?? ""
        faults.append("\(Self.words(error.code)); \(next)\(hint)")
    }

    /// What kind of trouble it is; what exactly was said when it happened.
    private static func words(_ code: EventSourceError.Code) -> String {
        switch code {
        case .invalidURL, .invalidHeader: "the request cannot be sent"
        case .credential: "a credential cannot be read"
        case .bodyFile: "the request's body cannot be read"
        case .corruptedContent: "the compressed stream is corrupted"
        case .decompressionBomb: "the compressed stream grows beyond all measure"
        case .dns: "the name has no address"
        case .connect, .connectTimeout: "there is no connection"
        case .tls: "TLS failed"
        case .responseTimeout: "the server does not answer"
        case .idle: "the stream fell silent, and counts as dead"
        case .refused: "the server refuses"
        case .stoppedByServer: "the server has nothing to stream"
        case .wrongMediaType: "what the server sent is no event stream"
        case .unsupportedContentEncoding: "the stream is compressed"
        case .invalidRedirect, .tooManyRedirects: "the redirect leads nowhere"
        case .bodyRedirected: "a redirect would take the request's body to another server"
        default: "the connection broke"
        }
    }

    private static func hint(_ error: EventSourceError, _ tally: TrialTally, _ settings: TrialSettings) -> String? {
        let secrets = settings.isConfigured || settings.bearerFile != nil || !settings.headerFiles.isEmpty
        switch error.code {
        case .credential: return "try as who may read it: sudo ptrctl try …"
        case .dns: return "is the name spelled right? `getent hosts NAME` asks the same resolver"
        case .connect: return "does something listen at that port?"
        case .connectTimeout: return "a firewall may drop what is sent, or connect_timeout be too short"
        case .tls where error.reason.contains("not trusted"):
            return Configuration.declares("stream.*.tls.ca")
                ? "name its authority by tls.ca, or add it to those of the system (update-ca-certificates)"
                : "add its authority to those of the system (update-ca-certificates)"
        case .responseTimeout:
            return "some servers answer with their first event: try response_timeout = \"off\""
        case .idle: return "raise idle_timeout, or ask the server for comments as signs of life"
        case .wrongMediaType: return "is that the address of the stream itself, and not of a page about it?"
        case .unsupportedContentEncoding:
            return Configuration.declares("stream.*.compression") ? "say compression = true" : nil
        case .refused:
            switch error.status {
            case 401?, 403?:
                return secrets
                    ? "the credential is not taken: has it expired, or does it lack a right?"
                    : "it wants a credential: --bearer-file PATH, or --header-file NAME=PATH"
            case 404?, 410?: return "is the path right?"
            case 405?: return "it wants another method"
            case 429?: return "too many requests: wait, and try again"
            default: return nil
            }
        default: return nil
        }
    }

    // MARK: What it brings

    private mutating func judgeSilence(_ tally: TrialTally, _ settings: TrialSettings) {
        if tally.events == 0, case .timeUp = tally.ending {
            let what =
                tally.comments > 0 ? "comments, but no event" : tally.bytes > 0 ? "bytes, but no event" : "nothing"
            faults.append(
                "the stream is open, but \(what) came within \(Text.duration(settings.limit, .measured)); "
                    + "wait longer with --time, or is there nothing to say?")
        }
        guard let idle = settings.stream.idleTimeout, idle > .zero else { return }
        if tally.longestSilence * 2 > idle {
            remarks.append(
                "it was silent for \(Text.duration(tally.longestSilence, .measured)), and counts as dead after "
                    + "\(Text.duration(idle, .measured)) (idle_timeout)")
        }
        if let heartbeat = tally.heartbeat, heartbeat >= idle {
            remarks.append("its comments come too seldom for idle_timeout")
        }
    }

    private mutating func judgeIDs(_ tally: TrialTally, _ settings: TrialSettings) {
        if tally.ids.unsendable > 0 {
            faults.append(
                "\(Text.count(tally.ids.unsendable, "id")) with control characters, which cannot be sent back: after a "
                    + "break the stream goes on without one")
        }
        if tally.ids.longest > settings.stream.maxIDBytes {
            faults.append(
                "an id of \(Text.bytes(tally.ids.longest)) is longer than max_id_bytes "
                    + "(\(Text.bytes(settings.stream.maxIDBytes))): after a break the stream goes on from an earlier one"
            )
        }
        if let retry = tally.retry, retry > settings.stream.reconnect.serverMax {
            remarks.append(
                "the server asks for \(Text.duration(retry)) between connections; reconnect.server_max bounds that to "
                    + Text.duration(settings.stream.reconnect.serverMax))
        }
    }

    private mutating func judgeData(_ tally: TrialTally, _ settings: TrialSettings) {
        if tally.skipped > 0 {
            faults.append(
                "\(Text.count(tally.skipped, "event")) over max_event_bytes "
                    + "(\(Text.bytes(settings.stream.maxEventBytes))), left out")
        }
        if tally.filtered > 0, tally.filtered == tally.events {
            remarks.append("the filter leaves out all that came")
        }
        judgeFormat(tally, settings)
    }

    private mutating func judgeFormat(_ tally: TrialTally, _ settings: TrialSettings) {
        guard let format = settings.format, !format.paths.isEmpty, tally.events > 0 else { return }
        guard tally.fields.documents > 0 else {
            return remarks.append("the format has paths, but the data is no JSON: it is printed as it came")
        }
        // Objects are no fields of their own, but what they begin is.
        let known = tally.fields.fields.map(\.path)
        let missing = zip(format.paths, format.isRequired).compactMap { path, isRequired -> String? in
            let text = "\(path)"
            let isThere = known.contains { $0 == text || $0.hasPrefix(text + ".") || $0.hasPrefix(text + "[") }
            return isRequired && !isThere && !path.steps.contains(where: \.isElement) ? "{\(text)}" : nil
        }
        guard !missing.isEmpty else { return }
        remarks.append("the format's \(Text.list(missing)) was in none of the events looked at: see the paths above")
    }
}

extension FieldPath.Step {
    fileprivate var isElement: Bool {
        if case .element = self { true } else { false }
    }
}
