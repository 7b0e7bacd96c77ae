import PtrConfiguration
import Testing

@Suite("Print formats")
struct PrintFormatTests {
    private func literal(_ text: String) -> PrintFormat.Segment { .literal(Array(text.utf8)) }

    @Test("text and paths alternate")
    func demo() throws {
        let format = try PrintFormat("{message.tweet.user.screen_name}: {message.tweet.text}")
        #expect(
            format.segments == [
                .path([.key("message"), .key("tweet"), .key("user"), .key("screen_name")]), literal(": "),
                .path([.key("message"), .key("tweet"), .key("text")]),
            ])
        #expect(format.text == "{message.tweet.user.screen_name}: {message.tweet.text}")
    }

    @Test("doubled braces are braces")
    func braces() throws {
        #expect(try PrintFormat("{{a}}").segments == [literal("{a}")])
        #expect(try PrintFormat("{{{a}}}").segments == [literal("{"), .path([.key("a")]), literal("}")])
    }

    @Test("an index stands in brackets or is a component of digits", arguments: ["{a[0].b}", "{a.0.b}"])
    func indices(text: String) throws {
        #expect(try PrintFormat(text).segments == [.path([.key("a"), .index(0), .key("b")])])
    }

    @Test("indices follow each other, and names may hold digits, _, - and letters of any language")
    func names() throws {
        #expect(try PrintFormat("{a[1][2]}").segments == [.path([.key("a"), .index(1), .index(2)])])
        #expect(try PrintFormat("{2a.x-y_1.größe}").segments == [.path([.key("2a"), .key("x-y_1"), .key("größe")])])
    }

    @Test("text is kept byte for byte, also a brace with a combining mark")
    func bytes() throws {
        #expect(try PrintFormat("é\r\n\u{1F600}").segments == [literal("é\r\n\u{1F600}")])
        #expect(throws: PrintFormatError.self) { try PrintFormat("{\u{301}") }
    }

    @Test(
        "what is wrong is named with its place",
        arguments: [
            ("", "the format is empty"), ("{", "the brace at character 1 is not closed"),
            ("a {b", "the brace at character 3 is not closed"), ("{a{b}", "the brace at character 1 is not closed"),
            ("{}", "\"}\" at character 2 ends an empty path"),
            ("a}b", "\"}\" at character 2 closes a brace that none opens"),
            ("{a..b}", "\".\" at character 4 stands where a field's name should"),
            ("{a.}", "\"}\" at character 4 stands where a field's name should"),
            ("{.a}", "\".\" at character 2 stands where a field's name should"),
            ("{a b}", "\" \" at character 3 is not part of a path"),
            ("{a[}", "the bracket at character 3 holds no index"),
            ("{a[x]}", "the bracket at character 3 holds no index"),
            ("{a[1}", "the bracket at character 3 holds no index"),
            ("{a[0]b}", "\"b\" at character 6 is not part of a path"),
            ("{a.99999999999}", "the index at character 4 is too large"),
        ])
    func wrong(text: String, message: String) {
        let error = #expect(throws: PrintFormatError.self) { try PrintFormat(text) }
        #expect(error?.message == message)
        #expect(error?.mend.isEmpty == false)
    }
}
