/// What a pull consumer may ask for, and what it has asked for. A value without clock or connection.
///
/// Every message that is granted is a credit, is asked for, or was delivered. What becomes of a request is said by its status; a
/// request of which nothing is heard is lost, and what it asked for is a credit again.
struct PullState {
    /// What one request asks for.
    struct Ask: Hashable {
        var number: UInt64
        var messages: Int
        var bytes: Int
    }

    /// What a status means for the owner.
    enum Notice: Hashable {
        /// The consumer is not there any more.
        case deleted
        /// Nobody answers.
        case silence
        /// The server does not take the request, and will not take it later.
        case refused(String)
    }

    /// How long a request stands at the server.
    let expires: Duration
    /// How often the server is heard of while there is nothing to deliver.
    let heartbeat: Duration
    /// Fewer credits are asked for only when nothing else is.
    let least: Int
    /// So many messages in one request; a server's default limit is higher.
    static let mostMessages = 1000
    /// So many are on their way at once. Several requests are: the server is to have the next one before the last is used up.
    static let mostOutstanding = 32 * mostMessages
    /// A request has room for so many bytes, if there is that much: its share of what is free may be less than one message.
    static let leastBytes = 2 << 20

    /// May be asked for; below zero where more was delivered than was asked for.
    private(set) var credits = 0
    private(set) var outstanding = 0
    /// Room for what was not delivered.
    private var freeBytes = 0
    /// How much of it has been asked for.
    private var outstandingBytes = 0
    /// The last request's number; what is up to the second is void, or has brought what it asked for.
    private var last: UInt64 = 0
    private var over: UInt64 = 0
    /// When nothing is to be expected any more of the last request.
    private var deadline: ContinuousClock.Instant
    private var lastHeard: ContinuousClock.Instant
    private var notBefore: ContinuousClock.Instant
    private var pause = Duration.zero
    /// The last request when one ended for want of room; nil: something has come since.
    private var cramped: UInt64?
    private var isStopped = false

    init(expires: Duration, heartbeat: Duration, least: Int, at now: ContinuousClock.Instant) {
        self.expires = expires
        self.heartbeat = heartbeat
        self.least = max(least, 1)
        lastHeard = now
        notBefore = now
        deadline = now
    }

    mutating func grant(_ messages: Int, bytes: Int) {
        credits += messages
        freeBytes += bytes
    }

    mutating func stop() { isStopped = true }

    /// Whether there is something to ask for now.
    func wantsToAsk(at now: ContinuousClock.Instant) -> Bool {
        !isStopped && now >= notBefore && credits > 0 && (outstanding == 0 || credits >= least)
            && outstanding < Self.mostOutstanding && freeBytes > outstandingBytes
    }

    /// What to ask for now.
    mutating func ask(at now: ContinuousClock.Instant) -> Ask? {
        guard wantsToAsk(at: now) else { return nil }
        let messages = min(credits, Self.mostMessages)
        let rest = freeBytes - outstandingBytes
        // What the server had no room for gets all that there is.
        let isAll = messages == credits || cramped != nil
        let bytes = isAll ? rest : min(max(rest / credits * messages, Self.leastBytes), rest)
        last += 1
        credits -= messages
        if outstanding == 0 { lastHeard = now }
        outstanding += messages
        outstandingBytes += bytes
        deadline = now + expires + heartbeat * 2
        return Ask(number: last, messages: messages, bytes: bytes)
    }

    mutating func delivered(_ messages: Int, bytes: Int, at now: ContinuousClock.Instant) {
        lastHeard = now
        pause = .zero
        cramped = nil
        let asked = min(messages, outstanding)
        outstanding -= asked
        credits -= messages - asked
        freeBytes -= bytes
        outstandingBytes = max(outstandingBytes - bytes, 0)
        if outstanding == 0 { forget() }
    }

    /// Takes a status.
    ///
    /// - Parameters:
    ///   - number: the request's.
    ///   - pending: what it has not delivered, as the server says it.
    mutating func ended(
        _ number: UInt64, status: Int, _ text: String, pending: (messages: Int, bytes: Int)?,
        at now: ContinuousClock.Instant
    ) -> Notice? {
        lastHeard = now
        // Each has one end.
        guard status != 100, number > over, number <= last else { return nil }
        if let pending, status == 408 || status == 404 || status == 409 {
            let left = min(max(pending.messages, 0), outstanding)
            outstanding -= left
            credits += left
            outstandingBytes = max(outstandingBytes - max(pending.bytes, 0), 0)
            if outstanding == 0 { forget() }
        } else {
            // Without a word about the rest: every request is void, or may be.
            lost(at: now)
        }
        switch (status, text.lowercased()) {
        case (408, _), (404, _): return nil
        case (503, _):
            wait(from: now)
            return .silence
        case (409, let text) where text.contains("deleted"):
            wait(from: now)
            return .deleted
        // They end requests in the course of things.
        case (409, let text)
        where text.contains("leadership change") || text.contains("shutdown") || text.contains("batch completed"):
            return nil
        case (409, let text) where text.contains("maxbytes"):
            // There is no room for the next message before something has gone.
            if let cramped {
                if number > cramped { wait(from: now) }
            } else {
                cramped = last
            }
            return nil
        default:
            wait(from: now)
            return .refused("\(text) (\(status))")
        }
    }

    /// There is another connection, or another leader: what was asked for is void.
    mutating func lost(at now: ContinuousClock.Instant) {
        credits += outstanding
        outstanding = 0
        forget()
        lastHeard = now
    }

    /// Looks whether what was asked for is still waited for. True: it was lost, and can be asked for again.
    mutating func expire(at now: ContinuousClock.Instant) -> Bool {
        guard outstanding > 0 else { return false }
        if lastHeard + heartbeat * 5 / 2 <= now {
            lost(at: now)
            wait(from: now)
            return true
        }
        if deadline <= now { lost(at: now) }
        return false
    }

    private mutating func forget() {
        outstandingBytes = 0
        over = last
    }

    private mutating func wait(from now: ContinuousClock.Instant) {
        pause = min(max(pause * 2, .milliseconds(250)), .seconds(5))
        notBefore = now + pause
    }
}
