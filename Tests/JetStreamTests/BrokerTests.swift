import Foundation
import Locking
import NATSKit
import NIOCore
import Testing

@testable import JetStream

/// A server that several tests use, each with streams of its own.
private let shared = Task {
    let node = try NATSNode()
    try node.start()
    return node
}

/// A connection to it that JetStream answers over.
func connected(
    _ servers: [String], _ adjust: (inout NATSSettings) -> Void = { _ in },
    onEvent: @escaping @Sendable (NATSEvent) -> Void = { _ in }
) async throws -> NATSConnection {
    var settings = NATSSettings(servers: servers)
    adjust(&settings)
    let connection = NATSConnection(settings, onEvent: onEvent)
    connection.start()
    try await eventually(within: .seconds(20), "JetStream answers") {
        try? await connection.request("$JS.API.INFO", within: .seconds(1))
    }
    return connection
}

/// What something throws; nil: nothing.
func failure(_ body: () async throws -> Any?) async -> NATSError? {
    do {
        _ = try await body()
        return nil
    } catch {
        return error as? NATSError
    }
}

extension Publication {
    init(_ subject: String, id: String? = nil, _ text: String = "x") {
        self.init(subject: subject, id: id, payload: ByteBuffer(string: text))
    }
}

@Suite("A broker of one node", .timeLimit(.minutes(2)))
struct BrokerTests {
    private func connection() async throws -> NATSConnection { try await connected([shared.value.url]) }

    @Test("a message is stored once under its id, and each publish has one end")
    func publishing() async throws {
        let connection = try await connection()
        try await connection.makeStream(StreamRequirements(name: "P", subjects: ["p.>"]))
        let first = try await connection.publish(Publication("p.a", id: "1"), within: .seconds(10))
        let again = try await connection.publish(Publication("p.a", id: "1"), within: .seconds(10))
        #expect(first == PublishAck(sequence: 1) && again == PublishAck(sequence: 1, isDuplicate: true))
        let ends = Collected<PublishEnd>()
        let messages = (0..<2000).map { Publication("p.b", id: "b\($0)") }
        for start in stride(from: 0, to: 2000, by: 100) {
            connection.publish(Array(messages[start..<start + 100]), within: .seconds(20)) { some in
                ends.add(some.map { PublishEnd(place: $0.place + start, result: $0.result) })
            }
        }
        let all = try await ends.waitFor(2000)
        #expect(Set(all.map(\.place)).count == 2000)
        #expect(all.allSatisfy { if case .success(let ack) = $0.result { !ack.isDuplicate } else { false } })
        #expect(connection.openRequests == 0)
        #expect(try await connection.stream("P")?.messages == 2001)
        await connection.close()
    }

    @Test("what the broker does not take is said, and harms nothing else")
    func refusals() async throws {
        let connection = try await connection()
        try await connection.makeStream(StreamRequirements(name: "R", subjects: ["r.>"]))
        // 64 KiB is the most; with its headers it is more.
        let large = Publication("r.a", id: "large", String(repeating: "x", count: (64 << 10) - 20))
        #expect(
            await failure { try await connection.publish(large, within: .seconds(5)) }.map {
                if case .tooLarge = $0 { true } else { false }
            } == true)
        #expect(
            await failure { try await connection.publish(Publication("r .a"), within: .seconds(5)) }.map {
                if case .invalid = $0 { true } else { false }
            } == true)
        #expect(
            await failure { try await connection.publish(Publication("nobody"), within: .milliseconds(600)) }
                == .noResponders)
        let other = Publication(subject: "r.a", stream: "P", payload: ByteBuffer())
        #expect(
            await failure { try await connection.publish(other, within: .seconds(5)) }.map {
                if case .refused(code: 10060, _) = $0 { true } else { false }
            } == true)
        let full = """
            {"name":"F","subjects":["f"],"max_msgs":2,"discard":"new","storage":"file"}
            """
        _ = try await connection.ask("STREAM.CREATE.F", full, as: APIAnswer.self, within: .seconds(5))
        for _ in 0..<2 { _ = try await connection.publish(Publication("f"), within: .seconds(5)) }
        #expect(
            await failure { try await connection.publish(Publication("f"), within: .seconds(5)) }.map {
                if case .full = $0 { true } else { false }
            } == true)
        #expect(try await connection.publish(Publication("r.a"), within: .seconds(5)).sequence == 1)
        await connection.close()
        #expect(await failure { try await connection.publish(Publication("r.a"), within: .seconds(5)) } == .closed)
    }

    @Test("a consumer brings what it is granted and no more; each message goes by its acknowledgement")
    func pulling() async throws {
        let connection = try await connection()
        try await connection.makeStream(StreamRequirements(name: "C", subjects: ["c"]))
        try await connection.makeConsumer(
            ConsumerRequirements(name: "work", stream: "C", ackWait: .seconds(30), ackPending: 100))
        var message = Publication("c", id: "id-0", "0")
        message.headers = [NATSHeader("Ptr-Event", "update")]
        _ = try await connection.publish(message, within: .seconds(5))
        for number in 1..<100 { _ = try await connection.publish(Publication("c", "\(number)"), within: .seconds(5)) }
        let got = Collected<PulledMessage>()
        let consumer = PullConsumer(over: connection, stream: "C", consumer: "work", headers: ["Ptr-Event"]) {
            got.add($0)
        }
        consumer.start()
        consumer.grant(10, bytes: 1 << 20)
        let some = try await got.waitFor(10)
        #expect(some.map { String(buffer: $0.payload) } == (0..<10).map { "\($0)" })
        let (id, event) = (HeaderName("Nats-Msg-Id"), HeaderName("Ptr-Event"))
        #expect(some[0].header(id) == ByteBuffer(string: "id-0"))
        #expect(some[0].header(event) == ByteBuffer(string: "update") && some[0].header(HeaderName("Event")) == nil)
        #expect(some[1].header(id) == nil && some[1].header(event) == nil && some[1].delivery.sequence == 2)
        let held = try #require(try await connection.consumer("work", of: "C"))
        #expect(held.num_ack_pending == 10 && held.num_pending == 90 && consumer.outstanding == 0)
        #expect(got.all.count == 10)

        connection.acknowledge(some[..<8].map(\.reply), .done)
        connection.acknowledge([some[8].reply], .terminated(reason: "a dead\r\nletter"))
        connection.acknowledge([some[9].reply], .again(after: .milliseconds(100)))
        consumer.grant(91, bytes: 1 << 20)
        let all = try await got.waitFor(101)
        #expect(all.filter { $0.delivery.sequence == 10 }.map(\.delivery.count) == [1, 2])
        #expect(Set(all.map(\.delivery.sequence)).count == 100)
        connection.acknowledge(all[10...].map(\.reply), .done)
        try await eventually("the stream is empty") { try await connection.stream("C")?.messages == 0 ? true : nil }
        consumer.stop()
        await connection.close()
    }

    @Test("a consumer that is drained takes back what it has asked for, and what is on its way still comes")
    func draining() async throws {
        let connection = try await connection()
        try await connection.makeStream(StreamRequirements(name: "D", subjects: ["d"]))
        try await connection.makeConsumer(
            ConsumerRequirements(name: "work", stream: "D", ackWait: .seconds(30), ackPending: 100))
        let got = Collected<PulledMessage>()
        let consumer = PullConsumer(over: connection, stream: "D", consumer: "work") { got.add($0) }
        consumer.start()
        consumer.grant(10, bytes: 1 << 20)
        try await eventually("its request stands") {
            try await connection.consumer("work", of: "D")?.num_waiting == 1 ? true : nil
        }
        consumer.drain()
        try await eventually("its request is gone") {
            try await connection.consumer("work", of: "D")?.num_waiting == 0 ? true : nil
        }
        _ = try await connection.publish(Publication("d"), within: .seconds(5))
        let info = try #require(try await connection.consumer("work", of: "D"))
        #expect(info.num_pending == 1 && info.num_ack_pending == 0 && got.all.isEmpty)
        // Another one of the same connection gets it.
        let next = PullConsumer(over: connection, stream: "D", consumer: "work") { got.add($0) }
        next.start()
        next.grant(1, bytes: 1 << 20)
        _ = try await got.waitFor(1)
        next.stop()
        await connection.close()
    }

    @Test("more bytes than there is room for are not asked for")
    func bytes() async throws {
        let connection = try await connection()
        try await connection.makeStream(StreamRequirements(name: "B", subjects: ["b"]))
        try await connection.makeConsumer(
            ConsumerRequirements(name: "work", stream: "B", ackWait: .seconds(30), ackPending: 100))
        for _ in 0..<10 {
            _ = try await connection.publish(
                Publication("b", String(repeating: "x", count: 10_000)), within: .seconds(5))
        }
        let got = Collected<PulledMessage>()
        let consumer = PullConsumer(over: connection, stream: "B", consumer: "work") { got.add($0) }
        consumer.start()
        consumer.grant(10, bytes: 35_000)
        _ = try await got.waitFor(3)
        #expect(try await connection.consumer("work", of: "B")?.num_ack_pending == 3)
        consumer.grant(0, bytes: 100_000)
        _ = try await got.waitFor(10)
        consumer.stop()
        await connection.close()
    }

    @Test("work that is reported in progress is not delivered again; what is not, is")
    func inProgress() async throws {
        let connection = try await connection()
        try await connection.makeStream(StreamRequirements(name: "W", subjects: ["w"]))
        try await connection.makeConsumer(
            ConsumerRequirements(name: "work", stream: "W", ackWait: .milliseconds(900), ackPending: 100))
        for _ in 0..<2 { _ = try await connection.publish(Publication("w"), within: .seconds(5)) }
        let got = Collected<PulledMessage>()
        let consumer = PullConsumer(over: connection, stream: "W", consumer: "work") { got.add($0) }
        consumer.start()
        consumer.grant(10, bytes: 1 << 20)
        let both = try await got.waitFor(2)
        // The broker's own clock is what is tested: the other message is the measure.
        var again: [PulledMessage] = []
        while again.count < 2 {
            connection.acknowledge([both[0].reply], .inProgress)
            try await Task.sleep(for: .milliseconds(200))
            again = got.all.filter { $0.delivery.sequence == both[1].delivery.sequence }.dropFirst().map { $0 }
        }
        #expect(got.all.filter { $0.delivery.sequence == both[0].delivery.sequence }.count == 1)
        consumer.stop()
        await connection.close()
    }

    @Test("a consumer that was deleted is told, and one that is made anew goes on")
    func deleted() async throws {
        let connection = try await connection()
        try await connection.makeStream(StreamRequirements(name: "D", subjects: ["d"]))
        let wanted = ConsumerRequirements(name: "work", stream: "D", ackWait: .seconds(30), ackPending: 100)
        try await connection.makeConsumer(wanted)
        let (got, events) = (Collected<PulledMessage>(), Collected<PullEvent>())
        let consumer = PullConsumer(over: connection, stream: "D", consumer: "work") {
            got.add($0)
        } onEvent: {
            events.add([$0])
        }
        consumer.start()
        consumer.grant(10, bytes: 1 << 20)
        try await eventually("it waits") {
            try await connection.consumer("work", of: "D")?.num_waiting == 1 ? true : nil
        }
        _ = try await connection.ask("CONSUMER.DELETE.D.work", as: APIAnswer.self, within: .seconds(5))
        #expect(try await events.waitFor(2) == [.deleted, .silence])
        try await connection.makeConsumer(wanted)
        _ = try await connection.publish(Publication("d"), within: .seconds(5))
        _ = try await got.waitFor(1)
        consumer.stop()
        await connection.close()
    }

    @Test("a value is set by who knows its last change, and by nobody else")
    func values() async throws {
        let connection = try await connection()
        let bucket = try KeyValueBucket("leases", over: connection)
        try await bucket.make(replicas: 1)
        try await bucket.make(replicas: 1)
        #expect(try await bucket.get("events") == nil)
        guard case .stored(let first) = try await bucket.set("events", to: Array("a".utf8), ifRevision: 0) else {
            return #expect(Bool(false))
        }
        #expect(try await bucket.set("events", to: [], ifRevision: 0) == .conflict)
        #expect(try await bucket.set("other", to: [], ifRevision: 0) == .stored(revision: first + 1))
        let second = try await bucket.set("events", to: Array("b".utf8), ifRevision: first)
        #expect(second == .stored(revision: first + 2))
        #expect(try await bucket.set("events", to: Array("c".utf8), ifRevision: first) == .conflict)
        #expect(try await bucket.get("events") == .init(value: Array("b".utf8), revision: first + 2))
        #expect(try await bucket.remove("events", ifRevision: first) == .conflict)
        #expect(try await bucket.remove("events", ifRevision: first + 2) == .stored(revision: first + 3))
        #expect(try await bucket.get("events") == .init(value: nil, revision: first + 3))
        #expect(throws: NATSError.self) { try KeyValueBucket("a.b", over: connection) }
        #expect(await failure { try await bucket.get("a b") } != nil)
        await connection.close()
    }

    @Test("settings that are wrong are named, and the commands that are shown make them right")
    func settings() async throws {
        let connection = try await connection()
        let stream = StreamRequirements(name: "S", subjects: ["s"])
        #expect(stream.check(try await connection.stream("S")).mends.count == 2)
        let wrong = """
            {"name":"S","subjects":["s"],"retention":"workqueue","discard":"old","max_age":60000000000,\
            "duplicate_window":1000000000,"storage":"file","description":"kept"}
            """
        _ = try await connection.ask("STREAM.CREATE.S", wrong, as: APIAnswer.self, within: .seconds(5))
        let faults = stream.check(try await connection.stream("S"))
        #expect(faults.faults.map(\.setting) == ["discard", "max_age", "duplicate_window"])
        #expect(
            faults.mends.first
                == "nats stream edit S --discard new --max-age -1 --dupe-window 120s --force")
        try await carryOut(faults.mends[1], connection)
        let mended = try #require(try await connection.stream("S"))
        #expect(stream.check(mended) == SettingFaults(faults: [], mends: []))
        #expect(mended.config["description"] == .string("kept"))
        #expect(mended.serverVersion == "2.15.1")

        let consumer = ConsumerRequirements(name: "work", stream: "S", ackWait: .seconds(60), ackPending: 5000)
        #expect(consumer.check(try await connection.consumer("work", of: "S")).mends.count == 2)
        let poor = """
            {"stream_name":"S","config":{"durable_name":"work","ack_policy":"explicit","max_deliver":5,\
            "ack_wait":30000000000,"max_ack_pending":10}}
            """
        _ = try await connection.ask("CONSUMER.CREATE.S.work", poor, as: APIAnswer.self, within: .seconds(5))
        let its = consumer.check(try await connection.consumer("work", of: "S"))
        #expect(its.faults.map(\.setting) == ["max_deliver", "ack_wait", "max_ack_pending"])
        try await carryOut(its.mends[1], connection)
        #expect(consumer.check(try await connection.consumer("work", of: "S")).faults.isEmpty)
        #expect(!StreamRequirements.isSupported("2.9.10") && !StreamRequirements.isSupported(nil))
        #expect(StreamRequirements.isSupported("2.11.0") && StreamRequirements.isSupported("3.0"))
        // How many requests may wait can be changed by nobody.
        for (waiting, faults) in [(63, ["max_waiting"]), (64, [])] {
            _ = try await connection.request("$JS.API.CONSUMER.DELETE.S.work", within: .seconds(5))
            func ask(_ waiting: Int64, _ action: String) async throws {
                let wanted = consumer.configuration.setting(["max_waiting": .integer(waiting)])
                try APIAnswer.check(
                    try await connection.request(
                        "$JS.API.CONSUMER.CREATE.S.work",
                        ByteBuffer(string: consumer.request(wanted, action: action)), within: .seconds(5)))
            }
            try await ask(Int64(waiting), "create")
            await #expect(throws: NATSError.self) { try await ask(512, "update") }
            let found = consumer.check(try await connection.consumer("work", of: "S"))
            #expect(found.faults.map(\.setting) == faults && found.mends.count == faults.count)
            #expect(found.mends.allSatisfy { $0.hasPrefix("max_waiting cannot be changed: make another consumer") })
        }
        await connection.close()
    }

    /// Does what `nats request 'SUBJECT' 'JSON'` does.
    private func carryOut(_ command: String, _ connection: NATSConnection) async throws {
        let parts = command.split(separator: "'", omittingEmptySubsequences: false)
        try #require(parts.count == 5 && parts[0] == "nats request ")
        try APIAnswer.check(
            try await connection.request(String(parts[1]), ByteBuffer(string: String(parts[3])), within: .seconds(5)))
    }
}

@Suite("Connections to a broker", .timeLimit(.minutes(2)))
struct ConnectionTests {
    @Test("a broker that was killed comes back, and what was on its way is stored once")
    func killed() async throws {
        let node = try NATSNode()
        try node.start()
        let connection = try await connected([node.url]) { $0.reconnectPatience = .seconds(60) }
        try await connection.makeStream(StreamRequirements(name: "K", subjects: ["k"]))
        try await connection.makeConsumer(
            ConsumerRequirements(name: "work", stream: "K", ackWait: .seconds(30), ackPending: 10_000))
        let (ends, got) = (Collected<PublishEnd>(), Collected<PulledMessage>())
        let consumer = PullConsumer(over: connection, stream: "K", consumer: "work") { got.add($0) }
        consumer.start()
        // A broker that was killed may have forgotten what it has delivered, and delivers that again.
        consumer.grant(2000, bytes: 1 << 20)
        let messages = (0..<1000).map { Publication("k", id: "\($0)") }
        connection.publish(Array(messages[..<500]), within: .seconds(60)) { ends.add($0) }
        node.kill()
        connection.publish(Array(messages[500...]), within: .seconds(60)) { ends.add($0) }
        _ = try await eventually("it is known") { connection.outage }
        try node.start()
        let all = try await ends.waitFor(1000)
        #expect(all.allSatisfy { if case .success = $0.result { true } else { false } })
        #expect(all.count == 1000)
        #expect(try await connection.stream("K")?.messages == 1000)
        _ = try await eventually("each is delivered") {
            Set(got.all.map(\.delivery.sequence)).count == 1000 ? true : nil
        }
        consumer.stop()
        await connection.close()
    }

    @Test("with no broker at all a publish is given up as soon as that is known, and says why")
    func nobody() async throws {
        let node = try NATSNode()
        let connection = NATSConnection(NATSSettings(servers: [node.url]))
        var settings = NATSSettings(servers: [node.url])
        settings.reconnectPatience = .milliseconds(300)
        let impatient = NATSConnection(settings)
        impatient.start()
        let error = await failure { try await impatient.publish(Publication("x"), within: .seconds(60)) }
        #expect("\(try #require(error))".contains("there is no connection to the broker"))
        #expect(impatient.outage != nil)
        await impatient.close()
        // One that was never started ends, too.
        await connection.close()
    }

    @Test("a node that does not serve JetStream is left for one that does")
    func left() async throws {
        let (poor, rich) = (try NATSNode(name: "poor", extra: "# no jetstream"), try NATSNode(name: "rich"))
        try poor.start()
        let events = Collected<NATSEvent>()
        var settings = NATSSettings(servers: [poor.url, rich.url])
        settings.minorityPatience = .milliseconds(300)
        let connection = NATSConnection(settings) { events.add([$0]) }
        connection.start()
        _ = try await eventually("it is connected") {
            events.all.first { if case .connected = $0 { true } else { false } }
        }
        try rich.start()
        try await eventually("JetStream answers") {
            try? await connection.makeStream(StreamRequirements(name: "L", subjects: ["l"]))
        }
        #expect(events.all.contains(.left("127.0.0.1:\(poor.port)")))
        #expect(events.all.last == .connected("127.0.0.1:\(rich.port)"))
        await connection.close()
    }

    @Test("a node that is cut off from the others, and says that it is unavailable, is left for one that serves")
    func cutOff() async throws {
        let ports = freePorts(3)
        let (lone, rich) = (try NATSNode(name: "lone", cluster: (ports[0], ports)), try NATSNode(name: "rich"))
        try lone.start()
        let events = Collected<NATSEvent>()
        var settings = NATSSettings(servers: [lone.url, rich.url])
        settings.minorityPatience = .milliseconds(300)
        let connection = NATSConnection(settings) { events.add([$0]) }
        connection.start()
        try await eventually("it says that it is unavailable") { () -> Bool? in
            await failure { try await connection.stream("L") }.map { "\($0)".contains("10008") } == true ? true : nil
        }
        try rich.start()
        try await eventually("JetStream answers") {
            try? await connection.makeStream(StreamRequirements(name: "L", subjects: ["l"]))
        }
        #expect(events.all.contains(.left("127.0.0.1:\(lone.port)")))
        await connection.close()
    }

    @Test("a frozen broker is left by its silence; once it goes on, all is stored once")
    func frozen() async throws {
        let node = try NATSNode()
        try node.start()
        let events = Collected<NATSEvent>()
        let connection = try await connected([node.url]) {
            $0.pingInterval = .milliseconds(200)
            $0.reconnectPatience = .seconds(60)
        } onEvent: {
            events.add([$0])
        }
        try await connection.makeStream(StreamRequirements(name: "Z", subjects: ["z"]))
        node.signal(SIGSTOP)
        let ends = Collected<PublishEnd>()
        connection.publish((0..<50).map { Publication("z", id: "\($0)") }, within: .seconds(60)) { ends.add($0) }
        _ = try await eventually("the silence is heard") {
            events.all.first { if case .disconnected = $0 { true } else { false } }
        }
        node.signal(SIGCONT)
        #expect(try await ends.waitFor(50).allSatisfy { if case .success = $0.result { true } else { false } })
        #expect(try await connection.stream("Z")?.messages == 50)
        await connection.close()
    }

    @Test("who has the seed of an nkey is let in, and nobody else")
    func nkey() async throws {
        let (seed, key) = (
            "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY",
            "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4"
        )
        let node = try NATSNode(extra: "authorization { users = [ { nkey: \(key) } ] }")
        try node.start()
        let file = node.directory.appending(path: "seed")
        try (seed + "\n").write(to: file, atomically: true, encoding: .utf8)
        let connection = try await connected([node.url]) { $0.identity = .nkey(path: file.path) }
        await connection.close()
        let nobody = NATSConnection(NATSSettings(servers: [node.url]))
        nobody.start()
        try await eventually("it is refused") {
            nobody.outage?.reason.lowercased().contains("authorization") == true ? true : nil
        }
        await nobody.close()
        let without = NATSConnection(
            NATSSettings(servers: [node.url], identity: .nkey(path: node.directory.appending(path: "n.conf").path)))
        without.start()
        try await eventually("the file is named") {
            without.outage?.reason.contains("has no seed of a user's nkey") == true ? true : nil
        }
        await without.close()
    }
}
