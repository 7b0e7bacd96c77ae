import Foundation
import JetStream
import Locking
import NATSKit
import Testing

@testable import NATSSource

/// A built ptrd that takes from a broker and prints, and is started again and again.
private final class Daemon {
    struct Messages: Decodable {
        var received: UInt64
        var in_flight: UInt64
        var processed: UInt64
        var killed: UInt64
        var dead_lettered: UInt64

        var isBalanced: Bool { received == in_flight + processed + killed + dead_lettered }
    }

    struct Status: Decodable {
        struct Stream: Decodable {
            struct Broker: Decodable {
                var pending: UInt64
                var redelivered: UInt64
            }
            var name: String
            var state: String
            var error: String?
            var broker: Broker?
        }
        var messages: Messages
        var streams: [Stream]
    }

    struct Check: Decodable { var faults: [String] }

    private static let programs = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: ".build/debug")

    private let directory: URL
    private var lives = 0
    private var process = Process()

    init(_ name: String, in folder: URL, broker: String) throws {
        directory = folder.appending(path: name)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        try """
        [nats]
        servers = ["\(broker)"]
        [source.events]
        kind = "nats"
        stream = "EVENTS"
        consumer = "work"
        ack_wait = "1s"
        create = true
        subjects = ["ev.>"]
        [flow]
        max_in_flight = 64
        [scaling]
        max = 8
        [handler.print]
        format = "{@data}"
        simulated_work = { min = "1ms", max = "3ms" }
        """.write(to: directory.appending(path: "ptrd.toml"), atomically: true, encoding: .utf8)
    }

    /// Changes the configuration and has it read again.
    func reload(_ old: String, _ new: String) throws -> String {
        let file = directory.appending(path: "ptrd.toml")
        let text = try String(contentsOf: file, encoding: .utf8).replacing(old, with: new)
        try text.write(to: file, atomically: true, encoding: .utf8)
        return String(decoding: try ask(["reload"]) ?? Data(), as: UTF8.self)
    }

    private var socket: String { directory.appending(path: "s").path }

    func start() throws {
        lives += 1
        let output = directory.appending(path: "out.\(lives)")
        for file in [output.path, output.path + ".log"] { FileManager.default.createFile(atPath: file, contents: nil) }
        process = Process()
        process.executableURL = Self.programs.appending(path: "ptrd")
        process.arguments = [
            "--config", directory.appending(path: "ptrd.toml").path, "--control-socket", socket, "--state-directory",
            directory.appending(path: "state").path,
        ]
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: URL(filePath: output.path + ".log"))
        try process.run()
    }

    func kill(_ signal: Int32) {
        Foundation.kill(process.processIdentifier, signal)
        process.waitUntilExit()
    }

    var exitStatus: Int32 { process.terminationStatus }

    /// What it says of itself; nil: nothing.
    func status() throws -> Status? {
        let answer = try ask(["status"])
        return try answer.map { try JSONDecoder().decode(Status.self, from: $0) }
    }

    func ask(_ arguments: [String]) throws -> Data? {
        let ptrctl = Process()
        ptrctl.executableURL = Self.programs.appending(path: "ptrctl")
        ptrctl.arguments = ["--socket", socket] + arguments + ["--json"]
        let output = Pipe()
        (ptrctl.standardOutput, ptrctl.standardError) = (output, FileHandle.nullDevice)
        try ptrctl.run()
        let answer = output.fileHandleForReading.readDataToEndOfFile()
        ptrctl.waitUntilExit()
        return answer.isEmpty ? nil : answer
    }

    /// What it has printed in all its lives; of a line that was torn by the end, nothing.
    var printed: [Substring] {
        (1...max(lives, 1)).flatMap { life -> [Substring] in
            let text = (try? String(contentsOf: directory.appending(path: "out.\(life)"), encoding: .utf8)) ?? ""
            let whole = text.lastIndex(of: "\n").map { text[...$0] } ?? ""
            return whole.split(separator: "\n")
        }
    }
}

@Suite("Two daemons that take from one consumer", .timeLimit(.minutes(2)))
struct TwoDaemonsTests {
    @Test(
        "one is killed midway: nothing is lost, the books of each close in every answer, and the broker's do at the end"
    )
    func killed() async throws {
        let node = try NATSNode()
        try node.start()
        let daemons = try ["a", "b"].map { try Daemon($0, in: node.directory, broker: node.url) }
        for daemon in daemons { try daemon.start() }
        let scene = try await Scene(node, "EVENTS")
        for daemon in daemons {
            try await eventually("the source is open") {
                try daemon.status()?.streams.first?.state == "open" ? true : nil
            }
        }
        let ends = Collected<PublishEnd>()
        let count = 4000
        scene.connection.publish(
            (0..<count).map { Publication(subject: "ev.a", payload: .init(string: "\($0)")) }, within: .seconds(30)
        ) { ends.add($0) }
        for end in try await ends.waitFor(count) { _ = try end.result.get() }

        try await eventually("it is in the middle of it") { () -> Bool? in
            let messages = try daemons[0].status()?.messages
            #expect(messages?.isBalanced != false)
            return messages.map { $0.processed > 200 && $0.in_flight > 0 } == true ? true : nil
        }
        daemons[0].kill(SIGKILL)
        try daemons[0].start()
        try await eventually("the stream is empty") { () -> Bool? in
            for daemon in daemons { #expect(try daemon.status()?.messages.isBalanced != false) }
            return try await scene.stored() == 0 ? true : nil
        }
        let info = try #require(try await scene.connection.consumer("work", of: "EVENTS"))
        #expect(info.num_pending == 0 && info.num_ack_pending == 0)
        let check = try #require(try daemons[0].ask(["source", "check", "events"]))
        #expect(try JSONDecoder().decode(Daemon.Check.self, from: check).faults.isEmpty)
        for daemon in daemons {
            daemon.kill(SIGTERM)
            #expect(daemon.exitStatus == 0)
        }
        let printed = daemons.flatMap(\.printed)
        #expect(Set(printed).count == count)
        // What the killed one had done and could not say is done twice: at most what it held.
        #expect(printed.count - count <= 64, "\(printed.count)")
        await scene.close()
    }

    @Test("a reload takes over other options, refuses what the broker has not, and takes another consumer")
    func reload() async throws {
        let node = try NATSNode()
        try node.start()
        let daemon = try Daemon("a", in: node.directory, broker: node.url)
        try daemon.start()
        let scene = try await Scene(node, "EVENTS")
        func state() throws -> String? { try daemon.status()?.streams.first?.state }
        try await eventually("the source is open") { try state() == "open" ? true : nil }
        #expect(try daemon.reload("ack_wait = \"1s\"", "ack_wait = \"2s\"").contains("source.events.ack_wait"))
        try await eventually("the consumer is wrong") { try state() == "failed" ? true : nil }
        let check = try JSONDecoder().decode(
            Daemon.Check.self, from: try #require(try daemon.ask(["source", "check", "events"])))
        #expect(check.faults.count == 1 && check.faults[0].hasPrefix("ack_wait is 1000000000"))
        #expect(try daemon.reload("consumer = \"work\"", "consumer = \"next\"").contains("source.events.consumer"))
        // A work queue has one consumer of all.
        try await eventually("the broker refuses another consumer") {
            try daemon.status()?.streams.first?.error?.contains("the broker refuses") == true ? true : nil
        }
        _ = try await scene.connection.request("$JS.API.CONSUMER.DELETE.EVENTS.work", within: .seconds(5))
        // It is tried at once.
        _ = try daemon.ask(["resume", "events"])
        try await eventually("there is another consumer") { try state() == "open" ? true : nil }
        daemon.kill(SIGTERM)
        #expect(daemon.exitStatus == 0)
        await scene.close()
    }
}
