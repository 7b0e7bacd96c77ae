import NIOCore
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("The identity of an event")
struct EventIdentityTests {
    private func ledger(life: UInt8 = 1, source: String = "http://h/", secret: UInt8 = 1) -> Ledger {
        var ledger = Ledger.ofStreams(2)
        ledger.life = [life]
        ledger.hash = KeyedHash(secret: [secret])
        for stream in 0..<2 { ledger.identify(stream, as: Array(source.utf8), location: { Array(source.utf8) }) }
        return ledger
    }

    private func identities(_ ledger: inout Ledger) -> [String] {
        var identities: [String] = []
        while let message = ledger.leaseNext(to: .first, at: .zero)?.message { identities.append(message.identity) }
        return identities
    }

    @Test("is made of stream, source, id and place in the run: the same in another life, and no other event's")
    func withIDs() {
        var all: Set<String> = []
        var count = 0
        for (life, source) in [(1, "http://h/"), (2, "http://h/"), (1, "http://h/?topic=b")] {
            // Each daemon has a secret of its own, which is nothing to the identity.
            var ledger = ledger(life: UInt8(life), source: source, secret: UInt8(life))
            ledger.admit([.named("x", id: "1"), .named("x", id: "1"), .named("x", id: "2")])
            ledger.admit([.named("x", id: "1")], of: 1)
            let identities = identities(&ledger)
            #expect(Set(identities).count == 4 && identities.allSatisfy { $0.utf8.count == 32 })
            if life == 2 { #expect(all.isSuperset(of: identities)) } else { count += 4 }
            all.formUnion(identities)
        }
        #expect(all.count == count)
    }

    @Test("a deduplication id has a hash of type and data, the same everywhere")
    func contents() {
        #expect(
            ShortHash(of: ByteBuffer(string: "t"), ByteBuffer(string: "d")).hex
                == "01efa837aca9e2bb18d5c63f60924f95")
    }

    @Test("a location that is dear to make is made when an identity is asked for first, and then never again")
    func dear() {
        let made = Counter()
        @Sendable func location() -> [UInt8] {
            made.next()
            return [1]
        }
        var ledger = ledger()
        ledger.identify(0, as: [1], location: location)
        ledger.goOn(0, from: [1], location: location, policy: PositionPolicy())
        ledger.admit([.named("x", id: "1"), .named("x", id: "2")])
        #expect(made.value == 0)
        #expect(Set(identities(&ledger)).count == 2 && made.value == 1)
    }

    @Test("an id that comes back with something else has another deduplication id, and the same one with the same")
    func returned() {
        var ledger = ledger()
        ledger.admit([.named("x", id: "1"), .named("x", id: "2"), .named("y", id: "1"), .named("x", id: "2")])
        var ids: [String] = []
        while let message = ledger.leaseNext(to: .first, at: .zero)?.message {
            #expect(message.deduplicationID.hasPrefix(message.identity + "-"))
            ids.append(message.deduplicationID)
        }
        #expect(ids[0] != ids[2] && ids[1] == ids[3] && Set(ids).count == 3)
    }

    @Test("is what SHA-256 makes of its parts: who has stored some finds them again")
    func bytes() {
        var ledger = ledger()
        ledger.admit([.named("x", id: "1")])
        #expect(identities(&ledger) == ["7cf062e4bd2cc1579dbd79e7907acbb4"])
    }

    @Test("without an id it is made of stream, life and number")
    func withoutIDs() {
        var (first, second) = (ledger(life: 1), ledger(life: 2))
        first.admit([.named("x"), .named("x")])
        second.admit([.named("x"), .named("x")])
        #expect(Set(identities(&first) + identities(&second)).count == 4)
    }

    @Test("stays through retries, into the dead letter, its replay and the dead letter of that")
    func deadLetter() throws {
        var ledger = ledger()
        ledger.admit([.named("x", id: "1"), .named("y")])
        let assignment = ledger.leaseNext(to: .first, at: .zero)
        let identity = try #require(assignment).message.identity
        _ = ledger.revoke { _ in true }
        ledger.complete(.failed("no"), policy: .never)
        let letter = try #require(ledger.unstored().deadLetters.first)
        #expect(letter.identity == identity)
        var next = self.ledger(life: 9)
        _ = next.admit([StoredDeadLetter(id: 7, letter: letter)][...], stream: 1, receivedAt: .zero)
        next.complete(.failed("no"), policy: .never)
        #expect(next.unstored().deadLetters.first?.identity == identity)
    }

    @Test("an event that is read again after a restart has the one that it had")
    func resumed() throws {
        var ledger = ledger()
        ledger.admit(["a", "b", "c"].map { .named($0, id: "5") })
        ledger.complete()
        let before = identities(&ledger)
        var next = self.ledger(life: 2)
        next.resume(0, after: try #require(ledger.unstored().checkpoints.first))
        next.opened(0, after: ByteBuffer(), refused: [])
        next.admit(["a", "b", "c"].map { .named($0, id: "5") })
        #expect(identities(&next) == before && before.count == 2)
    }
}
