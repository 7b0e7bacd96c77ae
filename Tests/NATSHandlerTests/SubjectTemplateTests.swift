import NIOCore
import Pipeline
import Testing

@testable import NATSHandler

@Suite("Subjects made of messages")
struct SubjectTemplateTests {
    private func subject(_ template: String, _ data: String, type: String? = nil, id: String = "") throws -> String {
        var renderer = SubjectRenderer(try SubjectTemplate(template))
        let event = Event(
            id: ByteBuffer(string: id), type: type.map { ByteBuffer(string: $0) }, data: ByteBuffer(string: data))
        return renderer.subject(of: Message(event, stream: "feed.a", sequence: 7))
    }

    @Test(
        "each token is filled by itself, and stays one",
        arguments: [
            ("ev.{@stream}.{user.id:hash16}", #"{"user":{"id":"ann"}}"#, "ev.feed_a.e6f79d19051ffcb8"),
            ("ev.{a.b}.{a.'c.d'}", #"{"a":{"b":"x.y z","c.d":">"}}"#, "ev.x_y_z._"),
            ("ev.{a|n.o}.end", "{}", "ev.n_o.end"),
            ("ev.{a|}}.}.end", "{}", "ev.}_.end"),
            ("ev.x-{@event}-{@id}", "no json", "ev.x-update-1_2"),
            ("ev.{a}", "no json", "ev._"),
            ("ev.{@sequence}.{@received}", "", "ev.7._"),
            ("{a}.b", #"{"a":"$JS"}"#, "_JS.b"),
            ("ev.{list[0].name}", #"{"list":[{"name":"*"}]}"#, "ev._"),
        ])
    func filled(template: String, data: String, result: String) throws {
        #expect(try subject(template, data, type: "update", id: "1.2") == result)
    }

    @Test(
        "what is no subject is refused, with what to write",
        arguments: [
            "", "ev..a", "ev.", ".ev", "ev.a b", "ev.*", "ev.>", "$JS.API", "_INBOX.a", "ev.{", "ev.{a", "ev.}",
        ])
    func refused(template: String) {
        #expect(throws: (any Error).self) { try SubjectTemplate(template) }
    }
}
