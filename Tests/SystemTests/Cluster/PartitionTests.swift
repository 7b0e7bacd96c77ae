#if NATS
import ControlAPI
import Foundation
import NATSKit
import Testing

/// Networks of one's own are root's; elections take their time.
private let canPart =
    getuid() == 0
    && ["/usr/bin/unshare", "/usr/sbin/ip"].allSatisfy { FileManager.default.isExecutableFile(atPath: $0) }
    && ProcessInfo.processInfo.environment["PTR_LONG"] != nil

/// Three nodes of a broker, each in a network namespace of its own, and one in which their clients are. Nodes speak with clients over one
/// bridge and with each other over another one. All of it goes when its shell does.
private final class PartedNetwork: Sendable {
    struct NotReady: Error, CustomStringConvertible { let description: String }

    static let servers = (1...3).map { "nats://10.77.1.\($0):4222" }
    private let shell: Process
    private let input: FileHandle
    private let output: FileHandle
    let folder: URL

    init(in folder: URL) throws {
        self.folder = folder
        for node in 1...3 {
            try """
            server_name: n\(node)
            listen: 10.77.1.\(node):4222
            jetstream { store_dir: "\(folder.path)/n\(node)", max_file: 1GB }
            cluster {
              name: ptr
              listen: 10.77.2.\(node):6222
              routes: [\((1...3).map { "nats-route://10.77.2.\($0):6222" }.joined(separator: ", "))]
            }
            """.write(to: folder.appending(path: "n\(node).conf"), atomically: true, encoding: .utf8)
        }
        shell = Process()
        shell.executableURL = URL(filePath: "/usr/bin/unshare")
        shell.arguments = ["--net", "/bin/bash", "-c", Self.script, try Self.server(), folder.path]
        let (input, output) = (Pipe(), Pipe())
        (shell.standardInput, shell.standardOutput, shell.standardError) = (input, output, output)
        (self.input, self.output) = (input.fileHandleForWriting, output.fileHandleForReading)
        try shell.run()
        let said = String(decoding: self.output.availableData, as: UTF8.self)
        guard said.hasPrefix("ready") else { throw NotReady(description: said) }
    }

    /// Lines on its standard input are run in it.
    private static let script = """
        set -e
        trap 'kill -9 $(jobs -p) 2>/dev/null' EXIT
        ip link set lo up
        for net in 1 2; do
          ip link add b$net type bridge; ip link set b$net up; ip addr add 10.77.$net.254/24 dev b$net
        done
        for node in 1 2 3; do
          unshare --net sleep infinity & pid=$!
          until [ "$(readlink /proc/$pid/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.02; done
          nsenter -t $pid -n ip link set lo up
          for net in 1 2; do
            ip link add v$node$net type veth peer name e$net netns $pid
            ip link set v$node$net master b$net; ip link set v$node$net up
            nsenter -t $pid -n ip addr add 10.77.$net.$node/24 dev e$net
            nsenter -t $pid -n ip link set e$net up
          done
          nsenter -t $pid -n "$0" -c "$1/n$node.conf" >"$1/n$node.log" 2>&1 &
        done
        echo ready
        while read -r line; do eval "$line" </dev/null >/dev/null 2>&1; done
        """

    private static func server() throws -> String {
        let process = Process()
        process.executableURL = Program.project.appending(path: "scripts/nats-server")
        process.arguments = ["--path"]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let path = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return path.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Cuts a node off from the others, or connects it again. Clients reach it all the while.
    func cut(_ node: Int, _ isSo: Bool) { input.write(Data("ip link set v\(node)2 \(isSo ? "down" : "up")\n".utf8)) }

    /// Starts a program among the clients.
    func start(_ name: String, _ arguments: [String]) throws -> Program {
        try Program(
            executable: URL(filePath: "/usr/bin/nsenter"),
            ["-t", "\(shell.processIdentifier)", "--net", Program.products.appending(path: name).path] + arguments)
    }

    func end() {
        try? input.close()
        shell.waitUntilExit()
    }
}

@Suite("A broker's node that is cut off from the others", .timeLimit(.minutes(4)), .enabled(if: canPart))
struct PartitionTests {
    private func daemon(_ network: PartedNetwork, _ scene: Scene, _ text: String) async throws -> Program {
        let path = scene.folder.appending(path: "ptrd.toml").path
        // One is named; it names the others.
        try """
        [nats]
        servers = ["\(PartedNetwork.servers[0])"]
        [state]
        directory = "\(scene.folder.path)/state"
        [control]
        socket = "\(scene.socket)"
        \(text)
        """.write(toFile: path, atomically: true, encoding: .utf8)
        let program = try network.start("ptrd", ["--config", path])
        try #require(await program.errors.first(containing: "is ready") != nil, "\(program.errors.all)")
        return program
    }

    @Test(
        "costs edge and worker nothing: both move to another node, no attempt is spent, no dead letter is made, and all is printed"
    )
    func minority() async throws {
        let count = 6000
        let (edge, worker, other) = (try Scene(), try Scene(), try Scene())
        let network = try PartedNetwork(in: other.folder)
        defer { network.end() }
        let feed = try network.start(
            "ptrfeed",
            [
                "serve", "--listen", "127.0.0.1:4000", "--ids", "--kill-every", "0", "--rate", "100", "--count",
                "\(count)",
            ])
        try #require(await feed.errors.first(containing: "serving") != nil)
        let printed = worker.folder.appending(path: "printed")
        let working = try await daemon(
            network, worker,
            """
            [source.events]
            kind = "nats"
            stream = "EVENTS"
            consumer = "work"
            ack_wait = "5s"
            create = true
            subjects = ["ev.>"]
            replicas = 3
            [handler.print]
            format = "{message.tweet.id_str}"
            to = "\(printed.path)"
            """)
        defer { for program in [feed, working] { program.signal(SIGKILL) } }
        func status(_ scene: Scene) async -> Status? { try? await scene.control.status() }
        try await eventually(within: .seconds(60), "the source is open: \(working.errors.all.suffix(5))") {
            await status(worker)?.streams.first?.state == .open ? true : nil
        }
        let publishing = try await daemon(
            network, edge,
            """
            [stream.tweets-1]
            url = "http://127.0.0.1:4000/tweets/1"
            [stream.tweets-2]
            url = "http://127.0.0.1:4000/tweets/2"
            [handler]
            kind = "nats"
            [handler.nats]
            stream = "EVENTS"
            subject = "ev.{@stream}"
            """)
        defer { publishing.signal(SIGKILL) }
        try await eventually(within: .seconds(60), "messages flow") {
            await status(worker)?.messages.processed ?? 0 > 500 ? true : nil
        }

        network.cut(1, true)
        for (name, program) in [("worker", working), ("edge", publishing)] {
            #expect(
                await program.errors.first(containing: "10.77.1.1:4222 does not serve JetStream") != nil,
                "\(name): \(program.errors.all)")
            try await eventually("\(name) is at another node") {
                program.errors.all.contains { $0.contains(/connected to the broker at 10\.77\.1\.[23]:4222/) }
                    ? true : nil
            }
        }
        let before = await status(worker)?.messages.processed ?? 0
        try await eventually(within: .seconds(60), "messages flow again: \(working.errors.all.suffix(5))") {
            await status(worker)?.messages.processed ?? 0 > before + 500 ? true : nil
        }
        for scene in [edge, worker] {
            let status = try #require(await status(scene))
            #expect(status.messages.deadLettered == 0 && status.state == .running, "\(status.problems ?? [])")
            #expect(status.streams.allSatisfy { $0.state == .open }, "\(status.streams)")
        }
        // What was unavailable was not tried: it has cost no attempt.
        #expect(await status(worker)?.messages.retried == 0)

        network.cut(1, false)
        try await eventually(within: .seconds(120), "all is printed") { () -> Bool? in
            let messages = await status(worker)?.messages
            return messages.map { $0.processed >= UInt64(count) && $0.inFlight == 0 } == true ? true : nil
        }
        for scene in [edge, worker] {
            let messages = try #require(await status(scene)?.messages)
            #expect(
                messages.received == messages.processed + messages.killed + messages.deadLettered
                    + UInt64(messages.inFlight))
            #expect(messages.deadLettered == 0)
        }
        publishing.signal(SIGTERM)
        working.signal(SIGTERM)
        #expect(await publishing.status == 0)
        #expect(await working.status == 0)
        let ids = try String(contentsOf: printed, encoding: .utf8).split(separator: "\n")
        #expect(Set(ids).count == count)
        print("\(count) events, a node cut off: \(ids.count - count) printed twice")
    }
}
#endif
