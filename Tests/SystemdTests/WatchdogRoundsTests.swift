import Locking
import Testing

@testable import Systemd

@Suite("A round of the watchdog")
struct WatchdogRoundsTests {
    /// A part that answers when the test says so.
    private final class Part: Sendable {
        let name: String
        private let echoes = Locked<[Echo]>([])

        init(_ name: String = "a") {
            self.name = name
        }

        var beat: Beat { .echo(name) { echo in self.echoes.withLock { $0.append(echo) } } }
        /// How often it was asked.
        var count: Int { echoes.withLock(\.count) }

        func answer() { echoes.withLock { $0.last }?.answer() }
        func waits(for station: String) { echoes.withLock { $0.last }?.waits(for: station) }
    }

    private let a = Part("a")
    private let b = Part("b")
    private var rounds: WatchdogRounds

    init() {
        rounds = WatchdogRounds([a.beat, b.beat], period: .seconds(10))
    }

    private func late(_ seconds: Int, _ name: String = "a", station: String? = nil) -> LateBeat {
        LateBeat(name: name, station: station, silence: .seconds(seconds))
    }

    @Test("is over when all have answered, and pings")
    mutating func alive() {
        rounds.ask(at: .zero)
        #expect(!rounds.areAllAnswered)
        a.answer()
        #expect(!rounds.areAllAnswered)
        b.answer()
        #expect(rounds.areAllAnswered)
        #expect(rounds.conclude(at: .milliseconds(5)) == .alive())
    }

    @Test("tells whoever waits for the answers of each")
    func tellsOfAnswers() {
        let answers = Locked(0)
        var rounds = WatchdogRounds([a.beat], period: .seconds(10)) { answers.withLock { $0 += 1 } }
        rounds.ask(at: .zero)
        a.answer()
        #expect(answers.withLock { $0 } == 1)
    }

    @Test("asks anew whoever has answered, and nobody else")
    mutating func asked() {
        rounds.ask(at: .zero)
        a.answer()
        rounds.ask(at: .seconds(10))
        #expect(a.count == 2 && b.count == 1)
    }

    @Test("without an answer in its time withholds the ping, says so once, and says when all is in time again")
    mutating func lateBeats() {
        rounds.ask(at: .zero)
        a.waits(for: "x")
        b.answer()
        #expect(rounds.conclude(at: .seconds(10)) == .late([late(10, station: "x")], isNews: true))
        rounds.ask(at: .seconds(10))
        b.answer()
        #expect(rounds.conclude(at: .seconds(20)) == .late([late(20, station: "x")], isNews: false))
        rounds.ask(at: .seconds(20))
        #expect(rounds.conclude(at: .seconds(30)) == .late([late(30, station: "x"), late(10, "b")], isNews: true))
        a.answer()
        b.answer()
        rounds.ask(at: .seconds(30))
        a.answer()
        b.answer()
        #expect(rounds.conclude(at: .seconds(31)) == .alive(again: ["a", "b"]))
        rounds.ask(at: .seconds(40))
        a.answer()
        b.answer()
        #expect(rounds.conclude(at: .seconds(40)) == .alive())
    }

    @Test("excuses the others once when the watchdog itself has overslept")
    mutating func overslept() {
        rounds.ask(at: .zero)
        let all = [late(3600), late(3600, "b")]
        #expect(
            rounds.conclude(at: .seconds(3600), overslept: .seconds(3590)) == .forgiven(all, after: .seconds(3590)))
        #expect(
            rounds.conclude(at: .seconds(3610)) == .late([late(3610), late(3610, "b")], isNews: true))
    }

    @Test("overslept twice in a row is no excuse")
    mutating func oversleptTwice() {
        rounds.ask(at: .zero)
        b.answer()
        #expect(rounds.conclude(at: .seconds(16), overslept: .seconds(6)) == .forgiven([late(16)], after: .seconds(6)))
        #expect(rounds.conclude(at: .seconds(32), overslept: .seconds(6)) == .late([late(32)], isNews: true))
    }

    @Test("overslept with nothing amiss pings")
    mutating func oversleptAlone() {
        rounds.ask(at: .zero)
        a.answer()
        b.answer()
        #expect(rounds.conclude(at: .seconds(60), overslept: .seconds(50)) == .alive())
    }

    @Test("takes work without progress for a period as late, that of a moment not")
    func stall() {
        let stalled = Locked<Duration?>(nil)
        var rounds = WatchdogRounds([.stall("writer") { stalled.withLock { $0 } }], period: .seconds(10))
        rounds.ask(at: .zero)
        #expect(rounds.areAllAnswered)
        #expect(rounds.conclude(at: .zero) == .alive())
        stalled.withLock { $0 = .seconds(8) }
        #expect(rounds.conclude(at: .seconds(10)) == .alive())
        stalled.withLock { $0 = .seconds(18) }
        #expect(rounds.conclude(at: .seconds(20)) == .late([late(18, "writer")], isNews: true))
    }

    @Test("does not look at work as long as somebody owes an answer, who may hold what it would look at")
    mutating func echoesFirst() {
        let looks = Locked(0)
        var rounds = WatchdogRounds(
            [
                a.beat,
                .stall("writer") {
                    looks.withLock { $0 += 1 }
                    return .seconds(60)
                },
            ], period: .seconds(10))
        rounds.ask(at: .zero)
        #expect(rounds.conclude(at: .seconds(10)) == .late([late(10)], isNews: true))
        #expect(looks.withLock { $0 } == 0)
        a.answer()
        #expect(rounds.conclude(at: .seconds(11)) == .late([late(60, "writer")], isNews: true))
    }

    @Test("names what is late with the station that it waits for")
    func description() {
        #expect(
            late(10, "the tree", station: "flow_manager").description
                == "the tree (flow_manager) has not answered for 10.0 s")
        #expect(late(10, "dealing").description == "dealing has not answered for 10.0 s")
    }
}
