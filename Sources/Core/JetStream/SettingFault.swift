/// A setting of the broker that is not as it has to be.
public struct SettingFault: Sendable, Hashable, CustomStringConvertible {
    /// Its name in the broker's JSON.
    public var setting: String
    /// What it is.
    public var found: String
    /// What it has to be.
    public var wanted: String
    /// Why.
    public var reason: String
    /// The flag of `nats stream edit` or `nats consumer edit`; nil: it cannot be changed afterwards.
    var flag: String?
    /// The value that makes it right.
    var value: JSONValue

    /// The setting, what it is, what it has to be, and why.
    public var description: String { "\(setting) is \(found), and has to be \(wanted): \(reason)" }
}

/// What is wrong with a stream or consumer, and what makes it right.
public struct SettingFaults: Sendable, Hashable {
    /// Each that is wrong.
    public var faults: [SettingFault]
    /// Commands that make it right, each in two forms: of the `nats` tool, and as plain JSON, which any client can send. Empty:
    /// nothing is wrong.
    public var mends: [String]

    /// Makes them; by default nothing is wrong.
    public init(faults: [SettingFault] = [], mends: [String] = []) {
        self.faults = faults
        self.mends = mends
    }
}

/// What a stream has to be.
public struct StreamRequirements: Sendable, Hashable {
    /// The oldest server that is supported.
    public static let oldestServer = [2, 11]

    /// Its name.
    public var name: String
    /// What it takes, if it is made.
    public var subjects: [String]
    /// Within so long an id is recognised, at least; zero: ids are not used.
    public var duplicateWindow: Duration
    /// On how many nodes it is kept, if it is made.
    public var replicas: Int
    /// Whether its messages are work, each for one worker.
    public var isWorkQueue: Bool

    /// Makes requirements.
    public init(
        name: String, subjects: [String] = [], duplicateWindow: Duration = .seconds(120), replicas: Int = 1,
        isWorkQueue: Bool = true
    ) {
        self.name = name
        self.subjects = subjects
        self.duplicateWindow = duplicateWindow
        self.replicas = replicas
        self.isWorkQueue = isWorkQueue
    }

    /// The settings of one that is made.
    var configuration: JSONValue {
        .object([
            "name": .string(name), "subjects": .array(subjects.map { .string($0) }), "storage": .string("file"),
            "retention": .string(isWorkQueue ? "workqueue" : "limits"), "discard": .string("new"),
            "max_msgs": .integer(-1), "max_bytes": .integer(-1), "max_age": .integer(0),
            "duplicate_window": .integer(duplicateWindow.nanoseconds), "num_replicas": .integer(Int64(replicas)),
        ])
    }

    /// What is wrong with a stream; nil for one that is not there.
    public func check(_ info: StreamInfo?) -> SettingFaults {
        guard let info else {
            return SettingFaults(
                faults: [
                    SettingFault(
                        setting: "stream \(name)", found: "not there", wanted: "there",
                        reason: "it is written in the configuration",
                        value: .null)
                ],
                mends: [
                    "nats stream add \(name) --subjects '\(subjects.joined(separator: ","))' --storage file --retention "
                        + "\(isWorkQueue ? "work" : "limits") --discard new --dupe-window "
                        + "\(duplicateWindow.seconds)s --replicas \(replicas) --defaults",
                    "nats request '$JS.API.STREAM.CREATE.\(name)' '\(configuration.text)'",
                ])
        }
        let config = info.config
        var faults: [SettingFault] = []
        if !Self.isSupported(info.serverVersion) {
            faults.append(
                SettingFault(
                    setting: "the server's version", found: info.serverVersion ?? "older than 2.11",
                    wanted: "2.11 or later",
                    reason: "earlier ones lose what they have acknowledged; upgrade the servers", value: .null))
        }
        if isWorkQueue, config["retention"].string != "workqueue" {
            faults.append(
                SettingFault(
                    setting: "retention", found: config["retention"].text, wanted: "\"workqueue\"",
                    reason: "what is acknowledged has to go", flag: nil, value: .string("workqueue")))
        }
        if config["storage"].string != "file" {
            faults.append(
                SettingFault(
                    setting: "storage", found: config["storage"].text, wanted: "\"file\"",
                    reason: "memory forgets what it has acknowledged", flag: nil, value: .string("file")))
        }
        if config["discard"].string != "new" {
            faults.append(
                SettingFault(
                    setting: "discard", found: config["discard"].text, wanted: "\"new\"",
                    reason: "a full stream would drop its oldest messages, which nobody has worked on",
                    flag: "--discard new", value: .string("new")))
        }
        if let age = config["max_age"].integer, age > 0 {
            faults.append(
                SettingFault(
                    setting: "max_age", found: "\(age / 1_000_000_000) s", wanted: "0",
                    reason: "messages would go by themselves that nobody has worked on", flag: "--max-age -1",
                    value: .integer(0)))
        }
        let window = config["duplicate_window"].integer ?? 0
        if window < duplicateWindow.nanoseconds {
            faults.append(
                SettingFault(
                    setting: "duplicate_window", found: "\(window / 1_000_000_000) s",
                    wanted: "\(duplicateWindow.seconds) s or longer",
                    reason: "a message that is sent again would be stored twice",
                    flag: "--dupe-window \(duplicateWindow.seconds)s", value: .integer(duplicateWindow.nanoseconds)))
        }
        return SettingFaults(faults: faults, mends: mends(faults, config))
    }

    private func mends(_ faults: [SettingFault], _ config: JSONValue) -> [String] {
        let settings = faults.filter { $0.value != .null }
        guard !settings.isEmpty else { return [] }
        let right = config.setting(Dictionary(settings.map { ($0.setting, $0.value) }) { $1 })
        let flags = settings.compactMap(\.flag)
        guard flags.count == settings.count else {
            // Retention to a work queue, and storage, are for ever.
            let names = settings.filter { $0.flag == nil }.map(\.setting).joined(separator: " and ")
            return ["\(names) cannot be changed: make another stream, and name it in the configuration"]
        }
        return [
            "nats stream edit \(name) \(flags.joined(separator: " ")) --force",
            "nats request '$JS.API.STREAM.UPDATE.\(name)' '\(right.text)'",
        ]
    }

    static func isSupported(_ version: String?) -> Bool {
        guard let version else { return false }
        let numbers = version.split(separator: ".").prefix(2).map { Int($0) ?? 0 }
        return !numbers.lexicographicallyPrecedes(oldestServer)
    }
}

extension Duration {
    /// Whole seconds, rounded up.
    var seconds: Int64 {
        let (seconds, attoseconds) = components
        return attoseconds > 0 ? seconds + 1 : seconds
    }
}
