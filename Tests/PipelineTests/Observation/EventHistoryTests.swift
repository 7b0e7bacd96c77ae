import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("The history of events")
struct EventHistoryTests {
    private let history = EventHistory(wallClock: { 42 })

    private func note(_ kind: TreeEvent.Kind, _ count: Int = 1) {
        for _ in 0..<count { history.append(.note(kind, .info, "x", [:])) }
    }

    @Test("events are numbered from 1, and are read in their order")
    func numbers() {
        note(.control)
        note(.daemon)
        let (events, next, missed) = history.read(Set(TreeEvent.Kind.allCases), after: nil, limit: 10)
        #expect(events.map(\.id) == [1, 2] && events.map(\.kind) == [.control, .daemon])
        #expect(next == 3 && missed == 0)
    }

    @Test("a storm of one kind leaves the others where they are")
    func storm() {
        note(.control)
        note(.crash, 10_000)
        let control = history.read([.control], after: nil, limit: 10)
        #expect(control.events.map(\.id) == [1] && control.missed == 0)
        #expect(history.read([.crash], after: nil, limit: 1000).events.count == EventHistory.kept)
    }

    @Test("what is no longer kept is counted, exactly")
    func missed() {
        note(.crash, 600)
        note(.control, 2)
        note(.crash, 100)
        // 700 crashes, of which the first 200 are gone; numbers 1 to 600 and 603 to 702.
        let all = Set(TreeEvent.Kind.allCases)
        #expect(history.read(all, after: 0, limit: 1000).missed == 200)
        #expect(history.read(all, after: 150, limit: 1000).missed == 50)
        #expect(history.read(all, after: 200, limit: 1000).missed == 0)
        #expect(history.read([.crash], after: 199, limit: 1000).missed == 1)
        #expect(history.read([.control], after: 0, limit: 1000).missed == 0)
    }

    @Test("the last ones that are asked for are all there: nothing is missed")
    func lastOnes() {
        note(.crash, 2000)
        let read = history.read([.crash], after: nil, limit: 3)
        #expect(read.events.map(\.id) == [1998, 1999, 2000] && read.missed == 0 && read.next == 2001)
        #expect(history.read([.crash], after: nil, limit: 600).missed == 100)
    }

    @Test("who follows gets what is kept above a number, then what comes, and only the kinds that were asked for")
    func follow() async throws {
        note(.control, 3)
        let reader = try #require(history.follow([.control], after: 1))
        note(.crash)
        note(.control)
        #expect(await reader.next()?.id == 2)
        #expect(await reader.next()?.id == 3)
        #expect(await reader.next()?.id == 5)
    }

    @Test("who follows without a number gets what comes from now on")
    func followFromNow() async throws {
        note(.control, 3)
        let reader = try #require(history.follow([.control], after: nil))
        note(.control)
        #expect(await reader.next()?.id == 4)
    }

    @Test("a reader that is too slow is sent away after what waited for it, and goes on by number without a gap")
    func slowReader() async throws {
        let reader = try #require(history.follow([.crash, .control], after: nil))
        note(.crash, EventHistory.backlog + 1)
        var last: UInt64 = 0
        while let event = await reader.next() {
            #expect(event.id == last + 1)
            last = event.id
        }
        #expect(last == UInt64(EventHistory.backlog))
        #expect(history.followerCount == 0)
        let again = try #require(history.follow([.crash], after: last))
        #expect(await again.next()?.id == last + 1)
    }

    @Test("a reader that is dropped costs nothing any more")
    func dropped() {
        var reader = history.follow([.crash], after: nil)
        #expect(history.followerCount == 1)
        withExtendedLifetime(reader) {}
        reader = nil
        #expect(history.followerCount == 0)
    }

    @Test("a reader that is cancelled stops waiting")
    func cancelled() async throws {
        let reader = try #require(history.follow([.crash], after: nil))
        let task = Task { await reader.next() }
        task.cancel()
        #expect(await task.value?.id == nil)
    }

    @Test("no more may follow than are borne")
    func followerLimit() {
        let readers = (0..<EventHistory.followers).map { _ in history.follow([.crash], after: nil) }
        #expect(history.follow([.crash], after: nil).map { _ in true } == nil)
        withExtendedLifetime(readers) {}
    }

    @Test("when the tree has ended, readers are sent away after what waited for them")
    func ended() async throws {
        let reader = try #require(history.follow([.daemon], after: nil))
        note(.daemon)
        history.end()
        #expect(await reader.next()?.id == 1)
        #expect(await reader.next()?.id == nil)
        #expect(await history.follow([.daemon], after: nil)?.next()?.id == nil)
    }
}
