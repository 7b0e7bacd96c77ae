import CoreMetrics
import Locking
import NIOCore
import Supervision
import TestKit
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("What was counted of a removed stream")
struct RemovedStreamTests {
    /// Brings so many events more than the last one of its name did, whatever it is told to go on after.
    private struct BurstSource: Source {
        let name: String
        var location = "test"
        let numbers: ClosedRange<Int>

        func run(_ intake: StreamIntake) async throws {
            _ = intake.opened()
            let events = numbers.map { Event.numbered($0) }
            try await intake.bring(events, bytes: 10 * events.count)
            try await Notify().wait()
        }
    }

    private let tree = VirtualTree(
        [BurstSource(name: "a", numbers: 1...50), BurstSource(name: "b", numbers: 1...5)],
        handler: DirectedHandler { _, _ in .done })

    private func reload(_ sources: [any Source], then time: Duration = .seconds(2)) {
        let settings = tree.application.settings
        let done = tree.begin { [tree] in
            try await tree.application.reload(settings, sources: sources)
            return true
        }
        tree.advance(by: time)
        #expect(done.value == true)
    }

    private func stream(_ name: String) throws -> StreamStatus {
        try #require(tree.status.streams.first { $0.name == name })
    }

    private let other = BurstSource(name: "b", numbers: 1...5)

    @Test(
        "is counted on when it is added again: 50 events, removed, added, 100 more are 150",
        arguments: [
            // Its place has gone to nobody, or is still its own.
            (Duration.seconds(5), "test"), (.zero, "test"), (.seconds(5), "elsewhere"), (.zero, "elsewhere"),
        ])
    func countsOn(absence: Duration, location: String) throws {
        tree.advance(by: .seconds(2))
        #expect(try stream("a").events == 50)
        reload([other], then: absence)
        #expect(tree.status.streams.map(\.name) == ["b"])
        reload([BurstSource(name: "a", location: location, numbers: 51...150), other])
        #expect(try stream("a").events == 150 && stream("a").bytes == 1500)
        #expect(try stream("b").events == 5)
        tree.finish()
    }

    @Test("is counted on by one of its name from another place")
    func moved() throws {
        tree.advance(by: .seconds(2))
        reload([BurstSource(name: "a", location: "elsewhere", numbers: 1...100), other])
        #expect(try stream("a").events == 150 && stream("a").reconnects == 0)
        tree.finish()
    }

    @Test("is kept for so many names, and then the one that went first is forgotten")
    func bounded() {
        var removed = RemovedCounters()
        for number in 0...RemovedCounters.kept {
            var status = StreamStatus(name: "s\(number)", location: "test")
            status.events = 7
            removed.keep(status)
        }
        func events(_ name: String) -> UInt64 {
            var status = StreamStatus(name: name, location: "test")
            removed.resume(&status)
            return status.events
        }
        #expect(events("s0") == 0 && events("s1") == 7 && events("s\(RemovedCounters.kept)") == 7)
        // Taken once, they are the living one's.
        #expect(events("s1") == 0)
    }
}

extension Event {
    fileprivate static func numbered(_ number: Int) -> Event {
        Event(id: ByteBuffer(string: "\(number)"), data: ByteBuffer(string: "\(number)"))
    }
}
