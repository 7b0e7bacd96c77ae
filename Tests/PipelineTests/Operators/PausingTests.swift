import Locking
import Supervision
import TestKit
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("Pausing streams")
struct PausingTests {
    /// Streams `a` and `b` with 60 messages each, of which some are done.
    private let scene = CrashScene()
    private var tree: VirtualTree { scene.tree }

    private func state(of stream: String) -> StreamStatus.State? {
        tree.status.streams.first { $0.name == stream }?.state
    }

    private func received(of stream: Int) -> UInt64 {
        tree.application.ledger.withLock { $0.streams[stream].admitted }
    }

    @Test("nothing more of the stream is admitted, its receiver waits, and the others go on; resumed, nothing is lost")
    func oneStream() throws {
        #expect(try tree.application.pause("a") == ["a"])
        let before = received(of: 0)
        #expect(state(of: "a") == .paused && state(of: "b") != .paused && tree.status.state == .running)
        #expect(tree.advance(atMost: .seconds(60)) { received(of: 1) == 60 && tree.messages.inFlight == 0 })
        #expect(received(of: 0) == before && before < 60)
        #expect(scene.feeds[0].connections == 1)
        let resumed = tree.begin { [tree] in try await tree.application.resume("a") }
        #expect(tree.advance(atMost: .seconds(60)) { tree.messages.processed == 120 })
        #expect(resumed.value == ["a"] && state(of: "a") != .paused)
        #expect(scene.handler.completions.values.allSatisfy { $0 == 1 } && scene.handler.completions.count == 120)
        tree.finish()
    }

    @Test("with all of them paused, so is the daemon, and what was admitted is worked on")
    func allStreams() throws {
        #expect(try tree.application.pause() == ["a", "b"])
        #expect(tree.status.state == .paused)
        tree.advance(by: .seconds(10))
        #expect(tree.messages.inFlight == 0 && tree.messages.received < 120 && tree.status.state == .paused)
        let resumed = tree.begin { [tree] in try await tree.application.resume() }
        #expect(tree.advance(atMost: .seconds(60)) { tree.messages.processed == 120 })
        #expect(resumed.value == ["a", "b"] && tree.status.state == .running)
        tree.finish()
    }

    @Test("a pause with a time counts down and ends by itself; another one replaces it")
    func time() throws {
        try tree.application.pause("a", for: .seconds(5))
        try tree.application.pause("a", for: .seconds(20))
        tree.advance(by: .seconds(6))
        let left = try #require(tree.status.streams[0].pausedFor)
        #expect(state(of: "a") == .paused && left == .seconds(14))
        let before = received(of: 0)
        tree.advance(by: .milliseconds(13_999))
        #expect(state(of: "a") == .paused && received(of: 0) == before)
        tree.advance(by: .milliseconds(1))
        #expect(state(of: "a") != .paused && tree.status.streams[0].pausedFor == nil && received(of: 0) > before)
        #expect(tree.log.lines(.notice).contains { $0.contains("stream a: the pause is over") })
        #expect(tree.advance(atMost: .seconds(60)) { tree.messages.processed == 120 })
        tree.finish()
    }

    @Test("crashes do not end a pause, and its end comes all the same", arguments: CrashScene.parts)
    func crashes(_ target: CrashTarget) throws {
        try tree.application.pause(nil, for: .seconds(30))
        tree.advance(by: .seconds(1))
        let before = tree.messages.received
        try scene.crash(target, within: .seconds(3))
        tree.advance(by: .seconds(20))
        #expect(tree.status.state == .paused && tree.messages.received == before && tree.messages.inFlight == 0)
        #expect(tree.advance(atMost: .seconds(60)) { tree.messages.processed == 120 })
        #expect(scene.handler.completions.values.allSatisfy { $0 == 1 })
        tree.finish()
    }

    @Test("an unknown stream is an error that names those that there are, and a resume of nothing is none")
    func unknown() throws {
        #expect(throws: StreamCommandError.unknown("c", known: ["a", "b"])) { try tree.application.pause("c") }
        let resumed = tree.begin { [tree] in try await tree.application.resume() }
        tree.settle()
        #expect(resumed.value == [])
        tree.finish()
    }

    @Test("standing down finishes what is held and counts as draining until then, and nothing is lost by it")
    func standDown() throws {
        let inFlight = try tree.application.standDown()
        #expect(inFlight > 0 && tree.messages.inFlight == inFlight && tree.status.state == .draining)
        let (received, waiting) = (tree.messages.received, tree.application.waiting)
        #expect(tree.advance(atMost: .seconds(60)) { tree.messages.inFlight == 0 })
        #expect(tree.status.state == .paused && tree.messages.received == received)
        // What was read is where it was, and is not counted.
        #expect(waiting > 0 && tree.application.waiting == waiting)
        let resumed = tree.begin { [tree] in try await tree.application.resume() }
        #expect(tree.advance(atMost: .seconds(60)) { tree.messages.processed == 120 })
        #expect(resumed.value == ["a", "b"])
        #expect(scene.handler.completions.values.allSatisfy { $0 == 1 })
        tree.finish()
    }

    @Test(
        "a drain lasts until it is ended: a pause that is over does not, and nothing of it is read, nor of what was added"
    )
    func pauseDuringStandDown() throws {
        try tree.application.standDown()
        let received = tree.messages.received
        #expect(try tree.application.pause("a", for: .milliseconds(500)) == ["a"])
        let settings = tree.application.settings
        let added = FeedSource("c", count: 10)
        _ = tree.begin { [tree, scene] in
            try await tree.application.reload(settings, sources: scene.feeds + [added])
            return true
        }
        tree.advance(by: .seconds(10))
        #expect(tree.messages.received == received && tree.status.streams.allSatisfy { $0.state == .paused })
        #expect(tree.status.streams.allSatisfy { $0.pausedFor == nil })
        #expect(!tree.log.lines(.notice).contains { $0.contains("the pause is over") })
        let resumed = tree.begin { [tree] in try await tree.application.resume() }
        #expect(tree.advance(atMost: .seconds(60)) { tree.messages.processed == 130 })
        #expect(resumed.value == ["a", "b", "c"])
        tree.finish()
    }

    @Test("a stream that is resumed by its name during a drain is read, and the drain goes on for all others")
    func resumeOneDuringStandDown() throws {
        try tree.application.standDown()
        let (first, second) = (received(of: 0), received(of: 1))
        let resumed = tree.begin { [tree] in try await tree.application.resume("a") }
        tree.settle()
        let settings = tree.application.settings
        let added = FeedSource("c", count: 10)
        _ = tree.begin { [tree, scene] in
            try await tree.application.reload(settings, sources: scene.feeds + [added])
            return true
        }
        tree.advance(by: .seconds(30))
        #expect(resumed.value == ["a"] && received(of: 0) == 60 && first < 60)
        #expect(received(of: 1) == second && received(of: 2) == 0)
        for name in ["b", "c"] { _ = tree.begin { [tree] in try await tree.application.resume(name) } }
        #expect(tree.advance(atMost: .seconds(60)) { tree.messages.processed == 130 })
        // It holds nobody any more, so it is over for what is yet to come.
        #expect(!tree.application.intake.isStoodDown)
        tree.finish()
    }

    @Test("a stop ends the pauses: what was read is finished", arguments: [false, true])
    func stop(_ standsDown: Bool) throws {
        if standsDown { try tree.application.standDown() } else { try tree.application.pause() }
        tree.advance(by: .seconds(10))
        let (received, waiting) = (tree.messages.received, UInt64(tree.application.waiting))
        #expect(tree.finish() == 0)
        #expect(waiting > 0 && tree.messages.received == received + waiting)
        #expect(throws: StreamCommandError.stopping) { try tree.application.pause() }
        #expect(throws: StreamCommandError.stopping) { try tree.application.standDown() }
    }

    @Test("a stream that waits for its next try is tried at once when it is resumed by name")
    func waiting() throws {
        let source = WaitingSource()
        let tree = VirtualTree([source], handler: DirectedHandler())
        #expect(source.tries == 1)
        let all = tree.begin { try await tree.application.resume() }
        tree.settle()
        #expect(all.value == [] && source.tries == 1)
        let named = tree.begin { try await tree.application.resume("waiting") }
        tree.settle()
        #expect(named.value == ["waiting"] && source.tries == 2)
        tree.advance(by: .seconds(3599))
        #expect(source.tries == 2)
        tree.advance(by: .seconds(1))
        #expect(source.tries == 3)
        #expect(tree.status.restarts == 0)
        tree.finish()
    }

    @Test("a stream's status says since when it is down, how often it was tried, and when it is tried next")
    func downtime() throws {
        let source = WaitingSource(opens: 3)
        let tree = VirtualTree([source], handler: DirectedHandler())
        let start = tree.application.runtime.now
        var status: StreamStatus { tree.status.streams[0] }
        #expect(status.state == .waiting && status.attempts == 1)
        #expect(status.since == start && status.nextAttemptAt == start + .seconds(3600))
        tree.advance(by: .seconds(3600))
        #expect(status.attempts == 2 && status.since == start)
        #expect(status.nextAttemptAt == start + .seconds(7200) && status.error == "nobody is there")
        tree.advance(by: .seconds(3600))
        #expect(status.state == .open && status.attempts == 0 && status.nextAttemptAt == nil && status.error == nil)
        #expect(status.since == start + .seconds(7200))
        // It is open for a minute; then it is down since then.
        tree.advance(by: .seconds(60))
        #expect(status.state == .waiting && status.attempts == 0)
        #expect(status.since == start + .seconds(7260))
        tree.finish()
    }

    @Test("a stream that its server told to stop is tried again when it is resumed by name")
    func failed() throws {
        let source = EndingSource()
        let tree = VirtualTree([source], handler: DirectedHandler())
        #expect(tree.status.streams[0].state == .failed && tree.status.state == .degraded)
        #expect(tree.messages.processed == 1)
        let all = tree.begin { try await tree.application.resume() }
        tree.settle()
        #expect(all.value == [] && source.connections == 1)
        let named = tree.begin { try await tree.application.resume("ending") }
        tree.settle()
        #expect(named.value == ["ending"] && source.connections == 2)
        #expect(tree.status.streams[0].state == .open && tree.status.state == .running)
        #expect(tree.messages.processed == 2)
        // It was no crash, so nobody is charged for it.
        #expect(tree.status.restarts == 0)
        tree.finish()
    }
}

/// Brings one event whenever it connects; the first time, the server tells it to stop after that.
private final class EndingSource: Source {
    let name = "ending"
    let location = "test"
    private let starts = Counter()

    var connections: Int { starts.value }

    func run(_ intake: StreamIntake) async throws {
        let number = starts.next()
        _ = try await intake.resume()
        _ = intake.opened()
        try await intake.bring([.named("\(number)", id: "\(number)")], bytes: 10)
        if number == 1 {
            intake.report { status in
                status.state = .failed
                status.error = "204 No Content"
            }
        }
        try await Notify().wait()
    }
}

/// Waits an hour between its tries. One of them opens it, for a minute.
private final class WaitingSource: Source {
    let name = "waiting"
    let location = "test"
    private let starts = Counter()
    private let opens: Int?

    init(opens: Int? = nil) { self.opens = opens }

    var tries: Int { starts.value }

    func run(_ intake: StreamIntake) async throws {
        while true {
            intake.connecting()
            if starts.next() == opens {
                _ = intake.opened()
                try await intake.runtime.sleep(until: intake.runtime.now + .seconds(60))
            }
            intake.waiting(for: .seconds(3600), because: "nobody is there")
            try await intake.waitForNextAttempt(.seconds(3600))
        }
    }
}
