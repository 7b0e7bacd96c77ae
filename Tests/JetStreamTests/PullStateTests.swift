import Testing

@testable import JetStream

@Suite("What a pull consumer asks for")
struct PullStateTests {
    private let start = ContinuousClock.now

    private func state(least: Int = 1) -> PullState {
        PullState(expires: .seconds(30), heartbeat: .seconds(5), least: least, at: start)
    }

    @Test("never more than was granted")
    func granted() {
        var state = state()
        #expect(state.ask(at: start) == nil)
        state.grant(10, bytes: 1000)
        #expect(state.ask(at: start) == .init(number: 1, messages: 10, bytes: 1000))
        #expect(state.ask(at: start) == nil)
        state.delivered(4, bytes: 400, at: start)
        #expect(state.outstanding == 6 && state.credits == 0)
        // The first request may still bring 600 bytes.
        state.grant(4, bytes: 300)
        #expect(state.ask(at: start) == .init(number: 2, messages: 4, bytes: 300))
        #expect(state.outstanding == 10)
    }

    @Test("a few are asked for only when nothing else is on its way")
    func few() {
        var state = state(least: 5)
        state.grant(10, bytes: 1000)
        _ = state.ask(at: start)
        state.delivered(3, bytes: 3, at: start)
        state.grant(3, bytes: 1000)
        #expect(state.ask(at: start) == nil)
        state.delivered(7, bytes: 7, at: start)
        #expect(state.ask(at: start)?.messages == 3)
    }

    @Test(
        "several requests stand at once, each with its share of the room, and one that is used up makes way for the next"
    )
    func several() {
        var state = state(least: 500)
        state.grant(4000, bytes: 64 << 20)
        let asks = (0..<4).compactMap { _ in state.ask(at: start) }
        #expect(asks.map(\.messages) == [1000, 1000, 1000, 1000] && asks.map(\.bytes).reduce(0, +) == 64 << 20)
        #expect(asks.map(\.bytes).max()! < 17 << 20)
        // As long as there is a flood, never is nothing on its way.
        for number in 5...1000 {
            state.delivered(500, bytes: 500 * 1000, at: start)
            state.grant(500, bytes: 500 * 1000)
            #expect(state.ask(at: start) == .init(number: UInt64(number), messages: 500, bytes: 500_000))
            #expect(state.outstanding == 4000)
        }
        // One that was not served ends like the others.
        #expect(state.ended(1, status: 408, "Request Timeout", pending: (900, 1 << 20), at: start) == nil)
        #expect(state.ask(at: start) == .init(number: 1001, messages: 900, bytes: 1 << 20))
    }

    @Test("not more is on its way than a server and the library are to hold, whatever the window")
    func many() {
        var state = state()
        state.grant(1_000_000, bytes: 1 << 40)
        var asks = 0
        while state.ask(at: start) != nil { asks += 1 }
        #expect(asks == 32 && state.outstanding == PullState.mostOutstanding)
    }

    @Test("what there was no room for gets all the room there is, and then waits for more")
    func cramped() {
        var state = state()
        state.grant(2000, bytes: 8 << 20)
        let asks = (0..<2).compactMap { _ in state.ask(at: start) }
        #expect(asks.map(\.bytes).reduce(0, +) == 8 << 20 && asks.map(\.bytes).max()! < 5 << 20)
        for ask in asks {
            let pending = (messages: ask.messages, bytes: ask.bytes)
            #expect(
                state.ended(ask.number, status: 409, "Message Size Exceeds MaxBytes", pending: pending, at: start)
                    == nil)
        }
        #expect(state.ask(at: start) == .init(number: 3, messages: 1000, bytes: 8 << 20))
        #expect(state.ask(at: start) == nil)
        _ = state.ended(3, status: 409, "Message Size Exceeds MaxBytes", pending: (1000, 8 << 20), at: start)
        #expect(state.ask(at: start) == nil && state.ask(at: start + .milliseconds(250)) != nil)
    }

    @Test(
        "what a request has not brought is asked for again",
        arguments: [(408, "Request Timeout"), (409, "Message Size Exceeds MaxBytes"), (404, "No Messages")])
    func rest(status: Int, text: String) {
        var state = state()
        state.grant(10, bytes: 1000)
        _ = state.ask(at: start)
        state.delivered(4, bytes: 4, at: start)
        #expect(state.ended(1, status: status, text, pending: (6, 996), at: start) == nil)
        #expect(state.outstanding == 0)
        #expect(state.ask(at: start)?.messages == 6)
        // The status of a request that is over says nothing.
        #expect(state.ended(1, status: status, text, pending: (6, 996), at: start) == nil)
        #expect(state.outstanding == 6)
    }

    @Test("after a change of leader all is asked for again, at once")
    func leader() {
        var state = state(least: 2)
        state.grant(4, bytes: 1000)
        _ = state.ask(at: start)
        state.delivered(2, bytes: 2, at: start)
        state.grant(2, bytes: 1000)
        _ = state.ask(at: start)
        #expect(state.ended(1, status: 409, "Leadership Change", pending: nil, at: start) == nil)
        #expect(state.ask(at: start)?.messages == 4)
    }

    @Test("after silence it waits, longer each time, and up to five seconds")
    func silence() {
        var state = state()
        state.grant(1, bytes: 1000)
        var now = start
        var pauses: [Duration] = []
        for number in 1...7 {
            #expect(state.ask(at: now)?.messages == 1)
            #expect(state.ended(UInt64(number), status: 503, "", pending: nil, at: now) == .silence)
            var pause = Duration.zero
            while state.credits > 0, pause < .seconds(10) {
                var copy = state
                if copy.ask(at: now + pause) != nil { break }
                pause += .milliseconds(50)
            }
            pauses.append(pause)
            now += pause
        }
        #expect(pauses == [250, 500, 1000, 2000, 4000, 5000, 5000].map { .milliseconds($0) })
        _ = state.ask(at: now)
        state.delivered(1, bytes: 1, at: now)
        state.grant(1, bytes: 1000)
        #expect(state.ask(at: now) != nil)
    }

    @Test("a request of which nothing is heard is lost after two and a half heartbeats")
    func lost() {
        var state = state()
        state.grant(2, bytes: 1000)
        _ = state.ask(at: start)
        #expect(state.expire(at: start + .seconds(12)) == false)
        #expect(state.ended(1, status: 100, "Idle Heartbeat", pending: nil, at: start + .seconds(12)) == nil)
        #expect(state.expire(at: start + .seconds(24)) == false)
        #expect(state.expire(at: start + .milliseconds(24_500)) == true)
        #expect(state.outstanding == 0)
        #expect(state.ask(at: start + .seconds(25))?.messages == 2)
    }

    @Test("a status that got lost is made up for when its request is over in any case")
    func lostStatus() {
        var state = state()
        state.grant(2, bytes: 1000)
        _ = state.ask(at: start)
        for second in 1...40 {
            _ = state.ended(99, status: 100, "", pending: nil, at: start + .seconds(second))
            #expect(state.expire(at: start + .seconds(second)) == false)
        }
        #expect(state.ask(at: start + .seconds(40))?.messages == 2)
    }

    @Test("what comes in spite of that is paid back")
    func late() {
        var state = state()
        state.grant(3, bytes: 1000)
        _ = state.ask(at: start)
        state.lost(at: start)
        state.delivered(3, bytes: 3, at: start)
        #expect(state.ask(at: start) == nil)
        state.grant(1, bytes: 1000)
        #expect(state.ask(at: start)?.messages == 1)
    }

    @Test("the owner hears what he can mend")
    func notices() {
        var state = state()
        state.grant(1, bytes: 1000)
        _ = state.ask(at: start)
        #expect(state.ended(1, status: 409, "Consumer Deleted", pending: nil, at: start) == .deleted)
        _ = state.ask(at: start + .seconds(1))
        #expect(
            state.ended(2, status: 409, "Exceeded MaxWaiting", pending: (1, 1000), at: start + .seconds(1))
                == .refused("Exceeded MaxWaiting (409)"))
    }
}
