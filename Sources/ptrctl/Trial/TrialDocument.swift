import EventSource

/// What `ptrctl try --json` prints. Times are milliseconds since the beginning, sizes bytes.
struct TrialDocument: Sendable, Encodable {
    struct Connection: Sendable, Encodable {
        /// Without the values of its query.
        let url: String
        let addresses: [String]
        let requested: Double?
        let answered: Double?
        let status: Int?
        let reason: String
        /// Those that matter, by their names in lower case.
        let fields: [String: String]

        private enum CodingKeys: String, CodingKey {
            case url, addresses, status, reason, fields
            case requested = "requested_milliseconds"
            case answered = "answered_milliseconds"
        }
    }

    struct Field: Sendable, Encodable {
        let path: String
        let kind: String
        let example: String
        let count: Int
    }

    let name: String
    let url: String
    let works: Bool
    let connections: [Connection]
    let openedMilliseconds: Double?
    let events: Int
    let filtered: Int
    let skipped: Int
    let comments: Int
    let dataBytes: Int
    let largestBytes: Int
    let perSecond: Double?
    let bytesPerSecond: Double?
    let types: [String: Int]
    /// `none`, `numbers`, `json` or `texts`.
    let ids: String
    let resuming: String
    let retryMilliseconds: Double?
    let heartbeatMilliseconds: Double?
    let longestSilenceMilliseconds: Double
    let shown: [TrialEvent]
    let fields: [Field]
    let faults: [String]
    let remarks: [String]
    /// How the connection ended, if it did.
    let ended: String?
    let endedCode: String?
    /// What is suggested, as TOML, and as assignments of the unit's section `[Service]`.
    let configuration: String
    let credentials: [String]

    private enum CodingKeys: String, CodingKey {
        case name, url, works, connections, events, filtered, skipped, comments, types, ids, resuming, shown, fields,
            faults, remarks, ended, configuration, credentials
        case openedMilliseconds = "opened_milliseconds"
        case dataBytes = "data_bytes"
        case largestBytes = "largest_bytes"
        case perSecond = "per_second"
        case bytesPerSecond = "bytes_per_second"
        case retryMilliseconds = "retry_milliseconds"
        case heartbeatMilliseconds = "heartbeat_milliseconds"
        case longestSilenceMilliseconds = "longest_silence_milliseconds"
        case endedCode = "ended_code"
    }

    /// - Parameter ended: why the connection ended, without secrets.
    init(_ tally: TrialTally, _ settings: TrialSettings, _ verdict: TrialVerdict, ended: String?) {
        func milliseconds(_ time: Duration) -> Double { time / .milliseconds(1) }
        name = settings.stream.name
        url = EventSourceConfiguration(url: settings.stream.url).displayURL
        works = verdict.isGood && tally.opened != nil
        connections = tally.connections.map { connection in
            Connection(
                url: connection.url, addresses: connection.addresses,
                requested: connection.requested.map(milliseconds), answered: connection.answered.map(milliseconds),
                status: connection.status, reason: connection.reason,
                fields: Dictionary(connection.fields.map { ($0.name, $0.value) }) { "\($0), \($1)" })
        }
        openedMilliseconds = tally.opened.map(milliseconds)
        (events, filtered, skipped, comments) = (tally.events, tally.filtered, tally.skipped, tally.comments)
        (dataBytes, largestBytes) = (tally.dataBytes, tally.largest)
        perSecond = tally.rate
        bytesPerSecond = tally.span.map { Double(tally.bytes) / ($0 / .seconds(1)) }
        types = Dictionary(tally.types.map { ($0.name, $0.count) }) { $0 + $1 }
        ids = tally.ids.kind.rawValue
        resuming = tally.ids.words
        retryMilliseconds = tally.retry.map(milliseconds)
        heartbeatMilliseconds = tally.heartbeat.map(milliseconds)
        longestSilenceMilliseconds = milliseconds(tally.longestSilence)
        shown = tally.shown
        fields = tally.fields.fields.map {
            Field(path: $0.path, kind: $0.kind, example: $0.example, count: $0.count)
        }
        (faults, remarks) = (verdict.faults, verdict.remarks)
        self.ended = ended
        endedCode = if case .connection(let error) = tally.ending { error.code.description } else { nil }
        configuration = Suggestion(tally, settings).lines.joined(separator: "\n")
        credentials = Suggestion.credentials(settings)
    }
}
