import Locking
import Testing

@testable import Systemd

@Suite("A round of the watchdog")
struct WatchdogRoundTests {
    private var round = WatchdogRound(period: .seconds(10))

    private func silent(
        _ seconds: Int?, _ name: String = "a", station: String? = nil
    ) -> (
        name: String, station: String?, silence: Duration?
    ) {
        (name, station, seconds.map { .seconds($0) })
    }

    private func late(_ seconds: Int, _ name: String = "a", station: String? = nil) -> LateBeat {
        LateBeat(name: name, station: station, silence: .seconds(seconds))
    }

    @Test("pings when every beat has come")
    mutating func alive() {
        #expect(round.conclude(at: .zero, [silent(nil), silent(nil, "b")]) == .alive())
        #expect(round.conclude(at: .seconds(10), [silent(nil), silent(nil, "b")]) == .alive())
    }

    @Test("a beat that has been out for less than a period is not late")
    mutating func underway() {
        #expect(round.conclude(at: .seconds(10), [silent(8)]) == .alive())
        #expect(round.conclude(at: .seconds(20), [silent(9)]) == .late([late(9)], isNews: true))
    }

    @Test("withholds the ping for a late beat, says so once, and says when it is in time again")
    mutating func lateBeats() {
        _ = round.conclude(at: .zero, [silent(nil), silent(nil, "b")])
        #expect(
            round.conclude(at: .seconds(10), [silent(10, station: "x"), silent(nil, "b")])
                == .late([late(10, station: "x")], isNews: true))
        #expect(
            round.conclude(at: .seconds(20), [silent(20, station: "x"), silent(nil, "b")])
                == .late([late(20, station: "x")], isNews: false))
        #expect(
            round.conclude(at: .seconds(30), [silent(30, station: "x"), silent(10, "b")])
                == .late([late(30, station: "x"), late(10, "b")], isNews: true))
        #expect(round.conclude(at: .seconds(40), [silent(nil), silent(nil, "b")]) == .alive(again: ["a", "b"]))
        #expect(round.conclude(at: .seconds(50), [silent(nil), silent(nil, "b")]) == .alive())
    }

    @Test("a round that comes too late itself excuses the others, once")
    mutating func overslept() {
        _ = round.conclude(at: .zero, [silent(nil)])
        #expect(round.conclude(at: .seconds(3600), [silent(3600)]) == .forgiven([late(3600)], after: .seconds(3600)))
        #expect(round.conclude(at: .seconds(3610), [silent(3610)]) == .late([late(3610)], isNews: true))
    }

    @Test("two rounds in a row that come too late are no excuse")
    mutating func oversleptTwice() {
        _ = round.conclude(at: .zero, [silent(nil)])
        #expect(round.conclude(at: .seconds(16), [silent(16)]) == .forgiven([late(16)], after: .seconds(16)))
        #expect(round.conclude(at: .seconds(32), [silent(32)]) == .late([late(32)], isNews: true))
    }

    @Test("a late round with nothing amiss pings, and the next one is judged as ever")
    mutating func oversleptAlone() {
        _ = round.conclude(at: .zero, [silent(nil)])
        #expect(round.conclude(at: .seconds(60), [silent(nil)]) == .alive())
        #expect(round.conclude(at: .seconds(70), [silent(10)]) == .late([late(10)], isNews: true))
    }

    @Test("a late beat is named with the station that it waits for")
    func description() {
        #expect(
            late(10, "the tree", station: "flow_manager").description
                == "the tree (flow_manager) has not answered for 10.0 s")
        #expect(late(10, "dealing").description == "dealing has not answered for 10.0 s")
    }
}

@Suite("The questions of the watchdog")
struct WatchdogQuestionTests {
    /// Keeps the echoes that it was asked with.
    private final class Part: Sendable {
        let echoes = Locked<[Echo]>([])
        var beat: Beat { .echo("part") { echo in self.echoes.withLock { $0.append(echo) } } }
    }

    @Test("are asked anew once they are answered, and not before")
    func asked() {
        let part = Part()
        var rounds = Rounds([part.beat], period: .seconds(10))
        #expect(rounds.next(at: .zero) == .alive())
        part.echoes.withLock { $0[0].answer() }
        #expect(rounds.next(at: .seconds(10)) == .alive())
        #expect(part.echoes.withLock(\.count) == 2)
        part.echoes.withLock { $0[1].waits(for: "station") }
        let late = LateBeat(name: "part", station: "station", silence: .seconds(10))
        #expect(rounds.next(at: .seconds(20)) == .late([late], isNews: true))
        #expect(part.echoes.withLock(\.count) == 2)
        part.echoes.withLock { $0[1].answer() }
        #expect(rounds.next(at: .seconds(30)) == .alive(again: ["part"]))
        #expect(part.echoes.withLock(\.count) == 3)
    }

    @Test("work that makes no progress for a period is late, a moment's is not")
    func stall() {
        let stalled = Locked<Duration?>(nil)
        var rounds = Rounds([.stall("writer") { stalled.withLock { $0 } }], period: .seconds(10))
        #expect(rounds.next(at: .zero) == .alive())
        stalled.withLock { $0 = .seconds(4) }
        #expect(rounds.next(at: .seconds(10)) == .alive())
        stalled.withLock { $0 = .seconds(14) }
        let late = LateBeat(name: "writer", station: nil, silence: .seconds(14))
        #expect(rounds.next(at: .seconds(20)) == .late([late], isNews: true))
    }
}
