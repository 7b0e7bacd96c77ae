import Templates
import Testing

@Suite("Subjects made of events")
struct SubjectTemplateTests {
    private func subject(_ template: String, _ data: String) throws -> String {
        var renderer = SubjectRenderer(try SubjectTemplate(template))
        var subject: [UInt8] = []
        renderer.render(Array(data.utf8).span, into: &subject) { field, text in
            switch field {
            case .type: text.append(contentsOf: "update".utf8)
            case .id: text.append(contentsOf: "1.2".utf8)
            case .stream: text.append(contentsOf: "feed.a".utf8)
            case .sequence: text.append(contentsOf: "7".utf8)
            case .received: break
            }
        }
        return String(decoding: subject, as: UTF8.self)
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
            ("ev.{a}", #"{"a":"ä\r\n\u0000"}"#, "ev._____"),
            ("ev.{@data}", String(repeating: "x", count: 200), "ev." + String(repeating: "x", count: 128)),
        ])
    func filled(template: String, data: String, result: String) throws {
        #expect(try subject(template, data) == result)
    }

    @Test(
        "what is no subject is refused, with what to write",
        arguments: [
            "", "ev..a", "ev.", ".ev", "ev.a b", "ev.*", "ev.>", "$JS.API", "_INBOX.a", "ev.{", "ev.{a", "ev.}",
        ])
    func refused(template: String) {
        #expect(throws: TemplateError.self) { try SubjectTemplate(template) }
    }
}
