import Foundation
import JetStream
import NATSKit
import NIOCore
import Pipeline
import Testing

@testable import NATSSource

/// Elections take their time; so only where PTR_LONG is set.
@Suite(
    "Machines at a broker of three nodes", .timeLimit(.minutes(5)),
    .enabled(if: ProcessInfo.processInfo.environment["PTR_LONG"] != nil))
struct ClusterTroubleTests {
    @Test("a machine, the stream's leader and the consumer's leader are killed midway: nothing is lost")
    func kills() async throws {
        let nodes = try cluster()
        for node in nodes { try node.start() }
        let urls = nodes.map(\.url)
        var settings = NATSSettings(servers: urls)
        settings.pingInterval = .milliseconds(500)
        settings.reconnectPatience = .seconds(60)
        let connection = NATSConnection(settings)
        connection.start()
        try await eventually(within: .seconds(60), "there is a stream on three nodes") {
            try? await connection.makeStream(StreamRequirements(name: "E", subjects: ["e"], replicas: 3))
        }
        let options = NATSSource.Options(stream: "E", consumer: "work", ackWait: .seconds(5))
        try await connection.makeConsumer(
            ConsumerRequirements(name: "work", stream: "E", ackWait: options.ackWait, ackPending: 10_000))
        let count = ProcessInfo.processInfo.environment["PTR_MESSAGES"].flatMap { Int($0) } ?? 20_000
        let work = Work()
        func machine() async throws -> Machine {
            try await Machine(urls, options, window: 1024) { data, _ in
                try await Task.sleep(for: .milliseconds(1))
                work.did(data)
                return .done
            }
        }
        var machines = try await [machine(), machine()]
        let ends = Collected<PublishEnd>()
        for start in stride(from: 0, to: count, by: 500) {
            let end = min(start + 500, count)
            connection.publish(
                (start..<end).map { Publication(subject: "e", id: "\($0)", payload: ByteBuffer(string: "\($0)")) },
                within: .seconds(200)
            ) { ends.add($0) }
            _ = try await ends.waitFor(start - 2000, within: .seconds(100))
        }
        for part in 1...3 {
            try await eventually(within: .seconds(120), "part \(part) is done") { () -> Bool? in
                let isBalanced = machines.allSatisfy { $0.isBalanced }
                #expect(isBalanced)
                return work.distinct > count * part / 5 ? true : nil
            }
            switch part {
            case 1:
                await machines[0].cut()
                machines[0] = try await machine()
            case 2:
                let leader = try await connection.stream("E", within: .seconds(10))?.leader
                let victim = try #require(nodes.first { $0.name == leader })
                victim.kill()
                try await eventually(within: .seconds(60), "there is another leader") { () -> Bool? in
                    guard let now = try? await connection.stream("E", within: .seconds(2))?.leader else { return nil }
                    return now != leader ? true : nil
                }
                try victim.start()
            default:
                let leader = try await connection.consumer("work", of: "E", within: .seconds(10))?.cluster?["leader"]
                    .string
                let victim = try #require(nodes.first { $0.name == leader })
                victim.kill()
                try victim.start()
            }
        }
        _ = try await ends.waitFor(count, within: .seconds(120))
        for end in ends.all { _ = try end.result.get() }
        let info = try await eventually(within: .seconds(120), "the stream is empty") { () -> ConsumerInfo? in
            guard let stream = try? await connection.stream("E", within: .seconds(2)), stream.messages == 0 else {
                return nil
            }
            return try? await connection.consumer("work", of: "E", within: .seconds(2))
        }
        #expect(work.distinct == count && info.num_ack_pending == 0 && info.num_pending == 0)
        for machine in machines { #expect(machine.isBalanced && machine.messages.deadLettered == 0) }
        let repeated = machines.reduce(0) { $0 + ($1.stream?.repeated ?? 0) }
        print("\(count) messages: \(work.total - count) done twice, \(repeated) repeated and recognised")
        for machine in machines { await machine.stop() }
        await connection.close()
    }
}
