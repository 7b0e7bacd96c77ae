import EventSource
import EventStreamInput
import Locking
import NIOCore
import Templates

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

/// A receiver that is dropped, crashes and hangs at random.
struct SimulatedSource: Source {
    let name: String
    let location: String
    let index: Int
    let life: Life
    let filter = (try? Filter("@event != \"\(SimulatedServer.filteredType)\"")).map { EventFilter(condition: $0) }

    /// How many in a hundred batches come as bytes.
    private static let byteShare = 25

    private struct Crash: Error {}

    private enum Fate {
        case events
        case pause
        case dropped
        case crash
        case hangs
    }

    /// - Parameter index: the feed's.
    init(of index: Int, in life: Life) {
        name = life.world.plan.feeds[index].name
        location = life.world.plan.feeds[index].location
        self.index = index
        self.life = life
    }

    private var fate: Fate {
        if life.world.isCalm { return .events }
        return switch life.world.random.below(100) {
        case 0..<4: .dropped
        case 4..<6: .crash
        case 6: .hangs
        case 7..<40: .pause
        default: .events
        }
    }

    func run(_ intake: StreamIntake) async throws {
        let world = life.world
        life.receivers[index] += 1
        let number = life.receivers[index]
        var parser = EventStreamParser()
        while true {
            intake.report { $0.state = .connecting }
            let id = try await connect(intake)
            guard var sent = world.servers[index].position(after: id) else {
                if !life.isDead { world.fail("the server of \(location) is asked for an id that it never gave: \(id)") }
                break
            }
            _ = intake.opened()
            world.say("stream \(name) is open at \(location) after \(sent)")
            if world.servers[index].feed.hasIDs, sent > 0 { world.sights.insert(.resumption) }
            parser.reset(lastEventID: id)
            try await receive(intake, as: number, after: &sent, &parser)
            guard sent < world.servers[index].feed.count else { break }
            intake.report { $0.state = .waiting }
            try await life.sleep(for: world.random.milliseconds(1...500))
        }
        // All is sent; the connection stays.
        try await Notify().wait()
    }

    /// Opens a connection. Returns the id that the server goes on after: an empty one, too, when it takes none.
    private func connect(_ intake: StreamIntake) async throws -> ByteBuffer {
        let world = life.world
        guard world.servers[index].feed.refuses else { return try await intake.resume() }
        let ids = try await intake.resumptionIDs()
        guard !ids.isEmpty, !world.isCalm, world.random.chance(40) else {
            let id = ids.first ?? ByteBuffer()
            intake.connected(after: id)
            return id
        }
        world.expect(
            life.isDead || ids.allSatisfy { world.servers[index].number(of: $0) != nil },
            "the server of \(location) is asked for ids that it never gave: \(ids)")
        world.say("the server of \(location) refuses \(ids.map { String(buffer: $0) })")
        world.sights.insert(.refusedPosition)
        if isHeard(intake) { life.watch?.refuses(at: intake.stream.index) }
        intake.connected(after: ByteBuffer(), refused: ids)
        return ByteBuffer()
    }

    /// Whether what this receiver says still counts.
    private func isHeard(_ intake: StreamIntake) -> Bool {
        intake.intake.state.withLock {
            !$0.isClosed && $0.streams[intake.stream.index].incarnation == intake.incarnation
        }
    }

    /// Returns when the connection is lost, or has nothing more to give.
    private func receive(
        _ intake: StreamIntake, as number: Int, after sent: inout Int, _ parser: inout EventStreamParser
    ) async throws {
        let world = life.world
        let count = world.servers[index].feed.count
        while sent < count {
            switch fate {
            case .pause: try await life.sleep(for: world.random.milliseconds(0...60))
            case .crash:
                world.say("stream \(name) crashes")
                throw Crash()
            case .dropped:
                world.say("stream \(name) is dropped")
                // What is sent meanwhile is missed on a feed without ids.
                if !world.servers[index].feed.hasIDs {
                    sent = min(sent + world.random.below(3), count)
                    world.servers[index].lastSent = max(world.servers[index].lastSent, sent)
                }
                return
            case .hangs:
                world.say("stream \(name) hangs")
                await life.sleepDeaf(for: world.random.milliseconds(500...4000))
                guard try await bring(intake, as: number, after: &sent, &parser) else { return }
            case .events: guard try await bring(intake, as: number, after: &sent, &parser) else { return }
            }
        }
    }

    /// Brings the next events. False: the connection is lost on the way.
    private func bring(
        _ intake: StreamIntake, as number: Int, after sent: inout Int, _ parser: inout EventStreamParser
    ) async throws -> Bool {
        let world = life.world
        let (server, first) = (world.servers[index], sent + 1)
        let last = min(sent + world.random.within(1...server.feed.largestBatch), server.feed.count)
        let events = (first...last).map { server.event($0, killMessage: world.plan.settings.killMessage) }
        world.note(UInt64(index), UInt64(first), UInt64(last))
        if world.random.chance(Self.byteShare) {
            return try await bring(StreamBytes(events, &world.random), intake, as: number, after: &sent, &parser)
        }
        sent = last
        world.servers[index].lastSent = max(server.lastSent, sent)
        world.say("stream \(name) brings \(first)...\(sent)")
        let all = (first...last).flatMap { [events[$0 - first]] + server.noise(after: $0) }
        if all.count > events.count { world.sights.insert(.filtered) }
        noteHearing(intake, number, all.count)
        try await intake.bring(all, bytes: 0)
        return true
    }

    /// Brings events as the bytes of an event stream, in pieces; the connection may be lost at any byte.
    private func bring(
        _ stream: StreamBytes, _ intake: StreamIntake, as number: Int, after sent: inout Int,
        _ parser: inout EventStreamParser
    ) async throws -> Bool {
        let (world, before) = (life.world, sent)
        let isLost = !world.isCalm && world.random.chance(30)
        let end = isLost ? world.random.below(stream.bytes.count) : stream.bytes.count
        world.note(UInt64(end))
        // Without ids there is no way back to an event that was torn.
        let begun = before + stream.begun(in: end)
        world.servers[index].lastSent = max(world.servers[index].lastSent, begun)
        var start = 0
        while start < end {
            let next = min(start + world.random.within(1...stream.bytes.count), end)
            var parsed: [EventStreamEvent] = []
            try parser.parse(ByteBuffer(bytes: stream.bytes[start..<next]), into: &parsed)
            let events = parsed.map(Event.init)
            start = next
            let whole = stream.events.dropFirst(sent - before).prefix(events.count)
            world.expect(
                life.isDead || events == Array(whole) && sent + events.count == before + stream.whole(in: next),
                "of the bytes of events \(sent + 1)... of \(location) came \(events)")
            sent += events.count
            if events.isEmpty && parser.commits.isEmpty { continue }
            world.say("stream \(name) brings the bytes of \(sent - events.count + 1)...\(sent)")
            noteHearing(intake, number, events.count)
            try await intake.bring(events, commits: parser.commits.map(EventCommit.init), bytes: 0)
        }
        guard isLost else { return true }
        world.say("stream \(name) is lost, \(begun - sent) events are torn")
        if begun > sent { world.sights.insert(.tornEvent) }
        if !world.servers[index].feed.hasIDs { sent = begun }
        return false
    }

    /// One that was left to itself and comes back is not heard any more, and nobody else is passed over.
    private func noteHearing(_ intake: StreamIntake, _ number: Int, _ count: Int) {
        let world = life.world
        let isLatest = number == life.receivers[index]
        let isHeard = isHeard(intake)
        if isHeard { life.brought += count } else { world.sights.insert(.staleReceiver) }
        guard !life.isDead, !intake.intake.isClosed else { return }
        world.expect(isLatest || !isHeard, "a receiver of \(location) is heard that was replaced")
        world.expect(
            isHeard || !isLatest || life.isDraining || life.hasChanged.contains(name),
            "the receiver of \(location) is not heard")
    }
}
