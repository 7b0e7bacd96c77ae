import ControlAPI
import ControlServer
import Locking
import Logging
import Pipeline
import ProgramKit
import PtrConfiguration

#if NATS
import JetStream

/// The daemon among all that are at the broker of `[nats]`: it says what it does to whom asks, and asks the others.
///
/// It has a connection of its own, so that no question waits behind what is published.
final class NodeService: Sendable {
    /// So long answers are waited for.
    private static let patience = Duration.milliseconds(500)
    /// So often it is looked who is there.
    private static let round = Duration.seconds(15)
    /// What is taken of the others: answers, and their bytes together and each.
    private static let most = (answers: 256, bytes: 3 << 20, each: 256 << 10)

    private struct State {
        var roster = Roster()
        /// What is being gathered: who asks for the same meanwhile gets the same.
        var gathering: [Whole.Part: Task<Result<GatheredAnswers, NATSError>, Never>] = [:]
        var requests: UInt64 = 0
        var nanoseconds: Int64 = 0
        var bucket = TokenBucket(.init(perSecond: 40, burst: 80))
        var tasks: [Task<Void, Never>] = []
    }

    /// What the broker has complained of over this connection.
    private final class Complaint: Sendable { let text = Locked<String?>(nil) }

    private let documents: ServiceDocuments
    private let connection: NATSConnection
    private let service: SubjectService
    private let cluster: ClusterNode?
    /// One that the broker has to have.
    private let stream: String?
    private let state = Locked(State())
    private let complaint: Complaint
    /// Where documents of others are read, and long ones written.
    private let queue = SerialQueue("whole")
    private let start = ContinuousClock.now

    /// Nil: there is no broker.
    ///
    /// - Parameter secret: the state directory's.
    init?(_ configuration: Configuration, secret: [UInt8], cluster: ClusterNode?, logger: Logger) {
        guard !configuration.nats.servers.isEmpty else { return nil }
        let (node, id) = ClusterNode.name(configuration, secret: secret)
        documents = ServiceDocuments(
            node: node, id: id, started: UTCTime(microseconds: UTCTime.microsecondsSince1970()).text)
        self.cluster = cluster
        stream = configuration.handler.nats.stream ?? configuration.sources.lazy.compactMap(\.stream).first
        let complaint = Complaint()
        self.complaint = complaint
        connection = NATSConnection(
            NATSSettings(configuration, credential: CredentialsDirectory.current.file(of:))
        ) { event in
            // Who publishes or takes messages says the same at a higher level.
            logger.debug("questions to all: \(event)")
            if case .complaint(let text) = event { complaint.text.withLock { $0 = String(text.prefix(500)) } }
            if case .connected = event { complaint.text.withLock { $0 = nil } }
        }
        service = SubjectService(over: connection, subjects: documents.subjects)
    }

    /// Begins to answer, for a plane.
    func serve(_ plane: ApplicationControl) {
        connection.start()
        service.start()
        let answering = Task { [self] in
            for await request in service.asked { await answer(request, plane) }
        }
        let looking = Task { [self] in
            while !Task.isCancelled {
                await look()
                try? await Task.sleep(for: Self.round)
            }
        }
        state.withLock { $0.tasks = [answering, looking] }
    }

    func close() async {
        for task in state.withLock(\.tasks) { task.cancel() }
        service.stop()
        await connection.close()
    }

    // MARK: Answers

    private func answer(_ request: SubjectRequest, _ plane: ApplicationControl) async {
        guard let verb = ServiceDocuments.Verb(subject: request.subject) else { return }
        let began = ContinuousClock.now
        guard state.withLock({ $0.bucket.take(at: start.duration(to: began)) }) else { return }
        let document: ServiceDocuments.Document
        switch verb {
        case .ping: document = documents.ping()
        case .info: document = documents.info()
        case .stats:
            let part = Whole.Part(rawValue: String(decoding: request.payload, as: UTF8.self))
            let answer = await own(Whole.Part.all.contains(part) ? part : .status, plane)
            document = state.withLock { state in
                state.requests += 1
                return documents.stats(answer, requests: state.requests, time: state.nanoseconds)
            }
        }
        service.answer(request, await queue.run { () throws(Never) in ServiceDocuments.encode(document) })
        let time = began.duration(to: .now) / .nanoseconds(1)
        state.withLock { $0.nanoseconds += Int64(time) }
    }

    private func own(_ part: Whole.Part, _ plane: ApplicationControl) async -> NodeAnswer {
        let status = await plane.status()
        let workers = part == .workers ? await plane.workers().workers : []
        let most = min(Self.most.each, connection.maxPayload) - 4096
        return await queue.run { [documents] () throws(Never) in
            NodeAnswer.own(node: documents.node, id: documents.id, status, workers: workers, part: part, most: most)
        }
    }

    // MARK: Questions

    /// Looks who is there.
    private func look() async {
        let gathered = try? await connection.gather(
            ServiceDocuments.subject(.ping), for: Self.patience, most: Self.most.answers, mostBytes: 1 << 20,
            mostEach: 4096)
        let nodes = await queue.run { () throws(Never) in
            (gathered?.answers ?? []).compactMap { ServiceDocuments.node(ofPing: $0) }
        }
        let now = ContinuousClock.now
        state.withLock { state in
            for (node, id) in nodes where id != documents.id { state.roster.heard(node, id: id, at: now) }
        }
        // A node of the broker that is cut off from the others answers for itself, and is left when it serves nothing.
        if let stream { _ = try? await connection.stream(stream) }
    }

    /// What all say of themselves.
    func whole(_ part: Whole.Part, _ plane: ApplicationControl) async -> Whole {
        let own = await own(part, plane)
        let gathered = await gathered(part)
        var leftOut = 0
        var trouble: String?
        var nodes = [own.id: own]
        switch gathered {
        case .failure(let error): trouble = "\(error)"
        case .success(let gathered):
            let answers = await queue.run { () throws(Never) in
                gathered.answers.map { ServiceDocuments.answer(ofStats: $0) }
            }
            leftOut = gathered.leftOut
            for answer in answers {
                // The first that one gives; our own we know.
                guard let answer, answer.id == own.id || nodes[answer.id] == nil else {
                    leftOut += 1
                    continue
                }
                if answer.id != own.id { nodes[answer.id] = answer }
            }
            trouble = complaint.text.withLock { $0 }
        }
        let now = ContinuousClock.now
        var holders: [String: [String]] = [:]
        for (stream, status) in cluster?.leases.statuses ?? [:] where status.role != .holder {
            if let holder = status.holder { holders[holder, default: []].append(stream) }
        }
        let (answered, held) = (nodes, holders)
        let silent = self.state.withLock { state in
            for node in answered.values where node.id != own.id { state.roster.heard(node.node, id: node.id, at: now) }
            return state.roster.silent(beside: answered.mapValues(\.node), holders: held, at: now)
        }
        return Whole(
            asked: documents.node, nodes: nodes.values.sorted { ($0.node, $0.id) < ($1.node, $1.id) }, silent: silent,
            leftOut: leftOut, trouble: trouble)
    }

    private func gathered(_ part: Whole.Part) async -> Result<GatheredAnswers, NATSError> {
        let task = state.withLock { shared in
            if let task = shared.gathering[part] { return task }
            let task = Task { [self] in
                defer { state.withLock { $0.gathering[part] = nil } }
                return await gather(part)
            }
            shared.gathering[part] = task
            return task
        }
        return await task.value
    }

    private func gather(_ part: Whole.Part) async -> Result<GatheredAnswers, NATSError> {
        do throws(NATSError) {
            return .success(
                try await connection.gather(
                    ServiceDocuments.subject(.stats), Array(part.rawValue.utf8), for: Self.patience,
                    most: Self.most.answers, mostBytes: Self.most.bytes, mostEach: Self.most.each))
        } catch {
            return .failure(error)
        }
    }
}
#else
/// Without NATS built in there are no others.
final class NodeService: Sendable {
    init?(_ configuration: Configuration, secret: [UInt8], cluster: ClusterNode?, logger: Logger) { return nil }

    func serve(_ plane: ApplicationControl) {}

    func close() async {}

    func whole(_ part: Whole.Part, _ plane: ApplicationControl) async -> Whole {
        Whole(asked: "", nodes: [], silent: [], leftOut: 0)
    }
}
#endif

extension NodeService {
    /// Why nobody can be asked.
    static var refusal: ControlFailure {
        PublishedMessages.isBuiltIn
            ? ControlFailure(
                .precondition, "no broker is configured, by which other ptrds could be asked",
                hint: "add [nats] with servers, and restart")
            : ControlFailure(
                .precondition, "this ptrd was built without NATS, by which other ptrds are asked",
                hint: "build it with PTR_NATS=1, or leave out --all")
    }
}
