import Glibc
import Locking

/// The names of users, for those who read who did something. Each is looked up once, on a thread that may block: the directory
/// may be on another machine. Nobody waits for it longer than a second, and who has no name by then is a number.
final class UserNames: Sendable {
    /// Of more users than that, the names are looked up anew.
    private static let most = 1024
    private static let patience = Duration.seconds(1)

    /// Of its own: a directory that hangs is to hold up nothing else.
    private static let queue = SerialQueue("names of users")

    private struct Table {
        var names: [UInt32: String] = [:]
        /// Those that are being looked up, with who waits for it.
        var waiting: [UInt32: [OneShot<String?>]] = [:]
    }

    private let table = Locked(Table())
    private let lookUp: @Sendable (UInt32) async -> String?
    private let sleep: @Sendable (Duration) async throws -> Void

    /// - Parameter lookUp: asks the system.
    init(
        lookUp: @escaping @Sendable (UInt32) async -> String? = UserNames.lookUp,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.lookUp = lookUp
        self.sleep = sleep
    }

    /// The name of a user; nil: there is none, or it cannot be had in time.
    func name(of user: UInt32) async -> String? {
        let found = OneShot<String?>()
        let (name, isFirst) = table.withLock { table -> (String?, Bool) in
            if let name = table.names[user] { return (name, false) }
            let isFirst = table.waiting[user] == nil
            // A lookup that hangs has some who wait, and not ever more of them: they have given up.
            if table.waiting[user, default: []].count < 64 { table.waiting[user, default: []].append(found) }
            return (nil, isFirst)
        }
        if let name { return name }
        if isFirst { Task { [self] in keep(await lookUp(user), of: user) } }
        return await found.value(within: Self.patience, otherwise: nil, sleep: sleep)
    }

    /// Keeps a name, and tells it to those who wait. That there is none may change, and is not kept.
    private func keep(_ name: String?, of user: UInt32) {
        let waiting = table.withLock { table in
            if table.names.count >= Self.most { table.names = [:] }
            table.names[user] = name
            return table.waiting.removeValue(forKey: user) ?? []
        }
        for found in waiting { found.resolve(name) }
    }

    private static func lookUp(_ user: UInt32) async -> String? {
        await queue.run {
            var entry = passwd()
            var found: UnsafeMutablePointer<passwd>?
            return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64 << 10) { buffer -> String? in
                guard let base = buffer.baseAddress, getpwuid_r(user, &entry, base, buffer.count, &found) == 0,
                    found != nil, let name = entry.pw_name
                else { return nil }
                return String(cString: name)
            }
        }
    }
}
