import Testing

@testable import Templates

@Suite("The text of a template")
struct TemplateParserTests {
    private func parts(_ text: String) throws -> [Template.Part] { try Template(text).parts }
    private func literal(_ text: String) -> Template.Part { .text(Array(text.utf8)) }
    private func path(_ place: Int) -> Template.Part { .placeholder(.init(source: .path(place))) }
    private func steps(_ text: String) throws -> [[FieldPath.Step]] { try Template(text).paths.map(\.steps) }

    @Test("is text and paths in turn")
    func demo() throws {
        let template = try Template("{message.tweet.user.screen_name}: {message.tweet.text}")
        #expect(template.parts == [path(0), literal(": "), path(1)])
        #expect(
            template.paths.map(\.steps) == [
                [.member("message"), .member("tweet"), .member("user"), .member("screen_name")],
                [.member("message"), .member("tweet"), .member("text")],
            ])
        #expect(template.text == "{message.tweet.user.screen_name}: {message.tweet.text}")
        #expect(try parts("").isEmpty)
    }

    @Test("has braces where they are doubled")
    func braces() throws {
        #expect(try parts("{{a}}") == [literal("{a}")])
        #expect(try parts("{{{a}}}") == [literal("{"), path(0), literal("}")])
    }

    @Test("has an index in brackets, or as a component of digits", arguments: ["{a[0].b}", "{a.0.b}"])
    func indices(text: String) throws {
        #expect(try steps(text) == [[.member("a"), .element(0), .member("b")]])
    }

    @Test("has indices that follow each other, and names of digits, _, - and letters of any language")
    func names() throws {
        #expect(try steps("{a[1][2]}") == [[.member("a"), .element(1), .element(2)]])
        #expect(try steps("{0}") == [[.element(0)]])
        #expect(try steps("{$schema.$ref}") == [[.member("$schema"), .member("$ref")]])
        #expect(try steps("{2a.x-y_1.größe}") == [[.member("2a"), .member("x-y_1"), .member("größe")]])
    }

    @Test(
        "has any other name in quotes",
        arguments: [
            (#"{a."b c".d}"#, ["a", "b c", "d"]), (#"{'it"s'}"#, [#"it"s"#]), (#"{"\"\\\n"}"#, [#""\\n"#]),
            (#"{"0"}"#, ["0"]), (#"{""}"#, [""]), (#"{"@id"."a/b".'b.c'}"#, ["@id", "a/b", "b.c"]),
            (#"{'it\'s'}"#, ["it's"]), (#"{"a}b|c:d{"}"#, ["a}b|c:d{"]), ("{\"e\u{301}\"}", ["e\u{301}"]),
        ])
    func quotes(text: String, names: [String]) throws {
        #expect(try steps(text) == [names.map { .member($0) }])
    }

    @Test("names what the event has by @")
    func events() throws {
        for field in EventField.allCases {
            #expect(try parts("{@\(field.rawValue)}") == [.placeholder(.init(source: .event(field)))])
        }
        #expect(try parts("{@data}") == [.placeholder(.init(source: .data))])
        #expect(try Template("{@event} {@data}").paths.isEmpty)
    }

    @Test("has functions, and defaults behind them")
    func functions() throws {
        #expect(try parts("{a:hash16}") == [.placeholder(.init(source: .path(0), function: .hash16))])
        #expect(try parts("{a|}") == [.placeholder(.init(source: .path(0), fallback: []))])
        #expect(
            try parts("{a:hash16|no {{x}} : |}")
                == [.placeholder(.init(source: .path(0), function: .hash16, fallback: Array("no {x} : |".utf8)))])
        #expect(try parts("{@id|-}") == [.placeholder(.init(source: .event(.id), fallback: Array("-".utf8)))])
    }

    @Test("names each path once, and knows which may find nothing")
    func paths() throws {
        let template = try Template("{a|x} {b} {a:hash16} {c|}")
        #expect(template.paths.map(\.description) == ["a", "b", "c"])
        #expect(template.isRequired == [true, true, false])
    }

    @Test("is kept byte for byte, also a brace with a combining mark")
    func bytes() throws {
        #expect(try parts("é\r\n\u{1F600}") == [literal("é\r\n\u{1F600}")])
        #expect(throws: TemplateError.self) { try Template("{\u{301}") }
        #expect(try Template("\u{E9}") != Template("e\u{301}"))
    }

    @Test(
        "is refused with the place of what is wrong",
        arguments: [
            ("{", "the brace at character 1 is not closed"), ("a {b", "the brace at character 3 is not closed"),
            ("{a{b}", "the brace at character 1 is not closed"), ("{}", "\"}\" at character 2 ends an empty path"),
            ("a}b", "\"}\" at character 2 closes a brace that none opens"),
            ("{a..b}", "\".\" at character 4 stands where a field's name should"),
            ("{a.}", "\"}\" at character 4 stands where a field's name should"),
            ("{a.", "the end at character 4 stands where a field's name should"),
            ("{.a}", "\".\" at character 2 stands where a field's name should"),
            ("{a b}", "\" \" at character 3 is not part of a path"),
            ("{a[}", "the bracket at character 3 holds no index"),
            ("{a[x]}", "the bracket at character 3 holds no index"),
            ("{a[1}", "the bracket at character 3 holds no index"),
            ("{a[0]b}", "\"b\" at character 6 is not part of a path"),
            ("{a.99999999999}", "the index at character 4 is too large"),
            ("{a[99999999999]}", "the index at character 4 is too large"),
            ("{a.\"b}", "the quote at character 4 is not closed"),
            ("{'a\\'}", "the quote at character 2 is not closed"),
            ("{\"a\"b}", "\"b\" at character 5 is not part of a path"),
            ("{a/b}", "\"/\" at character 3 is not part of a path"),
            ("{\"$schema}", "the quote at character 2 is not closed"),
            ("{a.@id}", "\"@\" at character 4 is not part of a path"),
            ("x{@even}", "\"@even\" at character 3 is nothing that an event has"),
            ("{@}", "\"@\" at character 2 is nothing that an event has"),
            ("{@event.a}", "\".\" at character 8 is not part of a path"),
            ("{a:hash}", "\":hash\" at character 3 is no function"), ("{a:}", "\":\" at character 3 is no function"),
            ("{a|b", "the brace at character 1 is not closed"), ("{a|b}}", "the brace at character 1 is not closed"),
            ("{a|b{c}", "the brace at character 1 is not closed"),
            ("{a:hash16:hash16}", "\":\" at character 10 is not part of a path"),
        ])
    func wrong(text: String, message: String) {
        let error = #expect(throws: TemplateError.self) { try Template(text) }
        #expect(error?.message == message)
        #expect(error?.mend.isEmpty == false)
    }

    @Test(
        "is refused with what mends it",
        arguments: [
            ("{@type}", "stands in quotes, such as {'@id'}"), ("{dc:title}", "stands in quotes, such as {'dc:title'}"),
            ("{a/b}", "any others in quotes ({a.'b/c'})"),
        ])
    func mended(text: String, mend: String) {
        let error = #expect(throws: TemplateError.self) { try Template(text) }
        #expect(error?.mend.contains(mend) == true)
    }

    @Test(
        "has paths that stand alone, too, and that are written as they were read",
        arguments: ["a", "a.b[0][12].c", "$schema", "0", "2a", #""0".x"#, #"a."b c""#, #""""#, #""\"\\'""#, "größe"])
    func alone(text: String) throws {
        let path = try FieldPath(text)
        #expect(path.description == text)
        #expect(try Template("{\(text)}").paths == [path])
    }

    @Test("has no path that goes on behind its end", arguments: ["", "a b", "{a}", "a|b", "@event", "a."])
    func notAlone(text: String) {
        #expect(throws: TemplateError.self) { try FieldPath(text) }
    }
}
