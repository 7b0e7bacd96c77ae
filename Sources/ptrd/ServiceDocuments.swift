import ControlAPI
import FoundationEssentials

/// What ptrd answers to those who look for services at a broker: the documents of NATS's services (ADR-32), which `nats micro` reads,
/// with its status among them.
struct ServiceDocuments: Sendable {
    static let name = "ptrd"

    /// What can be asked.
    enum Verb: String, CaseIterable, Sendable {
        case ping = "PING"
        case info = "INFO"
        case stats = "STATS"

        /// Of a subject such as `$SRV.PING`; nil: it is another one.
        init?(subject: String) {
            let words = subject.split(separator: ".")
            guard words.count >= 2, words[0] == "$SRV" else { return nil }
            self.init(rawValue: String(words[1]))
        }
    }

    /// The node, by name; and by what it is asked for alone.
    let node: String
    let id: String
    /// When it began, such as `2026-01-31T09:30:00.123Z`.
    let started: String

    /// What is heard: all services, those of this name, and this one.
    var subjects: [String] {
        Verb.allCases.flatMap { verb in
            ["", ".\(Self.name)", ".\(Self.name).\(id)"].map { "$SRV.\(verb.rawValue)\($0)" }
        }
    }

    static func subject(_ verb: Verb) -> String { "$SRV.\(verb.rawValue).\(name)" }

    struct Metadata: Codable, Hashable {
        var node: String
    }

    struct Endpoint: Codable {
        var name: String
        var subject: String
        var queue_group = ""
        var metadata: [String: String]?
        var num_requests: UInt64?
        var num_errors: UInt64?
        var last_error: String?
        var processing_time: Int64?
        var average_processing_time: Int64?
        var data: NodeAnswer?
    }

    struct Document: Codable {
        var type: String
        var name: String
        var id: String
        var version: String
        var metadata: Metadata
        var description: String?
        var started: String?
        var endpoints: [Endpoint]?
    }

    func ping() -> Document {
        Document(
            type: "io.nats.micro.v1.ping_response", name: Self.name, id: id, version: Version.current,
            metadata: Metadata(node: node))
    }

    func info() -> Document {
        var document = ping()
        document.type = "io.nats.micro.v1.info_response"
        document.description = "Event streams into supervised, autoscaled work."
        document.endpoints = [Endpoint(name: "status", subject: "\(Self.subject(.stats)).\(id)", metadata: [:])]
        return document
    }

    /// - Parameters:
    ///   - requests: how often it was asked.
    ///   - time: how long the answers took, in nanoseconds.
    func stats(_ answer: NodeAnswer, requests: UInt64, time: Int64) -> Document {
        var document = ping()
        document.type = "io.nats.micro.v1.stats_response"
        document.started = started
        document.endpoints = [
            Endpoint(
                name: "status", subject: "\(Self.subject(.stats)).\(id)", num_requests: requests, num_errors: 0,
                last_error: "", processing_time: time,
                average_processing_time: requests > 0 ? time / Int64(clamping: requests) : 0, data: answer)
        ]
        return document
    }

    static func encode(_ document: Document) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return (try? encoder.encode(document)).map { Array($0) } ?? []
    }
}

// MARK: What others answer

extension ServiceDocuments {
    /// Who has answered to a ping; nil: it makes no sense, or is no ptrd's.
    static func node(ofPing bytes: [UInt8]) -> (node: String, id: String)? {
        guard let document = decode(bytes), document.type == "io.nats.micro.v1.ping_response" else { return nil }
        return (document.metadata.node, document.id)
    }

    /// What a ptrd says of itself; nil: it makes no sense.
    static func answer(ofStats bytes: [UInt8]) -> NodeAnswer? {
        guard let document = decode(bytes), document.type == "io.nats.micro.v1.stats_response",
            let answer = document.endpoints?.first?.data, answer.id == document.id,
            answer.node == document.metadata.node, answer.version.utf8.count <= 64,
            // A number that cannot be written again would spoil the answers of all.
            (try? JSONEncoder().encode(answer)) != nil
        else { return nil }
        return answer
    }

    private static func decode(_ bytes: [UInt8]) -> Document? {
        guard let document = try? JSONDecoder().decode(Document.self, from: Data(bytes)), document.name == name,
            isName(document.metadata.node), isID(document.id)
        else { return nil }
        return document
    }

    /// As the configuration has it.
    private static func isName(_ name: String) -> Bool {
        1...300 ~= name.utf8.count && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }

    private static func isID(_ id: String) -> Bool {
        1...64 ~= id.utf8.count && id.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && ![0x2A, 0x2E, 0x3E].contains($0) }
    }
}

extension NodeAnswer {
    /// What a node says of itself, of so many bytes at most; what there is no room for is left out, and that is said.
    ///
    /// - Parameter part: what is wanted.
    static func own(
        node: String, id: String, _ status: Status, workers: [Worker], part: Whole.Part, most: Int
    ) -> NodeAnswer {
        let fine: Set<Status.Stream.State> = [.open, .standby, .finished]
        var streams = part == .streams ? status.streams : status.streams.filter { !fine.contains($0.state) }
        var workers: [Worker]? = part == .workers ? workers : nil
        var problems = status.problems
        var cut = false
        /// Halves whatever there is.
        func halved<Element>(_ list: [Element]) -> [Element] {
            if !list.isEmpty { cut = true }
            return Array(list.prefix(list.count / 2))
        }
        let (count, open) = (status.streams.count, status.streams.count { fine.contains($0.state) })
        while true {
            let isBare = streams.isEmpty && workers?.isEmpty ?? true && problems?.isEmpty ?? true
            let answer = NodeAnswer(
                node: node, id: id, version: Version.current,
                status: Status(
                    state: status.state, problems: problems, degradedBecause: isBare ? nil : status.degradedBecause,
                    needsRestart: isBare ? nil : status.needsRestart, version: status.version, pid: status.pid,
                    uptimeSeconds: status.uptimeSeconds, streams: streams, messages: status.messages,
                    workers: status.workers, directSupervisors: status.directSupervisors, scaling: status.scaling,
                    latency: status.latency, storage: status.storage),
                streams: count, openStreams: open, workers: workers, isCut: cut)
            guard !isBare, let bytes = try? JSONEncoder().encode(answer).count, bytes > most else { return answer }
            (streams, workers, problems) = (halved(streams), workers.map { halved($0) }, problems.map { halved($0) })
            cut = true
        }
    }
}
