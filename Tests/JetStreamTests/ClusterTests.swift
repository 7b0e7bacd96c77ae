import NATSKit
import NIOCore
import Testing

@testable import JetStream

@Suite("A broker of three nodes", .timeLimit(.minutes(3)))
struct ClusterTests {
    @Test("the stream's leader is killed midway, then another node: each message is stored once, and each is delivered")
    func leaders() async throws {
        let nodes = try cluster()
        for node in nodes { try node.start() }
        let connection = try await connected(nodes.map(\.url)) { $0.reconnectPatience = .seconds(60) }
        try await eventually(within: .seconds(60), "there is a stream on three nodes") {
            try? await connection.makeStream(StreamRequirements(name: "E", subjects: ["e"], replicas: 3))
        }
        try await connection.makeConsumer(
            ConsumerRequirements(name: "work", stream: "E", ackWait: .seconds(5), ackPending: 10_000))
        let (ends, got) = (Collected<PublishEnd>(), Collected<PulledMessage>())
        let consumer = PullConsumer(
            over: connection, stream: "E", consumer: "work", expires: .seconds(4), heartbeat: .seconds(1)
        ) { [connection] messages in
            got.add(messages)
            connection.acknowledge(messages.map(\.reply), .done)
        }
        consumer.start()
        consumer.grant(100_000, bytes: 1 << 30)
        let count = 3000
        for start in stride(from: 0, to: count, by: 100) {
            let messages = (start..<start + 100).map { Publication("e", id: "\($0)", "\($0)") }
            connection.publish(messages, within: .seconds(120)) { ends.add($0) }
            if start == 1000 {
                _ = try await ends.waitFor(500)
                let leader = try await connection.stream("E", within: .seconds(10))?.leader
                let victim = try #require(nodes.first { $0.name == leader })
                victim.kill()
                _ = try await ends.waitFor(1100, within: .seconds(90))
                try victim.start()
            }
        }
        let all = try await ends.waitFor(count, within: .seconds(120))
        #expect(all.allSatisfy { if case .success = $0.result { true } else { false } })
        try await eventually(within: .seconds(60), "all is delivered") {
            Set(got.all.map { String(buffer: $0.payload) }).count == count ? true : nil
        }
        let info = try await eventually(within: .seconds(30), "the stream is empty") {
            let info = try? await connection.stream("E", within: .seconds(2))
            return info?.messages == 0 ? info : nil
        }
        // An election may leave a hole; no message has two numbers.
        #expect(Set(got.all.map(\.delivery.sequence)).count == count)
        #expect(info.lastSequence >= UInt64(count))
        consumer.stop()
        await connection.close()
    }
}
