import Locking
import NATSKit
import NIOCore
import Testing

@testable import JetStream

@Suite("What is waited for")
struct RequestTests {
    private final class Receiver: ReplyReceiver {
        let got = Collected<PlacedReply>()
        func replied(_ replies: [PlacedReply]) { got.add(replies) }
    }

    @Test("each request has one end, whichever comes first")
    func oneEnd() {
        var table = RequestTable()
        let (receiver, now) = (Receiver(), ContinuousClock.now)
        let first = table.register(receiver, places: [3], deadline: now + .seconds(1))
        let second = table.register(receiver, places: [4], deadline: now + .seconds(2))
        #expect(table.take(first)?.place == 3)
        #expect(table.take(first) == nil)
        #expect(table.takeExpired(at: now + .milliseconds(1999)).isEmpty)
        #expect(table.takeExpired(at: now + .seconds(2)).map(\.place) == [4])
        #expect(table.take(second) == nil)
        #expect(table.count == 0)
    }

    @Test("requests that go out together have numbers in a row, however many they are")
    func together() {
        var table = RequestTable()
        let (receiver, count) = (Receiver(), 70_000)
        let first = table.register(receiver, places: Array(0..<count), deadline: .now)
        let other = table.register(receiver, places: [7], deadline: .now)
        #expect(table.count == count + 1)
        for place in [0, 65_535, 65_536, count - 1] { #expect(table.take(first + UInt64(place))?.place == place) }
        for number in [first + UInt64(count), first + 65_536, first - 1, 0, .max] { #expect(table.take(number) == nil) }
        #expect(table.take(other)?.place == 7)
        #expect(table.takeAll().map(\.place) == (1..<count - 1).filter { $0 != 65_535 && $0 != 65_536 })
        #expect(table.count == 0)
    }

    @Test("ends go to whom they belong, several at once")
    func grouped() {
        var table = RequestTable()
        let (one, other) = (Receiver(), Receiver())
        for place in 0..<3 {
            _ = table.register(one, places: [place], deadline: .now)
            _ = table.register(other, places: [place + 10], deadline: .now)
        }
        var ends = Ends()
        for entry in table.takeAll() { ends.add(entry, .failure(.timeout)) }
        ends.deliver()
        #expect(one.got.all.map(\.place) == [0, 1, 2])
        #expect(other.got.all.map(\.place) == [10, 11, 12])
    }

    @Test(
        "an acknowledgement is read as the server writes it",
        arguments: [
            (#"{"stream":"EVENTS","seq":17}"#, Result<PublishAck, NATSError>.success(PublishAck(sequence: 17))),
            (
                #"{"stream":"EVENTS", "seq":9999999999999999999}"#,
                .success(PublishAck(sequence: 9_999_999_999_999_999_999))
            ),
            (#"{"stream":"EVENTS","seq":17,"duplicate": true}"#, .success(PublishAck(sequence: 17, isDuplicate: true))),
            (#"{"stream":"EVENTS","seq":18,"val":"5"}"#, .success(PublishAck(sequence: 18))),
            (#"{"stream":"EVENTS","seq":"#, .failure(.garbled(#"{"stream":"EVENTS","seq":"#))),
            (
                #"{"stream":"E","domain":"d","seq":18446744073709551615,"duplicate": true}"#,
                .success(PublishAck(sequence: .max, isDuplicate: true))
            ),
            (
                #"{"stream":"E","seq":18446744073709551616}"#,
                .failure(.garbled(#"{"stream":"E","seq":18446744073709551616}"#))
            ),
            (#"{"seq":x}"#, .failure(.garbled(#"{"seq":x}"#))),
            ("", .failure(.garbled(""))),
            (
                #"{"error":{"code":503,"err_code":10077,"description":"maximum messages exceeded"},"stream":"E","seq":0}"#,
                .failure(.full("maximum messages exceeded"))
            ),
            (
                #"{"error":{"code":400,"err_code":10054,"description":"message size exceeds maximum allowed"},"stream":"E","seq":0}"#,
                .failure(.tooLarge("message size exceeds maximum allowed"))
            ),
            (#"{"error":{"code":500}}"#, .failure(.refused(code: 500, "without a reason"))),
        ])
    func acknowledgements(text: String, result: Result<PublishAck, NATSError>) {
        #expect(PublishAck.read(Array(text.utf8)[...]) == result)
    }

    @Test("only what passes is tried again")
    func passing() {
        #expect(NATSError.timeout.isPassing && NATSError.noResponders.isPassing)
        #expect(NATSError(code: 10158, "").isPassing && NATSError(code: 10008, "").isPassing)
        #expect(!NATSError(code: 10077, "").isPassing && !NATSError(code: 10054, "").isPassing)
        #expect(!NATSError(code: 10060, "").isPassing && !NATSError.closed.isPassing)
    }

    @Test("no subject is sent that would break the protocol")
    func subjects() {
        for subject in ["ev.a.b", "ev", "$JS.ACK.x"] { #expect(NATSSubject.isValid(subject)) }
        for subject in ["", ".", "a.", ".a", "a..b", "a b", "a\r\nPUB b", "a.*", "a.>", "a\0"] {
            #expect(!NATSSubject.isValid(subject), "\(subject)")
            #expect(Outgoing(subject: subject).fault != nil)
        }
        #expect(Outgoing(subject: "a", headers: [NATSHeader("Id", "1\r\nX: y")]).fault != nil)
        #expect(Outgoing(subject: "a", headers: [NATSHeader("I:d", "1")]).fault != nil)
        #expect(Outgoing(subject: "a", headers: [NATSHeader("Id", "ä 1")]).fault == nil)
        for name in ["EVENTS", "a-b_c"] { #expect(NATSSubject.isName(name)) }
        for name in ["", "a.b", "a/b", "a b", "a>"] { #expect(!NATSSubject.isName(name)) }
    }

    @Test("a message is packed with what the broker counts of it, and what would break the protocol is found")
    func packed() {
        let headers = [NATSHeader("A", "1"), NATSHeader("Nats-Msg-Id", "x"), NATSHeader("Nats-Expected-Stream", "S")]
        let payload = ByteBuffer(string: "data")
        let good = Publication(subject: "a.b", id: "x", stream: "S", headers: [headers[0]], payload: payload)
        let bad = [
            Publication(subject: "a b", payload: payload), Publication(subject: "a", id: "1\r\nX: y", payload: payload),
            Publication(subject: "a", headers: [NATSHeader("I:d", "1")], payload: payload),
        ]
        let messages = Publications([good] + bad + [Publication(subject: "c", payload: payload)])
        #expect(messages.count == 5 && messages.faults.keys.sorted() == [1, 2, 3])
        #expect(
            messages.entries[0].bytes == Outgoing(subject: "a.b", headers: headers, payload: payload).bytes
                && messages.entries[4].bytes == 4)
        var own = Publications()
        own.append(payload) { $0.append(contentsOf: "s".utf8) }
        own.addHeader("H") { $0.append(contentsOf: "1\r\nX: y\0z".utf8) }
        #expect(own.texts == Array("s\0H\01  X: y z\0".utf8) && own.faults.isEmpty)
    }

    @Test("a delivery says its numbers, in both forms of its subject")
    func deliveries() throws {
        let text = "$JS.ACK.EVENTS.work.2.17.23.1700000000000000000.5"
        let old = try #require(AckSubject(text))
        let delivery = old.delivery
        #expect(delivery.count == 2 && delivery.sequence == 17 && delivery.consumerSequence == 23)
        #expect(delivery.storedAt == 1_700_000_000_000_000_000 && delivery.pending == 5)
        #expect(old.description == text && AckSubject(text, known: old.prefix) == old)
        #expect(AckSubject(text, known: AckPrefix(Array("$JS.ACK.EVENTS.wonk.".utf8))) == old)
        let long = "$JS.ACK._.hash.EVENTS.work.2.17.23.1700000000000000000.0.token"
        let new = try #require(AckSubject(long))
        #expect(new.description == long && new.delivery.sequence == 17 && new != old)
        let most = "$JS.ACK.E.w.\(Int.max).\(UInt64.max).\(UInt64.max).\(Int64.max).\(UInt64.max)"
        #expect(AckSubject(most)?.description == most)
        for text in [
            "", "$JS.ACK", "$JS.ACK.E.w.x.1.1.1.1", "_INBOX.a.b.c.d.e.f.g.h", "$JS.ACK.E.w.1.-1.1.1.1",
            "$JS.ACK.E.w.1.01.1.1.1", "$JS.ACK.E w.x.1.1.1.1.1", "$JS.ACK.E w.1.1.1.1.1", "$JS.ACK..w.1.1.1.1.1",
            "$JS.ACK.E.w.1.1.1.1.18446744073709551616",
        ] {
            #expect(AckSubject(text) == nil, "\(text)")
        }
    }

    @Test("messages that lie together are told apart, whatever their sizes")
    func arrivals() throws {
        var arrivals = Arrivals()
        let head = "NATS/1.0\r\nPtr-Id:  a b \r\nEmpty: \r\nX-Ptr-Event: no\r\nPtr-Event:b\r\n\r\n"
        let sizes = [0, 1, 300_000, 5, 200_000, 100_000, 7]
        for (place, size) in sizes.enumerated() {
            let payload = [UInt8](repeating: UInt8(place), count: size)
            let taken = payload.withUnsafeBytes { payload in
                (place == 3 ? [] : Array(head.utf8)).withUnsafeBytes {
                    arrivals.add("ev.\(place)", reply: "$JS.ACK.E.w.1.\(place).1.1.0", head: $0, payload: payload)
                }
            }
            #expect(taken == 4 + 21 + (place == 3 ? 0 : head.utf8.count) + size)
        }
        let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
        _ = arrivals.add("no", reply: "$JS.ACK.no", head: nothing, payload: nothing)
        var prefix: AckPrefix?
        let messages = arrivals.take(prefix: &prefix)
        #expect(prefix == AckPrefix(Array("$JS.ACK.E.w.".utf8)) && arrivals.isEmpty && messages.count == sizes.count)
        for (place, message) in messages.enumerated() {
            #expect(message.delivery.sequence == UInt64(place) && message.subject == "ev.\(place)")
            #expect(message.payload == ByteBuffer(repeating: UInt8(place), count: sizes[place]))
            #expect(message.alone.payload == message.payload)
            let names: [StaticString] = ["Ptr-Id", "Ptr-Event", "Empty", "b", "NATS/1.0"]
            let values = names.map { message.header(HeaderName($0)) }
            let wanted = place == 3 ? [nil, nil] : ["a b", "b"].map { ByteBuffer(string: $0) }
            #expect(values == wanted + [nil, nil, nil])
        }
    }

    @Test("the public key of a seed is the one that the server's own tools derive")
    func keys() {
        // The pair of the documentation of github.com/nats-io/nkeys.
        let seed = "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY"
        #expect(
            NKey.publicKey(ofText: "# mine\n\(seed)\n".utf8)
                == "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4")
        #expect(NKey.publicKey(ofText: "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VX".utf8) == nil)
        #expect(NKey.publicKey(ofText: "SU".utf8) == nil)
    }
}

extension AckPrefix {
    fileprivate init?(_ bytes: [UInt8]) {
        guard let prefix = bytes.withUnsafeBytes({ AckPrefix($0) }) else { return nil }
        self = prefix
    }
}
