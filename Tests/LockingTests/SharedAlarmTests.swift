import Testing

@testable import Locking

@Suite("An alarm that many share", .timeLimit(.minutes(1)))
struct SharedAlarmTests {
    private final class Sleeper: Sleeping {
        let name: String
        var hasGone = false

        init(_ name: String) { self.name = name }
    }

    private static let second: UInt64 = 1_000_000_000

    private func due(_ queue: inout TimerQueue<Sleeper>, at now: UInt64) -> [String] {
        var names: [String] = []
        while let sleeper = queue.popDue(at: now) { names.append(sleeper.name) }
        return names
    }

    @Test("sleeps that are over when the first has to end are ended with it")
    func together() {
        var queue = TimerQueue<Sleeper>()
        let latest = queue.add(Sleeper("first"), for: Self.second, at: 0)
        #expect(latest == Self.second + Self.second / 32)
        _ = queue.add(Sleeper("soon after"), for: Self.second, at: 10_000_000)
        _ = queue.add(Sleeper("later"), for: Self.second, at: 40_000_000)
        #expect(queue.next == latest)
        #expect(due(&queue, at: latest) == ["first", "soon after"])
        #expect(queue.next == 40_000_000 + Self.second + Self.second / 32)
        #expect(due(&queue, at: 2 * Self.second) == ["later"])
        #expect(queue.next == nil)
    }

    @Test("a long sleep ends with a short one when it is over by then")
    func longWithShort() {
        var queue = TimerQueue<Sleeper>()
        _ = queue.add(Sleeper("long"), for: 10 * Self.second, at: 0)
        let latest = queue.add(Sleeper("short"), for: Self.second / 10, at: 10 * Self.second)
        #expect(queue.next == latest)
        #expect(due(&queue, at: latest) == ["short", "long"])
    }

    @Test("no sleep ends before its time, and none for ever is too long")
    func bounds() {
        var queue = TimerQueue<Sleeper>()
        #expect(queue.add(Sleeper("for ever"), for: .max, at: 5) == UInt64.max / 2)
        #expect(queue.add(Sleeper("short"), for: 1000, at: 5) == 251_005)
        #expect(due(&queue, at: 1004).isEmpty)
        #expect(due(&queue, at: 1005) == ["short"])
    }

    @Test("those who have gone keep no room")
    func gone() {
        var queue = TimerQueue<Sleeper>()
        _ = queue.add(Sleeper("stays"), for: Self.second, at: 0)
        for _ in 0..<10_000 {
            let sleeper = Sleeper("goes")
            _ = queue.add(sleeper, for: Self.second, at: 0)
            sleeper.hasGone = true
            queue.noteGone()
        }
        #expect(queue.count < 200)
        #expect(due(&queue, at: 2 * Self.second) == ["stays"])
        #expect(queue.next == nil)
    }

    @Test("many sleep, each at least as long as he asked for; cancelled ones end at once")
    func sleeping() async throws {
        let forever = Task { try await SharedAlarm.shared.sleep(for: .seconds(1 << 40)) }
        try await withThrowingTaskGroup { group in
            for number in 0..<200 {
                group.addTask {
                    let span = Duration.microseconds(100 * number)
                    let begin = SuspendingClock.now
                    try await SharedAlarm.shared.sleep(for: span)
                    #expect(SuspendingClock.now - begin >= span)
                }
            }
            try await group.waitForAll()
        }
        forever.cancel()
        await #expect(throws: CancellationError.self) { try await forever.value }
        let late = Task { try await SharedAlarm.shared.sleep(for: .seconds(1 << 40)) }
        late.cancel()
        await #expect(throws: CancellationError.self) { try await late.value }
    }
}
