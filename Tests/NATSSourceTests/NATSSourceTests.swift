import Foundation
import Locking
import NATSKit
import NIOCore
import Pipeline
import Testing

@testable import JetStream
@testable import NATSSource

/// A server that several tests use, each with a stream of its own.
private let shared = Task {
    let node = try NATSNode()
    try node.start()
    return node
}

@Suite("Messages of a consumer", .timeLimit(.minutes(2)))
struct NATSSourceTests {
    private func scene(_ name: String) async throws -> Scene { try await Scene(shared.value, name) }

    @Test("two machines work on each message once, and the stream ends empty")
    func onceEach() async throws {
        let scene = try await scene("once")
        let options = scene.options()
        try await scene.make(options)
        let work = Work()
        let machines = try await [
            Machine([scene.node.url], options) { data, _ in
                work.did(data); return .done
            },
            Machine([scene.node.url], options) { data, _ in
                work.did(data); return .done
            },
        ]
        try await scene.publish((0..<3000).map { "\($0)" })
        try await eventually("all is done") { work.total >= 3000 ? true : nil }
        #expect(work.distinct == 3000 && work.total == 3000)
        try await scene.isEmpty()
        let counts = machines.map { $0.messages }
        #expect(counts.reduce(0) { $0 + $1.processed } == 3000 && counts.allSatisfy { $0.processed > 0 })
        #expect(machines.allSatisfy { $0.isBalanced && $0.source.held == 0 })
        let info = try #require(try await scene.connection.consumer("work", of: "once"))
        #expect(info.num_ack_pending == 0 && info.num_pending == 0)
        for machine in machines { await machine.stop() }
        await scene.close()
    }

    @Test("no more is asked for than the window has free, whatever waits")
    func window() async throws {
        let scene = try await scene("window")
        let options = scene.options()
        try await scene.make(options)
        try await scene.publish((0..<500).map { "\($0)" })
        let gate = Gate()
        let machine = try await Machine([scene.node.url], options, window: 64) { _, _ in
            await gate.pass()
            return .done
        }
        try await eventually("its workers are busy") { gate.waiting == 16 ? true : nil }
        try await eventually("its window is full") { machine.source.held == 64 ? true : nil }
        let info = try #require(try await scene.connection.consumer("work", of: "window"))
        #expect(info.num_ack_pending == 64 && info.num_pending == 436)
        try await eventually("the status says so") { () -> Bool? in
            machine.stream?.broker.map { $0.pending == 436 && $0.ackPending == 64 && $0.held == 64 } == true
                ? true : nil
        }
        gate.open()
        try await scene.isEmpty()
        await machine.stop()
        await scene.close()
    }

    @Test("a message keeps its name, its type and its id")
    func identity() async throws {
        let scene = try await scene("name")
        let options = scene.options()
        try await scene.make(options)
        let named = String(repeating: "0123456789abcdef", count: 2)
        for (id, headers) in [
            (named, [NATSHeader("Ptr-Event", "update"), NATSHeader("Ptr-Id", "17")]), ("other", []), (nil, []),
        ] {
            let message = Publication(subject: "name", id: id, headers: headers, payload: ByteBuffer(string: "x"))
            _ = try await scene.connection.publish(message, within: .seconds(10))
        }
        let machine = try await Machine([scene.node.url], options, attempts: 1) { _, _ in .rejected("no") }
        try await scene.isEmpty()
        let letters = machine.store.letters.sorted { $0.sequence < $1.sequence }
        #expect(letters.map { String(buffer: $0.eventID) } == ["17", "", ""])
        #expect(letters.first?.type.map { String(buffer: $0) } == "update" && letters.first?.identity == named)
        #expect(Set(letters.map(\.identity)).count == 3 && letters.allSatisfy { $0.identity?.utf8.count == 32 })
        await machine.stop()
        await scene.close()
    }

    @Test("a machine that is gone midway loses nothing: what it held is done by another one")
    func cut() async throws {
        let scene = try await scene("cut")
        let options = scene.options(ackWait: .milliseconds(600))
        try await scene.make(options)
        let work = Work()
        let lost = try await Machine([scene.node.url], options) { data, _ in
            work.did(data)
            // It holds some for ever.
            if work.total > 500 { try await Task.sleep(for: .seconds(3600)) }
            return .done
        }
        let other = try await Machine([scene.node.url], options) { data, _ in
            work.did(data); return .done
        }
        try await scene.publish((0..<2000).map { "\($0)" })
        try await eventually("it is in the middle") { work.total > 500 ? true : nil }
        #expect(lost.isBalanced)
        await lost.cut()
        try await scene.isEmpty()
        #expect(work.distinct == 2000)
        #expect(other.isBalanced && other.messages.deadLettered == 0)
        // What was done twice was delivered twice.
        #expect(work.total - 2000 <= Int(other.stream?.broker?.redelivered ?? 0) + 512)
        let info = try #require(try await scene.connection.consumer("work", of: "cut"))
        #expect(info.num_ack_pending == 0 && info.num_pending == 0)
        await other.stop()
        await scene.close()
    }

    @Test("work of three times ack_wait is not delivered again")
    func longWork() async throws {
        let scene = try await scene("long")
        let options = scene.options(ackWait: .milliseconds(500))
        try await scene.make(options)
        let work = Work()
        let machine = try await Machine([scene.node.url], options) { data, _ in
            work.did(data)
            try await Task.sleep(for: .milliseconds(1500))
            return .done
        }
        try await scene.publish((0..<8).map { "\($0)" })
        try await scene.isEmpty()
        #expect(work.total == 8 && machine.stream?.broker?.redelivered == 0)
        await machine.stop()
        await scene.close()
    }

    @Test("a delivery of what is held is counted and not done twice")
    func redeliveredWhileHeld() async throws {
        let scene = try await scene("again")
        let options = scene.options()
        try await scene.make(options)
        let (work, gate) = (Work(), Gate())
        let machine = try await Machine([scene.node.url], options) { data, _ in
            work.did(data)
            await gate.pass()
            return .done
        }
        try await scene.publish(["a"])
        try await eventually("it is worked on") { gate.waiting == 1 ? true : nil }
        // Somebody gives it back in its name.
        scene.connection.acknowledge([try #require(AckSubject("$JS.ACK.again.work.1.1.1.0.0"))], .again(after: nil))
        try await eventually("it has come again") { machine.stream?.repeated == 1 ? true : nil }
        #expect(machine.stream?.broker?.redelivered == 1 && machine.messages.received == 1)
        gate.open()
        try await scene.isEmpty()
        #expect(work.total == 1)
        await machine.stop()
        await scene.close()
    }

    @Test("a dead letter is stored before the broker is told")
    func poison() async throws {
        let scene = try await scene("poison")
        let options = scene.options()
        try await scene.make(options)
        let store = WatchedStore(isHeld: true)
        let machine = try await Machine([scene.node.url], options, attempts: 2, store: store) { data, _ in
            data == "bad" ? .failed("no") : .done
        }
        try await scene.publish(["good", "bad", "fine"])
        try await eventually("it is given up") { machine.messages.deadLettered == 1 ? true : nil }
        try await eventually("the others are gone") { try await scene.stored() == 1 ? true : nil }
        let info = try #require(try await scene.connection.consumer("work", of: "poison"))
        #expect(info.num_ack_pending == 1 && store.letters.isEmpty && machine.source.held == 1)
        store.letGo()
        try await scene.isEmpty()
        #expect(store.letters.map { String(buffer: $0.data) } == ["bad"])
        await machine.stop()
        await scene.close()
    }

    @Test("what is held at a stop is given back, and done elsewhere at once")
    func stop() async throws {
        let scene = try await scene("stop")
        let options = scene.options(maxDeliveries: 5)
        try await scene.make(options)
        try await scene.publish((0..<20).map { "\($0)" })
        // Ten restarts in a row, more than max_deliveries: each holds them all and does none.
        for _ in 0..<10 {
            let machine = try await Machine([scene.node.url], options) { _, _ in
                try await Task.sleep(for: .seconds(3600))
                return .done
            }
            try await eventually("it holds them") { machine.source.held == 20 ? true : nil }
            await machine.stop(within: .zero)
            #expect(machine.messages.deadLettered == 0)
        }
        let work = Work()
        let machine = try await Machine([scene.node.url], options) { data, _ in
            work.did(data); return .done
        }
        try await scene.isEmpty()
        #expect(work.distinct == 20 && work.total == 20 && machine.messages.deadLettered == 0)
        await machine.stop()
        await scene.close()
    }

    @Test("a message that ends whole daemons becomes a dead letter, and no other one does")
    func endsDaemons() async throws {
        let scene = try await scene("ends")
        let options = scene.options(ackWait: .milliseconds(300), maxDeliveries: 2)
        try await scene.make(options)
        let record = scene.node.directory.appending(path: "suspects").path
        try await scene.publish(["a", "b", "poison", "c"])
        let work = Work()
        for life in 1... {
            let begun = Work()
            let machine = try await Machine([scene.node.url], options, suspects: record) { data, _ in
                if data == "poison" {
                    begun.did(data)
                    try await Task.sleep(for: .seconds(3600))
                }
                work.did(data)
                return .done
            }
            let isOver = try await eventually("the poison is in hand, or given up") { () -> Bool? in
                if machine.messages.deadLettered == 1 { return true }
                return begun.total == 1 ? false : nil
            }
            if isOver {
                try await scene.isEmpty()
                #expect(machine.store.letters.map { String(buffer: $0.data) } == ["poison"])
                #expect(machine.store.letters[0].reason.contains("nothing but this message in hand"))
                // Once among others, and three times alone.
                #expect(life == 5)
                await machine.stop()
                break
            }
            #expect(machine.isBalanced)
            await machine.cut()
        }
        #expect(Set(work.all.keys) == ["a", "b", "c"])
        await scene.close()
    }

    @Test("what is paused takes nothing, and leaves it to others; resumed, it goes on")
    func paused() async throws {
        let scene = try await scene("pause")
        let options = scene.options()
        try await scene.make(options)
        let (work, rest) = (Work(), Work())
        let machine = try await Machine([scene.node.url], options) { data, _ in
            work.did(data); return .done
        }
        try await scene.publish(["a"])
        try await scene.isEmpty()
        try machine.application.pause("events")
        try await eventually("it asks for nothing") { machine.source.state.withLock { $0.puller == nil } ? true : nil }
        try await eventually("the broker knows that") {
            try await scene.connection.consumer("work", of: "pause")?.num_waiting == 0 ? true : nil
        }
        let other = try await Machine([scene.node.url], options) { data, _ in
            rest.did(data); return .done
        }
        try await scene.publish(["b", "c"])
        try await scene.isEmpty()
        #expect(rest.total == 2 && work.total == 1)
        await other.stop()
        _ = try await machine.application.resume("events")
        try await scene.publish(["d"])
        try await scene.isEmpty()
        #expect(work.total == 2)
        await machine.stop()
        await scene.close()
    }

    @Test("a reload with other options goes on with what is held; another consumer is another source")
    func reload() async throws {
        let scene = try await scene("reload")
        var options = scene.options()
        try await scene.make(options)
        try await scene.publish(["a"])
        let (work, gate) = (Work(), Gate())
        let machine = try await Machine([scene.node.url], options) { data, _ in
            work.did(data)
            if data == "a" { await gate.pass() }
            return .done
        }
        try await eventually("it is worked on") { gate.waiting == 1 ? true : nil }
        options.maxDeliveries = 7
        #expect(machine.source.canTake(options))
        machine.source.take(options)
        let plan = try await machine.application.reload(machine.tree, sources: [machine.source])
        #expect(plan.steps.isEmpty && machine.source.held == 1)
        gate.open()
        try await scene.isEmpty()
        #expect(work.total == 1 && machine.isBalanced)

        options.consumer = "other"
        #expect(!machine.source.canTake(options))
        await machine.stop()
        await scene.close()
    }

    @Test("a crash of the receiver loses nothing and costs nothing")
    func receiverCrash() async throws {
        let scene = try await scene("crash")
        let options = scene.options()
        try await scene.make(options)
        let work = Work()
        let machine = try await Machine([scene.node.url], options) { data, _ in
            work.did(data); return .done
        }
        for round in 0..<3 {
            try await scene.publish((0..<300).map { "\(round).\($0)" })
            _ = try await machine.application.crash(.receiver("events"))
        }
        try await scene.isEmpty()
        #expect(work.distinct == 900 && work.total == 900 && machine.messages.deadLettered == 0)
        await machine.stop()
        await scene.close()
    }
}
