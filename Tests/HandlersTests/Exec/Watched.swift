import Glibc
import Launching
import Locking
import Logging
import TestKit

/// A value that a test waits for.
final class Watched<Value: Sendable>: Sendable {
    private struct State {
        var value: Value
        var waiters: [(isEnough: @Sendable (Value) -> Bool, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state: Locked<State>

    init(_ value: Value) { state = Locked(State(value: value)) }

    var value: Value { state.withLock(\.value) }

    func change(_ body: (inout Value) -> Void) {
        let satisfied = state.withLock { state in
            body(&state.value)
            let value = state.value
            let satisfied = state.waiters.filter { $0.isEnough(value) }.map(\.continuation)
            state.waiters.removeAll { $0.isEnough(value) }
            return satisfied
        }
        for waiter in satisfied { waiter.resume() }
    }

    /// Waits until it is as it shall be; returns it as it is then.
    @discardableResult
    func wait(until isEnough: @escaping @Sendable (Value) -> Bool) async -> Value {
        await withCheckedContinuation { continuation in
            let isEnoughNow = state.withLock { state in
                if isEnough(state.value) { return true }
                state.waiters.append((isEnough, continuation))
                return false
            }
            if isEnoughNow { continuation.resume() }
        }
        return value
    }
}

/// Keeps what is logged.
struct WatchedLog: LogHandler {
    let lines: Watched<[(level: Logger.Level, text: String)]>
    var logLevel = Logger.Level.trace
    var metadata = Logger.Metadata()

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { lines.change { $0.append((event.level, "\(event.message)")) } }
}

/// What this process has that a worker could leave behind.
struct Belongings: Equatable {
    var descriptors: Int
    var children: Int
    var threads: Int

    static var now: Belongings {
        Belongings(
            descriptors: entries("/proc/self/fd").count,
            children: entries("/proc").count { parent(of: $0) == getpid() },
            threads: entries("/proc/self/task").count { thread in
                let name = text("/proc/self/task/\(thread)/comm")
                return name.hasPrefix("launcher") || name.hasPrefix("processes")
            })
    }

    /// Waits until there is no more than there was before: what is closed by a thread of its own may take a moment.
    static func areBack(to before: Belongings) async throws -> Bool {
        for _ in 0..<1000 {
            let now = now
            if now.descriptors <= before.descriptors, now.children <= before.children, now.threads <= before.threads {
                return true
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        return false
    }

    private static func entries(_ path: String) -> [String] { DirectoryEntries.of(path) ?? [] }

    private static func parent(of process: String) -> pid_t? {
        guard let first = process.utf8.first, first >= 0x30, first <= 0x39 else { return nil }
        let line = text("/proc/\(process)/stat")
        guard let end = line.lastIndex(of: ")") else { return nil }
        return line[end...].split(separator: " ").dropFirst(2).first.flatMap { pid_t($0) }
    }

    private static func text(_ path: String) -> String { readText(path) ?? "" }
}
