import Glibc
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

    /// Elections take their time; so only where PTR_LONG is set.
    @Test(
        "a node without the others is left, what waits is stored once when they are back, and its time is bounded",
        .enabled(if: getenv("PTR_LONG") != nil))
    func minority() async throws {
        let nodes = try cluster()
        for node in nodes { try node.start() }
        let events = Collected<NATSEvent>()
        let connection = try await connected(nodes.map(\.url)) {
            $0.reconnectPatience = .seconds(60)
            $0.minorityPatience = .seconds(1)
            $0.connectTimeout = .milliseconds(500)
        } onEvent: {
            events.add([$0])
        }
        try await eventually(within: .seconds(60), "there is a stream on three nodes") {
            try? await connection.makeStream(StreamRequirements(name: "M", subjects: ["m"], replicas: 3))
        }
        let ours = try #require(
            events.all.compactMap { if case .connected(let node) = $0 { node } else { nil } }.last)
        for node in nodes where !ours.hasSuffix(":\(node.port)") { node.signal(SIGSTOP) }
        let ends = Collected<PublishEnd>()
        connection.publish((0..<50).map { Publication("m", id: "\($0)") }, within: .seconds(90)) { ends.add($0) }
        let error = await failure { try await connection.publish(Publication("m", id: "x"), within: .seconds(2)) }
        #expect(error?.isPassing == true)
        try await eventually(within: .seconds(60), "it is left") { events.all.contains(.left(ours)) ? true : nil }
        #expect(ends.all.isEmpty)
        for node in nodes { node.signal(SIGCONT) }
        #expect(
            try await ends.waitFor(50, within: .seconds(90)).allSatisfy {
                if case .success = $0.result { true } else { false }
            })
        // The one that was given up may have been stored all the same.
        let stored = try await eventually("the stream is asked for") { try? await connection.stream("M") }
        #expect(stored.messages == 50 || stored.messages == 51)
        await connection.close()
    }
}
