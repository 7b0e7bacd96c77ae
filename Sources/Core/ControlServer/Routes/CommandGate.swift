public import ControlAPI
import Hummingbird
import Locking
import Logging
import NIOCore

/// What changes something: who may, and that it is written down who did.
final class CommandGate: Sendable {
    private let plane: any ControlPlane
    private let access: CommandAccess
    private let limits: ControlServerLimits
    private let logger: Logger
    /// Denials are written down at most ten at once and one a second of a user: whoever may only read shall not be able
    /// to fill the log, or to push everything else out of the list of events.
    private let denials = Locked(UserBuckets(TokenBucket.Rate(perSecond: 1, burst: 10)))
    private let names = UserNames()
    private let start = ContinuousClock.now

    init(plane: any ControlPlane, access: CommandAccess, limits: ControlServerLimits, logger: Logger) {
        self.plane = plane
        self.access = access
        self.limits = limits
        self.logger = logger
    }

    /// Answers one command.
    func answer<Command: ControlCommand>(
        _ request: Request, _ context: ControlContext,
        perform: @Sendable (Command) async throws(ControlFailure) -> Command.Response
    ) async throws -> Response {
        var caller = context.caller
        if let user = caller?.uid { caller?.name = await names.name(of: user) }
        if let denial = access.refusal(for: caller) {
            await note(Command.route.verb, Command.route, caller, denial)
            throw denial
        }
        try Query(url: request.uri.query).refuseRest()
        let command: Command = try await read(request)
        let response: Command.Response
        do {
            response = try await Caller.$current.withValue(caller) { try await perform(command) }
        } catch {
            let refusal = error as? ControlFailure ?? ControlFailure(.internal, "\(error)")
            await note("\(command)", Command.route, caller, refusal)
            throw refusal
        }
        await note("\(command)", Command.route, caller, nil)
        return try Response.document(response)
    }

    private func read<Command: Decodable>(_ request: Request) async throws -> Command {
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limits.body {
            throw NIOTooManyBytesError(maxBytes: limits.body)
        }
        let body = try await request.body.collect(upTo: limits.body)
        guard body.readableBytes > 0 else {
            // No body says what `{}` says; where something has to be said, that is too little.
            guard let command = try? ControlJSON.decode(Command.self, from: "{}".utf8) else {
                throw ControlFailure(.badRequest, "the request has no body", hint: "send a JSON object")
            }
            return command
        }
        do {
            return try ControlJSON.decode(Command.self, from: body.readableBytesView)
        } catch {
            throw ControlFailure(.badRequest, "the request's JSON is wrong: \(error)")
        }
    }

    /// Writes down who asked for what and what came of it: in the log, and among the daemon's events.
    private func note(_ request: String, _ route: ControlRoute, _ caller: Caller?, _ refusal: ControlFailure?) async {
        if refusal?.code == .denied {
            let now = start.duration(to: .now)
            guard denials.withLock({ $0.take(caller?.uid, at: now) }) else { return }
        }
        let metadata: Logger.Metadata = [
            "verb": "\(route.verb)", "request": "\(request)",
            "peer_uid": "\(caller.map { "\($0.uid)" } ?? "unknown")",
            "peer_gid": "\(caller.map { "\($0.gid)" } ?? "unknown")",
            "peer_pid": "\(caller.map { "\($0.pid)" } ?? "unknown")",
        ]
        // Who reads the plain line has no fields.
        let who = caller?.allWords ?? "somebody the kernel does not name"
        if let refusal {
            // What is wrong with the files stands in the entry before, which has a MESSAGE_ID.
            let reason = route == .reload && refusal.code == .precondition ? refusal.code.rawValue : "\(refusal)"
            logger.notice("control request of \(who) refused: \(reason)", metadata: metadata)
        } else {
            logger.notice("control request of \(who) carried out: \(request)", metadata: metadata)
        }
        await plane.note(AuditRecord(caller: caller, request: request, refusal: refusal))
    }
}

/// Who asked for a change, and what came of it.
public struct AuditRecord: Sendable, Hashable {
    /// Who asked; nil if the kernel did not say.
    public var caller: Caller?
    /// What was asked for, in words, such as `scale to 5`. Untrusted parts are quoted.
    public var request: String
    /// Why it was refused; nil if it was carried out.
    public var refusal: ControlFailure?

    /// Makes a record.
    public init(caller: Caller?, request: String, refusal: ControlFailure? = nil) {
        self.caller = caller
        self.request = request
        self.refusal = refusal
    }
}
