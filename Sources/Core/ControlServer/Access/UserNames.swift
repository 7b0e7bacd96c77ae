import Glibc
import Locking
import NIOPosix

/// The names of users, for those who read who did something. Each is looked up once, on a thread that may block: the directory
/// may be on another machine. Nobody waits for it longer than a second, and who has no name by then is a number.
final class UserNames: Sendable {
    /// Of more users than that, the names are looked up anew.
    private static let most = 1024
    private static let patience = Duration.seconds(1)

    private let known = Locked<[UInt32: String?]>([:])
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
        if let name = known.withLock({ $0[user] }) { return name }
        let found = OneShot<String?>()
        Task { [self] in
            let name = await lookUp(user)
            known.withLock { known in
                if known.count >= Self.most { known = [:] }
                known[user] = .some(name)
            }
            found.resolve(name)
        }
        let alarm = Task { [sleep] in
            try await sleep(Self.patience)
            found.resolve(nil)
        }
        defer { alarm.cancel() }
        return await found.value
    }

    private static func lookUp(_ user: UInt32) async -> String? {
        try? await NIOThreadPool.singleton.runIfActive {
            var entry = passwd()
            var found: UnsafeMutablePointer<passwd>?
            return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64 << 10) { buffer -> String? in
                guard let base = buffer.baseAddress,
                    getpwuid_r(user, &entry, base, buffer.count, &found) == 0, found != nil,
                    let name = entry.pw_name
                else { return nil }
                return String(cString: name)
            }
        }
    }
}
