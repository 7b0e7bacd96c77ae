import Foundation
import JetStream
import NATSKit
import NIOCore
import Pipeline
import Testing

@testable import NATSSource

@Suite("A source whose broker has trouble", .timeLimit(.minutes(2)))
struct BrokerTroubleTests {
    private func node() throws -> NATSNode {
        let node = try NATSNode()
        try node.start()
        return node
    }

    @Test("a broker that freezes and one that is down cost no attempt, and all goes on by itself")
    func frozenAndDown() async throws {
        let node = try node()
        let scene = try await Scene(node, "trouble")
        let options = scene.options(ackWait: .seconds(2))
        try await scene.make(options)
        let work = Work()
        let machine = try await Machine([node.url], options, attempts: 2) { data, _ in
            work.did(data)
            return data.hasPrefix("slow") ? .failed("later") : .done
        }
        try await scene.publish((0..<200).map { "\($0)" })
        try await scene.isEmpty()

        node.signal(SIGSTOP)
        try await eventually("the status names it") { machine.stream?.error != nil ? true : nil }
        #expect(machine.stream?.state == .waiting && machine.isBalanced)
        node.signal(SIGCONT)
        try await eventually("it is open again") { machine.stream?.state == .open ? true : nil }
        try await eventually("the scene is connected") {
            try? await scene.connection.request("$JS.API.INFO", within: .seconds(1))
        }
        try await scene.publish((200..<400).map { "\($0)" })
        try await scene.isEmpty()

        node.kill()
        try await eventually("the status names it") {
            machine.stream?.error?.contains("no connection to the broker") == true ? true : nil
        }
        try node.start()
        try await eventually("it is open again") { machine.stream?.state == .open ? true : nil }
        try await eventually("the scene is connected") {
            try? await scene.connection.request("$JS.API.INFO", within: .seconds(1))
        }
        try await scene.publish((400..<600).map { "\($0)" })
        try await scene.isEmpty()
        #expect(work.distinct == 600 && work.total == 600)
        let messages = machine.messages
        #expect(messages.deadLettered == 0 && messages.retried == 0 && messages.processed == 600)
        await machine.stop()
        await scene.close()
    }

    @Test("what was done while the broker was away is not done again")
    func doneMeanwhile() async throws {
        let node = try node()
        let scene = try await Scene(node, "away")
        let options = scene.options(ackWait: .seconds(1))
        try await scene.make(options)
        let (work, gate) = (Work(), Gate())
        let machine = try await Machine([node.url], options) { data, _ in
            work.did(data)
            await gate.pass()
            return .done
        }
        try await scene.publish((0..<8).map { "\($0)" })
        try await eventually("they are worked on") { gate.waiting == 8 ? true : nil }
        node.kill()
        try await eventually("it is seen") { machine.source.connection.whyDown != nil ? true : nil }
        gate.open()
        try await eventually("they are done") { machine.messages.processed == 8 ? true : nil }
        try node.start()
        try await eventually("the stream is empty") { () -> Bool? in
            (try? await scene.stored()) == 0 ? true : nil
        }
        #expect(work.total == 8)
        await machine.stop()
        await scene.close()
    }

    @Test(
        "a consumer or stream that is deleted fails the source, and is not made anew; one that is there again is gone on with"
    )
    func deleted() async throws {
        let node = try node()
        let scene = try await Scene(node, "gone")
        var options = scene.options()
        (options.creates, options.subjects) = (true, ["gone"])
        let work = Work()
        let machine = try await Machine([node.url], options) { data, _ in
            work.did(data); return .done
        }
        try await eventually("both are made") { machine.stream?.state == .open ? true : nil }
        try await scene.publish(["a"])
        try await scene.isEmpty()

        _ = try await scene.connection.request("$JS.API.CONSUMER.DELETE.gone.work", within: .seconds(5))
        try await eventually("the source has failed") { machine.stream?.state == .failed ? true : nil }
        #expect(machine.stream?.error?.contains("consumer work is not there") == true)
        #expect(machine.application.status.problems.contains { $0.kind == .streamFailed })
        try await scene.publish(["b"])
        // It has looked again, and has made nothing.
        #expect(try await scene.connection.consumer("work", of: "gone") == nil)
        try await scene.makeConsumer(options)
        try await scene.isEmpty()
        try await eventually("it is open again") { machine.stream?.state == .open ? true : nil }

        _ = try await scene.connection.request("$JS.API.STREAM.DELETE.gone", within: .seconds(5))
        try await eventually("the source has failed") {
            machine.stream?.error?.contains("stream gone is not there") == true ? true : nil
        }
        try await scene.make(options)
        // Numbers begin anew: what has one that was done before is another message.
        try await scene.publish(["c"])
        try await scene.isEmpty()
        #expect(Set(work.all.keys) == ["a", "b", "c"] && work.total == 3)
        await machine.stop()
        await scene.close()
    }

    @Test("wrong settings are refused with what mends them, and nothing is taken before")
    func wrongSettings() async throws {
        let node = try node()
        let scene = try await Scene(node, "wrong")
        let options = scene.options(ackWait: .seconds(7))
        try await scene.connection.makeStream(StreamRequirements(name: "wrong", subjects: ["wrong"]))
        try await scene.makeConsumer(scene.options(ackWait: .seconds(5)))
        try await scene.publish(["a"])
        let machine = try await Machine([node.url], options)
        try await eventually("the source has failed") { machine.stream?.state == .failed ? true : nil }
        let problem = try #require(machine.stream?.error)
        #expect(problem.contains("ack_wait is 5000000000") && problem.contains("nats consumer edit wrong work"))
        #expect(machine.messages.received == 0)
        let findings = await machine.source.findings()
        #expect(!findings.isRight && findings.consumer.faults.map(\.setting) == ["ack_wait"])
        let mend = try #require(findings.consumer.mends.last).split(separator: "'")
        #expect(mend.count >= 3)
        _ = try await scene.connection.request(
            String(mend[1]), ByteBuffer(string: String(mend[3])), within: .seconds(5))
        try await scene.isEmpty()
        #expect(await machine.source.findings().isRight)
        await machine.stop()
        await scene.close()
    }

    @Test("requests that the consumer's limits refuse are named, and all goes on when the limits are gone")
    func refusedRequests() async throws {
        let node = try node()
        let scene = try await Scene(node, "limits")
        let options = scene.options()
        try await scene.connection.makeStream(StreamRequirements(name: "limits", subjects: ["limits"]))
        func consumer(_ action: String, _ most: Int) async throws {
            let answer = try await scene.connection.request(
                "$JS.API.CONSUMER.CREATE.limits.work",
                ByteBuffer(
                    string: """
                        {"stream_name":"limits","action":"\(action)","config":{"durable_name":"work","name":"work",\
                        "ack_policy":"explicit","ack_wait":60000000000,"max_deliver":-1,"max_ack_pending":10000,\
                        "max_batch":\(most)}}
                        """), within: .seconds(5))
            #expect(!String(decoding: answer, as: UTF8.self).contains("\"error\""))
        }
        try await consumer("create", 5)
        try await scene.publish(["a"])
        let machine = try await Machine([node.url], options)
        try await eventually("the refusal is named") {
            machine.stream?.error?.contains("MaxRequestBatch") == true ? true : nil
        }
        #expect(machine.application.status.problems.contains { $0.kind == .streamRefused })
        try await consumer("update", 0)
        try await scene.isEmpty()
        try await eventually("it is open") { machine.stream?.state == .open ? true : nil }
        await machine.stop()
        await scene.close()
    }
}
