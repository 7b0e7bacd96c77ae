import NIOCore
import Pipeline
import Testing

@testable import JetStream
@testable import NATSSource

@Suite("What of a consumer's messages is here")
struct ConsumerBooksTests {
    private let start = ContinuousClock.now

    private func message(_ sequence: UInt64, delivery: Int = 1, storedAt: Int64 = 7, size: Int = 10) -> PulledMessage {
        let reply = "$JS.ACK.S.c.\(delivery).\(sequence).\(sequence).\(storedAt).0"
        let payload = ByteBuffer(repeating: 0x61, count: max(size - reply.utf8.count, 0))
        return PulledMessage(reply: AckSubject(reply)!, replyBytes: reply.utf8.count, bytes: payload)
    }

    private func books(window: Int = 10, maxDeliveries: Int = 5) -> ConsumerBooks {
        var books = ConsumerBooks(maxDeliveries: maxDeliveries)
        books.setWindow(messages: window, bytes: 10_000)
        _ = books.grant()
        return books
    }

    private func batch(_ books: inout ConsumerBooks) -> [UInt64] {
        guard case .batch(let messages) = books.next() else { return [] }
        return messages.map(\.delivery.sequence)
    }

    private func alone(_ books: inout ConsumerBooks) -> UInt64? {
        guard case .alone(let message) = books.next() else { return nil }
        return message.delivery.sequence
    }

    @Test("what is granted and what is held are never more than the window")
    func window() {
        var books = books()
        #expect(books.grant() == nil)
        let size = message(1).size
        _ = books.arrived([message(1), message(2), message(3)], isAsked: true, at: start)
        #expect(books.heldCount == 3 && books.grant() == nil)
        #expect(batch(&books) == [1, 2, 3])
        _ = books.settled([SettlementNotice(receipt: 2, how: .processed)], at: start)
        #expect(books.grant()! == (1, size))
        // The window becomes smaller: what was granted is taken back.
        books.setWindow(messages: 4, bytes: 10_000)
        #expect(books.grant()! == (-6, 0))
    }

    @Test("each end is said once, dead letters as terminated")
    func ends() {
        var books = books()
        let messages = (1...4).map { message(UInt64($0)) }
        _ = books.arrived(messages, isAsked: true, at: start)
        _ = batch(&books)
        let notices: [SettlementNotice] = [
            .init(receipt: 1, how: .processed), .init(receipt: 2, how: .killed), .init(receipt: 3, how: .deadLettered),
            .init(receipt: 9, how: .processed),
        ]
        let settled = books.settled(notices, at: start)
        #expect(settled.done == [messages[0].reply, messages[1].reply] && settled.terminated == [messages[2].reply])
        #expect(books.settled(notices, at: start) == ConsumerBooks.Settled() && books.heldCount == 1)
    }

    @Test("a delivery of what is held takes its place, and is counted and not brought")
    func redelivery() {
        var books = books()
        _ = books.arrived([message(1)], isAsked: true, at: start)
        let again = message(1, delivery: 2)
        #expect(!books.arrived([again], isAsked: true, at: start).hasNews)
        #expect(batch(&books) == [1] && batch(&books) == [])
        #expect(books.redelivered == 1 && books.repeated == 1)
        // What it took of the grant is granted again.
        #expect(books.grant()! == (1, again.size))
        #expect(books.settled([.init(receipt: 1, how: .processed)], at: start).done == [again.reply])
    }

    @Test("the acknowledgement that was lost is said again, and nothing is done twice")
    func lostAcknowledgement() {
        var books = books()
        _ = books.arrived([message(1), message(2)], isAsked: true, at: start)
        _ = batch(&books)
        _ = books.settled([.init(receipt: 1, how: .processed), .init(receipt: 2, how: .deadLettered)], at: start)
        let arrival = books.arrived([message(1, delivery: 2), message(2, delivery: 2)], isAsked: true, at: start)
        #expect(arrival.settled.map(\.how) == [.processed, .deadLettered] && !arrival.hasNews)
        #expect(books.repeated == 2 && books.heldCount == 0)
        let since = books.settled(since: start - .seconds(1))
        #expect(since.done.count == 1 && since.terminated.count == 1)
        #expect(books.settled(since: start + .seconds(1)) == ConsumerBooks.Settled())
        _ = books.due(after: .zero, at: start + RecentlySettled.longest)
        #expect(books.arrived([message(1, delivery: 3)], isAsked: true, at: start).hasNews)
    }

    @Test("what was settled of late is known by number and time; the oldest goes for who has its place")
    func recentlySettled() {
        var recent = RecentlySettled()
        let third = message(1 + UInt64(RecentlySettled.count)).reply
        recent.add(message(1).reply, .processed, at: start)
        recent.add(message(2).reply, .deadLettered, at: start + .seconds(1))
        #expect(recent.how(1, storedAt: 7) == .processed && recent.how(1, storedAt: 8) == nil)
        #expect(recent.how(1 + UInt64(RecentlySettled.count), storedAt: 7) == nil)
        #expect(recent.settled(since: start).map(\.reply) == [message(1).reply, message(2).reply])
        recent.add(third, .killed, at: start + .seconds(2))
        #expect(recent.how(1, storedAt: 7) == nil && recent.how(.max, storedAt: 7) == nil)
        recent.forget(at: start + .seconds(1) + RecentlySettled.longest)
        #expect(recent.settled(since: start).map(\.reply) == [third])
    }

    @Test("a message of another stream under the same name and number is another one")
    func anotherStream() {
        var books = books()
        _ = books.arrived([message(1), message(2)], isAsked: true, at: start)
        _ = batch(&books)
        _ = books.settled([.init(receipt: 1, how: .processed)], at: start)
        #expect(books.arrived([message(1, storedAt: 8)], isAsked: true, at: start).hasNews)
        // The first of the number is still in process: the other one is left to be delivered again.
        let other = books.arrived([message(2, storedAt: 8)], isAsked: true, at: start)
        #expect(!other.hasNews && books.repeated == 0)
        books.orphan()
        #expect(books.settled([.init(receipt: 2, how: .processed)], at: start) == ConsumerBooks.Settled())
        #expect(books.arrived([message(2, storedAt: 8)], isAsked: true, at: start).hasNews)
        #expect(books.due(after: .zero, at: start).count == 1)
    }

    @Test("in progress is said of each within the third of its time")
    func progress() {
        var books = books()
        _ = books.arrived([message(1)], isAsked: true, at: start)
        _ = books.arrived([message(2)], isAsked: true, at: start + .seconds(5))
        #expect(books.due(after: .seconds(10), at: start + .seconds(10)) == [message(1).reply])
        #expect(books.due(after: .seconds(10), at: start + .seconds(15)) == [message(2).reply])
        #expect(books.due(after: .seconds(10), at: start + .seconds(20)) == [message(1).reply])
    }

    @Test("a suspect waits until nothing else is held, and is brought alone; meanwhile nothing is asked for")
    func suspects() {
        var books = books()
        _ = books.arrived(
            [message(1), message(2, delivery: 5), message(3, delivery: 9), message(4)], isAsked: true, at: start)
        #expect(books.hasSuspects)
        #expect(batch(&books) == [1, 4] && alone(&books) == nil)
        _ = books.settled([.init(receipt: 1, how: .processed)], at: start)
        #expect(alone(&books) == nil)
        _ = books.settled([.init(receipt: 4, how: .processed)], at: start)
        #expect(alone(&books) == 2 && alone(&books) == nil && batch(&books) == [])
        let settled = books.settled([.init(receipt: 2, how: .processed)], at: start)
        #expect(settled.suspect == SuspectKey(sequence: 2, storedAt: 7))
        #expect(books.hasSuspects && alone(&books) == 3)
        _ = books.settled([.init(receipt: 3, how: .deadLettered)], at: start)
        #expect(!books.hasSuspects)
    }

    @Test("what could not be brought is brought next, and what nobody brings is given back")
    func givenBack() {
        var books = books()
        let messages = [message(1), message(2), message(3, delivery: 5)]
        _ = books.arrived(messages, isAsked: true, at: start)
        guard case .batch(let some) = books.next() else { return #expect(Bool(false)) }
        books.takeBack(some)
        #expect(batch(&books) == [1, 2])
        #expect(books.giveBackUnbrought() == [messages[2].reply] && books.heldCount == 2)
        #expect(Set(books.giveBackAll().replies) == [messages[0].reply, messages[1].reply] && books.heldCount == 0)
    }
}
