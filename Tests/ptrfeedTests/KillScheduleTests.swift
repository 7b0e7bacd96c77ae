import Testing

@testable import ptrfeed

@Suite("Kill messages")
struct KillScheduleTests {
    private func kills(every: Int, count: Int) -> [Int] {
        var configuration = FeedConfiguration()
        configuration.count = count
        let schedule = KillSchedule(every: every, total: count)
        return [1, 2].map { stream in
            let limit = configuration.limit(ofStream: stream)
            return limit == 0 ? 0 : (1...limit).count { schedule.isKill(stream: stream, position: $0) }
        }
    }

    @Test("60,000 messages with a kill every 50 hold 1,200 kills, half on each stream")
    func course() {
        #expect(kills(every: 50, count: 60_000) == [600, 600])
    }

    @Test("n messages hold exactly n / every kills, whatever n", arguments: [1, 2, 3, 4, 5, 7, 50])
    func exact(every: Int) {
        for count in 1...210 {
            let counted = kills(every: every, count: count)
            #expect(counted[0] + counted[1] == count / every, "of \(count)")
            #expect(abs(counted[0] - counted[1]) <= 1)
        }
    }

    @Test("every 1 kills with every message, every 0 with none")
    func extremes() {
        #expect(kills(every: 1, count: 9) == [5, 4])
        #expect(kills(every: 0, count: 9) == [0, 0])
    }
}
