import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("Changes of streams")
struct StreamWatchTests {
    private func status(_ state: StreamStatus.State, reconnects: UInt64 = 0, error: String? = nil) -> StreamStatus {
        var status = StreamStatus(name: "a", location: "test")
        status.state = state
        status.reconnects = reconnects
        status.error = error
        return status
    }

    @Test("each change is told once; an attempt to connect is none")
    func changes() {
        var watch = StreamWatch()
        let seen: [StreamStatus] = [
            status(.connecting), status(.open), status(.open), status(.waiting, error: "reset"), status(.connecting),
            status(.waiting, error: "refused"), status(.open, reconnects: 1), status(.paused, reconnects: 1),
            status(.failed, reconnects: 1, error: "204"), status(.failed, reconnects: 1, error: "204"),
        ]
        let told = seen.map { watch.changes(in: [$0]).map(\.description) }
        #expect(
            told == [
                [], ["stream a is open"], [], ["stream a is down: reset"], [], [],
                ["stream a is open again (reconnect 1)"],
                ["stream a is paused"], ["stream a has ended for good: 204"], [],
            ])
    }

    @Test("a stream that was down between two looks is told of")
    func flap() {
        var watch = StreamWatch()
        _ = watch.changes(in: [status(.open)])
        #expect(watch.changes(in: [status(.open, reconnects: 2)]).map(\.reconnects) == [2])
    }

    @Test("a stream that is gone is forgotten also when another has come in its place")
    func replaced() {
        var watch = StreamWatch()
        _ = watch.changes(in: [status(.open)])
        let other = StreamStatus(name: "b", location: "test")
        #expect(watch.changes(in: [other]).isEmpty)
        #expect(watch.changes(in: [status(.open)]).count == 1)
    }

    @Test("a stream that is gone is forgotten, and new when it is back")
    func removed() {
        var watch = StreamWatch()
        _ = watch.changes(in: [status(.open)])
        #expect(watch.changes(in: []).isEmpty)
        #expect(watch.changes(in: [status(.open)]).count == 1)
    }
}
