#if NATS
import ControlAPI
import Foundation
import JetStream
import NATSKit
import Testing

@Suite("One holder for each stream", .timeLimit(.minutes(5)))
struct HolderTests {
    @Test(
        "a clean stop hands over at once, and kill -9 after the lease; each event is stored once, and no id goes back")
    func stopAndKill() async throws {
        let pair = try await EdgePair([try NATSNode()])
        let a = try await pair.start("a")
        try await pair.receives(a, more: 50)
        let b = try await pair.start("b")
        try await pair.stands(b, by: "a")

        let clock = ContinuousClock()
        var began = clock.now
        a.program.signal(SIGTERM)
        #expect(try await pair.receives(b).lease == StreamHolder(role: .holder, holder: "b", epoch: 2))
        print("a clean stop was taken over after \(clock.now - began)")
        #expect(await a.program.status == 0)

        let again = try await pair.start("a")
        try await pair.stands(again, by: "b")
        // Long enough for checkpoints of its own.
        try await pair.receives(b, more: 600)
        began = clock.now
        b.program.signal(SIGKILL)
        #expect(try await pair.receives(again).lease?.epoch == 3)
        print("kill -9 was taken over after \(clock.now - began), with a lease of 3 s")
        #expect(await again.program.errors.first(containing: "stream feed is read here from now on (epoch 3)") != nil)

        let outcome = try await again.ptrctl("streams", "--json")
        #expect(outcome.out.contains("\"epoch\" : 3"))
        let (stored, events) = try await pair.storedInTheEnd()
        #expect(stored == events)
        let asked = pair.feed.asked
        #expect(asked == asked.sorted() && asked.count == 3 && asked[1] > 0 && asked[2] > asked[1], "\(asked)")
        await again.program.end()
        await pair.end()
    }

    @Test("a holder that stands still beyond its lease publishes nothing when it wakes; a hand-over by an operator")
    func frozen() async throws {
        let pair = try await EdgePair([try NATSNode()])
        let a = try await pair.start("a")
        try await pair.receives(a, more: 50)
        let b = try await pair.start("b")
        try await pair.stands(b, by: "a")
        a.program.signal(SIGSTOP)
        try await pair.receives(b, more: 50)
        let stored = try await pair.connection.stream("EVENTS")?.messages ?? 0
        a.program.signal(SIGCONT)
        try await pair.stands(a, by: "b")
        #expect(await a.program.errors.first(containing: "could not be kept") != nil)
        #expect(await a.program.errors.first(containing: "stream feed was taken by b (epoch 2)") != nil)
        try await eventually("it goes on") {
            try await pair.connection.stream("EVENTS")?.messages ?? 0 > stored ? true : nil
        }

        #expect(try await a.ptrctl("streams", "hand-over", "feed").status != 0)
        let outcome = try await b.ptrctl("streams", "hand-over", "feed")
        #expect(outcome.status == 0, "\(outcome)")
        let asked = pair.feed.asked.count
        try await eventually("it is read on") { pair.feed.asked.count > asked ? true : nil }
        #expect(try await a.stream()?.lease?.epoch == 3)
        try await pair.stands(b, by: "a")
        let (count, events) = try await pair.storedInTheEnd()
        #expect(count == events)
        let all = pair.feed.asked
        #expect(all == all.sorted(), "\(all)")
        for edge in [a, b] { await edge.program.end() }
        await pair.end()
    }

    @Test(
        "a broker that is away for longer than the lease: the stream waits, its status says why, and it goes on by itself"
    )
    func brokerAway() async throws {
        let node = try NATSNode()
        let pair = try await EdgePair([node])
        let a = try await pair.start("a")
        try await pair.receives(a, more: 50)
        node.kill()
        let status = try await eventually(within: .seconds(60), "it is said") { () -> Status? in
            guard let status = try? await a.scene.control.status() else { return nil }
            return status.problems?.contains { $0.kind == .holderUnknown } == true ? status : nil
        }
        #expect(status.messages.deadLettered == 0 && status.streams.first?.lease?.role == .doubtful)
        try node.start()
        try await eventually(within: .seconds(60), "it holds it again") {
            let status = try? await a.scene.control.status()
            return status?.streams.first?.lease?.role == .holder && status?.problems?.isEmpty == true ? true : nil
        }
        #expect(await a.program.errors.first(containing: "is still ours") != nil)
        let (stored, events) = try await pair.storedInTheEnd()
        #expect(stored == events)
        #expect(try await a.scene.control.status().messages.deadLettered == 0)
        #expect(pair.feed.asked == [0])
        await a.program.end()
        await pair.end()
    }

    /// Elections take their time.
    @Test(
        "no hand-over while the leader of the bucket is killed",
        .enabled(if: ProcessInfo.processInfo.environment["PTR_LONG"] != nil))
    func bucketLeader() async throws {
        let pair = try await EdgePair(try cluster(), lease: "15s")
        let (a, b) = (try await pair.start("a"), try await pair.start("b"))
        let holder = try await eventually("somebody holds it") { () -> (EdgePair.Edge, Status.Stream)? in
            for edge in [a, b] {
                if let stream = try await edge.stream(), stream.lease?.role == .holder { return (edge, stream) }
            }
            return nil
        }
        for _ in 0..<2 {
            let leader = try await eventually("the bucket has a leader") { () -> String? in
                try? await pair.connection.stream("KV_ptr_streams")?.leader
            }
            let victim = try #require(pair.nodes.first { $0.name == leader })
            victim.kill()
            try await eventually(within: .seconds(60), "another one leads") { () -> Bool? in
                let next = try? await pair.connection.stream("KV_ptr_streams")?.leader
                return next != nil && next != leader ? true : nil
            }
            try victim.start()
            try await eventually(within: .seconds(60), "it goes on") { () -> Bool? in
                guard let stream = try await holder.0.stream() else { return nil }
                return stream.events > holder.1.events ? true : nil
            }
        }
        #expect(try await holder.0.stream()?.lease?.epoch == holder.1.lease?.epoch)
        for edge in [a, b] {
            #expect(!edge.program.errors.all.contains { $0.contains("could not be kept") })
        }
        let (stored, events) = try await pair.storedInTheEnd()
        #expect(stored == events)
        for edge in [a, b] { await edge.program.end() }
        await pair.end()
    }
}
#endif
