import ControlAPI
import Hummingbird
import Locking

/// Refuses what is too much: of one user in a second, or of all at once. Also a path that the router takes for another.
final class AdmissionMiddleware: RouterMiddleware {
    typealias Context = ControlContext

    private let buckets: Locked<UserBuckets>
    private let slots: Slots
    private let perSecond: Double
    private let start = ContinuousClock.now

    init(limits: ControlServerLimits) {
        buckets = Locked(
            UserBuckets(TokenBucket.Rate(perSecond: limits.requestsPerSecond, burst: limits.requestBurst)))
        slots = Slots(total: limits.requests, perUser: limits.requests)
        perSecond = limits.requestsPerSecond
    }

    func handle(
        _ request: Request, context: ControlContext, next: (Request, ControlContext) async throws -> Response
    ) async throws -> Response {
        let user = context.caller?.uid
        let now = start.duration(to: .now)
        guard buckets.withLock({ $0.take(user, at: now) }) else {
            throw ControlFailure(
                .rateLimited, "more than \(Int(perSecond)) requests a second came from this user",
                hint: "wait a second between requests, or follow an event stream instead of asking again and again")
        }
        guard let slot = slots.take(user) else {
            throw ControlFailure(.unavailable, "too many requests are worked on at once", hint: "try again in a second")
        }
        defer { withExtendedLifetime(slot) {} }
        // The router passes over empty components.
        guard !ControlRoute.routes(at: request.uri.path).isEmpty else { throw HTTPError(.notFound) }
        return try await next(request, context)
    }
}
