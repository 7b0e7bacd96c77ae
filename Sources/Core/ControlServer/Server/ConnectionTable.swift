/// Who has how many connections, and who makes way when there are too many.
///
/// A value without sockets: it decides, ``Connections`` closes.
struct ConnectionTable<Key: Hashable & Sendable>: Sendable {
    /// What is decided about a new connection.
    enum Admission: Hashable, Sendable {
        /// It is entered. If a key is given, that one was taken out for it and is to be closed.
        case admitted(insteadOf: Key?)
        /// There is no room, and none to be made.
        case refused
    }

    private struct Entry: Sendable {
        let user: UInt32?
        /// Since when it is idle, in the order of events; nil while a request is worked on.
        var idleSince: UInt64?
    }

    private let limit: Int
    private let limitPerUser: Int
    private let reserve: Int
    private let isPrivileged: @Sendable (UInt32) -> Bool
    private var entries: [Key: Entry] = [:]
    private var counts: [UInt32?: Int] = [:]
    private var time: UInt64 = 0

    init(limit: Int, limitPerUser: Int, reserve: Int, isPrivileged: @escaping @Sendable (UInt32) -> Bool) {
        self.limit = limit
        self.limitPerUser = limitPerUser
        self.reserve = reserve
        self.isPrivileged = isPrivileged
    }

    /// How many there are.
    var count: Int { entries.count }

    /// Decides about a new connection; `user` is nil if the kernel does not say who it is.
    mutating func admit(_ key: Key, user: UInt32?) -> Admission {
        let isPrivileged = user.map(isPrivileged) ?? false
        let hasItsShare = !isPrivileged && counts[user, default: 0] >= limitPerUser
        let (victim, hasRoom) =
            switch (hasItsShare, hasRoom: entries.count < limit) {
            case (true, _): (oldestIdle(of: user), false)
            case (false, true): (nil, true)
            case (false, false): (oldestIdleOfGreediest(), isPrivileged && entries.count < limit + reserve)
            }
        guard victim != nil || hasRoom else { return .refused }
        if let victim { remove(victim) }
        time += 1
        entries[key] = Entry(user: user, idleSince: time)
        counts[user, default: 0] += 1
        return .admitted(insteadOf: victim)
    }

    /// A request is worked on: the connection cannot be closed for another's sake.
    mutating func setBusy(_ key: Key) {
        entries[key]?.idleSince = nil
    }

    /// The answer is given; from now on it is idle.
    mutating func setIdle(_ key: Key) {
        time += 1
        entries[key]?.idleSince = time
    }

    /// It is closed.
    mutating func remove(_ key: Key) {
        guard let entry = entries.removeValue(forKey: key) else { return }
        let left = counts[entry.user, default: 0] - 1
        counts[entry.user] = left > 0 ? left : nil
    }

    /// Of the user with most connections; of the next one if all of that user's are busy.
    private func oldestIdleOfGreediest() -> Key? {
        var users = counts
        while let greediest = users.max(by: { $0.value < $1.value })?.key {
            if let key = oldestIdle(of: greediest) { return key }
            users[greediest] = nil
        }
        return nil
    }

    private func oldestIdle(of user: UInt32?) -> Key? {
        entries.lazy.filter { $0.value.user == user }
            .compactMap { entry in entry.value.idleSince.map { (key: entry.key, since: $0) } }
            .min { $0.since < $1.since }?.key
    }
}
