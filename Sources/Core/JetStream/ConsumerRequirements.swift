/// What a consumer has to be.
public struct ConsumerRequirements: Sendable, Hashable {
    /// Its name.
    public var name: String
    /// The stream's name.
    public var stream: String
    /// After so long without a word a message is delivered again.
    public var ackWait: Duration
    /// So many messages may be delivered and not acknowledged, at least: more than all windows together.
    public var ackPending: Int

    /// So many requests have to find room at the server: those of one machine with the largest window.
    static let leastWaiting: Int64 = 64

    /// Makes requirements.
    public init(name: String, stream: String, ackWait: Duration, ackPending: Int) {
        self.name = name
        self.stream = stream
        self.ackWait = ackWait
        self.ackPending = ackPending
    }

    /// The settings of one that is made.
    var configuration: JSONValue {
        .object([
            "durable_name": .string(name), "name": .string(name), "ack_policy": .string("explicit"),
            "deliver_policy": .string("all"), "replay_policy": .string("instant"), "max_deliver": .integer(-1),
            "ack_wait": .integer(ackWait.nanoseconds), "max_ack_pending": .integer(Int64(ackPending)),
            "max_waiting": .integer(512),
        ])
    }

    func request(_ configuration: JSONValue, action: String) -> String {
        JSONValue.object([
            "stream_name": .string(stream), "config": configuration, "action": .string(action),
        ]).text
    }

    /// What is wrong with a consumer; nil for one that is not there.
    public func check(_ info: ConsumerInfo?) -> SettingFaults {
        guard let info else {
            return SettingFaults(
                faults: [
                    SettingFault(
                        setting: "consumer \(name)", found: "not there", wanted: "there",
                        reason: "it is written in the configuration", value: .null)
                ],
                mends: [
                    "nats consumer add \(stream) \(name) --pull --ack explicit --deliver all --replay instant "
                        + "--max-deliver=-1 --wait \(ackWait.seconds)s --max-pending \(ackPending) --defaults",
                    "nats request '$JS.API.CONSUMER.CREATE.\(stream).\(name)' '\(request(configuration, action: "create"))'",
                ])
        }
        let config = info.config
        var faults: [SettingFault] = []
        func want(
            _ setting: String, _ isRight: Bool, _ wanted: String, _ reason: String, flag: String? = nil,
            _ value: JSONValue
        ) {
            guard !isRight else { return }
            faults.append(
                SettingFault(
                    setting: setting, found: config[setting].text, wanted: wanted, reason: reason, flag: flag,
                    value: value))
        }
        want(
            "deliver_subject", config["deliver_subject"].string ?? "" == "", "left out",
            "messages are asked for, not pushed",
            .string(""))
        want(
            "ack_policy", config["ack_policy"].string == "explicit", "\"explicit\"",
            "each message is acknowledged by itself",
            .string("explicit"))
        want(
            "max_deliver", config["max_deliver"].integer ?? -1 == -1, "-1",
            "a message that was delivered so often would stay for ever and reach nobody; ptrd ends it",
            flag: "--max-deliver=-1",
            .integer(-1))
        want(
            "backoff", config["backoff"] == .null || config["backoff"] == .array([]), "left out",
            "it takes the place of ack_wait",
            flag: "--backoff none", .array([]))
        want(
            "ack_wait", config["ack_wait"].integer == ackWait.nanoseconds,
            "\(ackWait.nanoseconds) (\(ackWait.seconds) s)",
            "what is held is reported in progress three times within it", flag: "--wait \(ackWait.seconds)s",
            .integer(ackWait.nanoseconds))
        let pending = config["max_ack_pending"].integer ?? 1000
        want(
            "max_ack_pending", pending < 0 || pending >= Int64(ackPending), "\(ackPending) or more",
            "machines would starve whose window is not full", flag: "--max-pending \(ackPending)",
            .integer(Int64(ackPending)))
        want(
            "max_waiting", config["max_waiting"].integer ?? 512 >= Self.leastWaiting, "\(Self.leastWaiting) or more",
            "several requests of each machine stand at once, and a server drops those for which it has no room without a word",
            .integer(512))
        return SettingFaults(faults: faults, mends: mends(faults, config))
    }

    private func mends(_ faults: [SettingFault], _ config: JSONValue) -> [String] {
        guard !faults.isEmpty else { return [] }
        let flags = faults.compactMap(\.flag)
        guard flags.count == faults.count else {
            let names = faults.filter { $0.flag == nil }.map(\.setting).joined(separator: " and ")
            return ["\(names) cannot be changed: make another consumer, and name it in the configuration"]
        }
        let right = config.setting(Dictionary(faults.map { ($0.setting, $0.value) }) { $1 })
        return [
            "nats consumer edit \(stream) \(name) \(flags.joined(separator: " ")) --force",
            "nats request '$JS.API.CONSUMER.CREATE.\(stream).\(name)' '\(request(right, action: "update"))'",
        ]
    }
}
