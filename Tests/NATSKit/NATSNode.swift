import Foundation
import Locking

/// A real server on loopback. It ends with the test's process, however that ends.
package final class NATSNode: Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package var description: String
    }

    private struct Running {
        var pid: pid_t
        /// Closed with us: what the wrapper waits for.
        var input: FileHandle
    }

    package let name: String
    package let port: Int
    package let directory: URL
    private let configuration: URL
    private let running = Locked<Running?>(nil)

    package var url: String { "nats://127.0.0.1:\(port)" }

    package init(
        name: String = "n1", port: Int = freePorts(1)[0], extra: String = "", cluster: (port: Int, all: [Int])? = nil
    )
        throws
    {
        self.name = name
        self.port = port
        directory = FileManager.default.temporaryDirectory.appending(path: "ptr-nats-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        configuration = directory.appending(path: "n.conf")
        var text = """
            server_name: \(name)
            listen: 127.0.0.1:\(port)
            max_payload: 64KB
            \(extra)

            """
        if !extra.contains("jetstream") {
            text += "jetstream { store_dir: \"\(directory.path)\", max_file: 1GB, max_mem: 64MB }\n"
        }
        if let cluster {
            let routes = cluster.all.map { "nats-route://127.0.0.1:\($0)" }.joined(separator: ", ")
            text += "cluster { name: ptr, listen: 127.0.0.1:\(cluster.port), routes: [\(routes)] }\n"
        }
        try text.write(to: configuration, atomically: true, encoding: .utf8)
    }

    deinit {
        kill()
        try? FileManager.default.removeItem(at: directory)
    }

    package func start() throws {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = [
            "-c", "\"$@\" >\"$0\" 2>&1 & echo $!; cat >/dev/null; kill -9 $!", directory.appending(path: "log").path,
            try Self.program(), "-c", configuration.path,
        ]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        guard let pid = pid_t(line.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw Failure(description: "the server was not started: \(line)")
        }
        running.withLock { $0 = Running(pid: pid, input: input.fileHandleForWriting) }
    }

    package func kill() {
        let last = running.withLock { running in
            defer { running = nil }
            return running
        }
        guard let last else { return }
        Foundation.kill(last.pid, SIGKILL)
        try? last.input.close()
    }

    package func signal(_ signal: Int32) {
        if let pid = running.withLock({ $0?.pid }) { Foundation.kill(pid, signal) }
    }

    package var log: String { (try? String(contentsOf: directory.appending(path: "log"), encoding: .utf8)) ?? "" }

    private static func program() throws -> String {
        let project = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let process = Process()
        process.executableURL = project.appending(path: "scripts/nats-server")
        process.arguments = ["--path"]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let path = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(description: "there is no nats-server") }
        return path.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

/// Ports that nobody listens on now.
package func freePorts(_ count: Int) -> [Int] {
    var sockets: [Int32] = []
    defer { for socket in sockets { close(socket) } }
    return (0..<count).map { _ in
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        sockets.append(descriptor)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        return withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                _ = bind(descriptor, address, length)
                getsockname(descriptor, address, &length)
            }
            return Int(UInt16(bigEndian: pointer.pointee.sin_port))
        }
    }
}

/// Three servers that know each other.
package func cluster() throws -> [NATSNode] {
    let ports = freePorts(6)
    return try (0..<3).map {
        try NATSNode(name: "n\($0 + 1)", port: ports[$0], cluster: (ports[3 + $0], Array(ports[3...])))
    }
}

/// Waits for what another process is to become; nobody announces that.
@discardableResult
package func eventually<Value>(
    within limit: Duration = .seconds(30), _ what: String, _ body: () async throws -> Value?
) async throws -> Value {
    let deadline = ContinuousClock.now + limit
    while true {
        if let value = try await body() { return value }
        guard ContinuousClock.now < deadline else { throw NATSNode.Failure(description: "not in time: \(what)") }
        try await Task.sleep(for: .milliseconds(20))
    }
}

/// Collects what is called back, and waits until there is enough.
package final class Collected<Element: Sendable>: Sendable {
    private let elements = Locked<[Element]>([])

    package init() {}

    package var all: [Element] { elements.withLock { $0 } }

    package func add(_ more: [Element]) { elements.withLock { $0 += more } }

    package func waitFor(_ count: Int, within limit: Duration = .seconds(30)) async throws -> [Element] {
        try await eventually(within: limit, "\(count) of them, there are \(all.count)") {
            all.count >= count ? all : nil
        }
    }
}
