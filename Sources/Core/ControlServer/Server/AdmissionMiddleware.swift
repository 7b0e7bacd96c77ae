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

/// One bucket for each user.
struct UserBuckets: Sendable {
    private let rate: TokenBucket.Rate
    private var buckets: [UInt32?: TokenBucket] = [:]
    private var sweepAt = 64

    init(_ rate: TokenBucket.Rate) {
        self.rate = rate
    }

    /// How many users are remembered.
    var count: Int { buckets.count }

    /// Takes one of a user's; false if that user has none left. Who is unknown shares one bucket with all who are.
    mutating func take(_ user: UInt32?, at now: Duration) -> Bool {
        if buckets.count >= sweepAt {
            // Who has rested for long enough need not be remembered.
            buckets = buckets.filter { !$0.value.isFull(at: now) }
            sweepAt = max(64, buckets.count * 2)
        }
        return buckets[user, default: TokenBucket(rate)].take(at: now)
    }
}

/// A bounded number of things at once, in all and of one user.
final class Slots: Sendable {
    /// One of them, until nothing holds it any more: whatever becomes of the request that it was taken for, it is given
    /// back.
    final class Slot: Sendable {
        private let slots: Slots
        private let user: UInt32?

        fileprivate init(_ slots: Slots, user: UInt32?) {
            self.slots = slots
            self.user = user
        }

        deinit {
            slots.giveBack(user)
        }
    }

    private let total: Int
    private let perUser: Int
    private let taken = Locked<[UInt32?: Int]>([:])

    init(total: Int, perUser: Int) {
        self.total = total
        self.perUser = perUser
    }

    /// Takes one; nil if there is none for this user. All whom the kernel does not name count as one.
    func take(_ user: UInt32?) -> Slot? {
        let isTaken = taken.withLock { taken in
            guard taken.values.reduce(0, +) < total, taken[user, default: 0] < perUser else { return false }
            taken[user, default: 0] += 1
            return true
        }
        return isTaken ? Slot(self, user: user) : nil
    }

    private func giveBack(_ user: UInt32?) {
        taken.withLock { taken in
            let left = taken[user, default: 0] - 1
            taken[user] = left > 0 ? left : nil
        }
    }
}
