#if NATS
import ControlAPI
import Foundation
import JetStream
import NATSKit
import Testing

@Suite("All ptrds of a broker", .timeLimit(.minutes(2)))
struct AllNodesTests {
    @Test(
        "answer as services of NATS, and to ptrctl --all; who stands still is named; hostile answers are left out and counted"
    )
    func all() async throws {
        let pair = try await EdgePair([try NATSNode()])
        let a = try await pair.start("a")
        try await pair.receives(a, more: 50)
        let b = try await pair.start("b")
        try await pair.stands(b, by: "a")

        func whole(_ edge: EdgePair.Edge, _ part: Whole.Part = .status) async throws -> Whole {
            try await edge.scene.control.answer(to: WholeRequest(part: part))
        }
        let both = try await eventually("both answer") { () -> Whole? in
            let whole = try await whole(a)
            return whole.nodes.count == 2 ? whole : nil
        }
        #expect(
            both.asked == "a" && both.nodes.map(\.node) == ["a", "b"] && both.silent.isEmpty && both.trouble == nil)
        #expect(both.nodes.allSatisfy { $0.streams == 1 && $0.openStreams == 1 && $0.workers == nil })
        for node in both.nodes {
            let messages = node.status.messages
            #expect(
                messages.received == UInt64(messages.inFlight) + messages.processed + messages.killed
                    + messages.deadLettered)
        }
        #expect(try await whole(b, .streams).nodes.map { $0.status.streams.first?.state } == [.open, .standby])
        #expect(try await whole(b, .workers).nodes.allSatisfy { $0.workers?.isEmpty == false })

        // As any client of the broker sees it.
        for verb in ["PING", "INFO", "STATS"] {
            let id = both.nodes[1].id
            for (subject, count) in [("$SRV.\(verb)", 2), ("$SRV.\(verb).ptrd", 2), ("$SRV.\(verb).ptrd.\(id)", 1)] {
                let gathered = try await pair.connection.gather(
                    subject, for: .milliseconds(300), most: 10, mostBytes: 1 << 20, mostEach: 1 << 16)
                #expect(gathered.answers.count == count, "\(subject)")
                for answer in gathered.answers {
                    let object = try JSONSerialization.jsonObject(with: Data(answer)) as? [String: Any]
                    #expect(object?["type"] as? String == "io.nats.micro.v1.\(verb.lowercased())_response")
                }
            }
        }

        // Somebody answers with whatever he likes, and much of it.
        let hostile = SubjectService(over: pair.connection, subjects: ["$SRV.STATS.ptrd"])
        hostile.start()
        let lying = Task {
            for await request in hostile.asked {
                hostile.answer(request, Array(String(repeating: "[", count: 60_000).utf8))
                for _ in 0..<2000 { hostile.answer(request, Array("{\"type\":\"\u{1B}[2J\"}".utf8)) }
            }
        }
        try await eventually("it is heard") { try await whole(a).leftOut > 100 ? true : nil }
        #expect(try await whole(a).nodes.contains { $0.node == "a" })
        hostile.stop()
        await lying.value

        a.program.signal(SIGSTOP)
        let silent = try await eventually("a is silent") { () -> SilentNode? in try await whole(b).silent.first }
        #expect(silent.node == "a" && silent.lastHeardSeconds != nil)
        let said = try await b.ptrctl("--all", "status")
        #expect(
            said.status == 1 && said.out.contains("a: silent, heard") && said.out.contains("All: 1 node"), "\(said)")
        a.program.signal(SIGCONT)
        try await eventually("a answers again") { try await whole(b).silent.isEmpty ? true : nil }

        pair.nodes[0].kill()
        let alone = try await eventually("the broker is missed") { () -> Whole? in
            let whole = try await whole(b)
            return whole.trouble != nil ? whole : nil
        }
        #expect(alone.nodes.map(\.node) == ["b"] && alone.silent.map(\.node) == ["a"])
        for edge in [a, b] { edge.program.signal(SIGKILL) }
        await pair.end()
    }
}
#endif
