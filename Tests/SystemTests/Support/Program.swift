import Foundation
import Locking

/// One of the built programs, running as a process of its own.
final class Program: Sendable {
    /// What it prints on standard output and standard error, line by line.
    let output: Lines
    let errors: Lines
    private let exit: ExitStatus
    let pid: pid_t

    /// Starts a program that was built beside the tests, or that is in the folder PTR_BIN.
    convenience init(_ name: String, _ arguments: [String], environment: [String: String] = [:]) throws {
        let folder = ProcessInfo.processInfo.environment["PTR_BIN"].map { URL(filePath: $0) } ?? Self.products
        try self.init(executable: folder.appending(path: name), arguments, environment: environment)
    }

    init(executable: URL, _ arguments: [String], environment: [String: String] = [:]) throws {
        let process = Process()
        process.executableURL = executable
        process.arguments = arguments
        // A test must not inherit a service manager's socket.
        process.environment = ProcessInfo.processInfo.environment
            .filter { !$0.key.hasPrefix("NOTIFY_") && !$0.key.hasPrefix("LISTEN_") && $0.key != "PTRD_SOCKET" }
            .merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        let (out, err) = (Pipe(), Pipe())
        process.standardOutput = out
        process.standardError = err
        let exit = ExitStatus()
        process.terminationHandler = { exit.set($0.terminationStatus) }
        try process.run()
        output = Lines(out.fileHandleForReading)
        errors = Lines(err.fileHandleForReading)
        self.exit = exit
        pid = process.processIdentifier
    }

    /// The folder that the build put the programs into.
    static let products = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()

    /// The library that makes a part of ptrd hang, when it is preloaded.
    static let wedge = products.appending(path: "libWedge.so").path

    /// The environment in which a part of ptrd hangs, from two seconds after its start.
    static func wedging(_ part: String) -> [String: String] { ["LD_PRELOAD": wedge, "WEDGE": part] }

    /// The top of the project.
    static let project = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// The folders of this machine that nothing built for another one may speak of: the project's, and the toolchain's.
    static var buildFolders: [String] {
        let programs = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        let compiler = programs.map { URL(filePath: String($0)).appending(path: "swift") }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }?.resolvingSymlinksInPath()
        // Three up from usr/bin/swift; a compiler that lies in /usr/bin has no folder of its own.
        let toolchain = compiler?.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return [project.path] + [toolchain?.path].compactMap { $0 }.filter { $0 != "/" }
    }

    func signal(_ number: Int32) { kill(pid, number) }

    /// Whether it has ended and was waited for.
    var hasEnded: Bool { exit.isSet }

    /// The exit status, when it has ended.
    var status: Int32 { get async { await exit.value } }

    /// Ends it if it still runs; for the end of a test.
    func end() async {
        signal(SIGKILL)
        _ = await exit.value
    }
}

/// The lines that a process prints, kept, with waits for what is to come.
final class Lines: Sendable {
    private struct State {
        var lines: [String] = []
        var isAtEnd = false
        var waiters:
            [(isSatisfied: @Sendable ([String], Bool) -> Bool, continuation: CheckedContinuation<Void, Never>)] = []

        mutating func satisfied() -> [CheckedContinuation<Void, Never>] {
            let (lines, isAtEnd) = (lines, isAtEnd)
            let ready = waiters.filter { $0.isSatisfied(lines, isAtEnd) }.map(\.continuation)
            waiters.removeAll { $0.isSatisfied(lines, isAtEnd) }
            return ready
        }
    }

    private let state = Locked(State())

    init(_ handle: FileHandle) {
        let thread = Thread { [self] in
            var rest = Data()
            while true {
                let data = handle.availableData
                if data.isEmpty { break }
                rest.append(data)
                var lines: [String] = []
                while let end = rest.firstIndex(of: 0x0A) {
                    lines.append(String(decoding: rest[rest.startIndex..<end], as: UTF8.self))
                    rest = rest[(end + 1)...]
                }
                rest = Data(rest)
                update { $0.lines += lines }
            }
            try? handle.close()
            update { $0.isAtEnd = true }
        }
        thread.start()
    }

    private func update(_ change: (inout State) -> Void) {
        let ready = state.withLock { state in
            change(&state)
            return state.satisfied()
        }
        for waiter in ready { waiter.resume() }
    }

    /// What has been printed so far.
    var all: [String] { state.withLock(\.lines) }

    /// Everything, after the process has closed its end.
    var toTheEnd: [String] {
        get async {
            await wait { _, isAtEnd in isAtEnd }
            return all
        }
    }

    /// Waits until so many lines have been printed, or no more will come.
    func count(_ count: Int) async {
        await wait { lines, isAtEnd in lines.count >= count || isAtEnd }
    }

    /// The first line that contains `text`; nil when the process ended without one.
    func first(containing text: String) async -> String? {
        await wait { lines, isAtEnd in isAtEnd || lines.contains { $0.contains(text) } }
        return all.first { $0.contains(text) }
    }

    private func wait(_ isSatisfied: @escaping @Sendable ([String], Bool) -> Bool) async {
        await withCheckedContinuation { continuation in
            let ready = state.withLock { state in
                state.waiters.append((isSatisfied, continuation))
                return state.satisfied()
            }
            for waiter in ready { waiter.resume() }
        }
    }
}

/// How a process ended, for any number of waiters.
private final class ExitStatus: Sendable {
    private let state = Locked<(status: Int32?, waiters: [CheckedContinuation<Int32, Never>])>((nil, []))

    func set(_ status: Int32) {
        let waiters = state.withLock { state in
            state.status = status
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume(returning: status) }
    }

    var isSet: Bool { state.withLock { $0.status != nil } }

    var value: Int32 {
        get async {
            await withCheckedContinuation { continuation in
                let status = state.withLock { state in
                    if state.status == nil { state.waiters.append(continuation) }
                    return state.status
                }
                if let status { continuation.resume(returning: status) }
            }
        }
    }
}
