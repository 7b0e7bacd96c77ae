extension Configuration {
    /// The manual page ptrd.toml(5), in the macros of man(7): every option, from the declarations that files are checked
    /// against.
    public static var manual: String {
        var text = """
            .\\" Written by scripts/manuals from the declarations of the options; changes belong there.
            .TH PTRD.TOML 5 "\(manualDate)" "ptr" "File Formats Manual"
            .SH NAME
            ptrd.toml \\- configuration of ptrd
            .SH SYNOPSIS
            .I \(defaultPath)
            .br
            .I \(defaultPath.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 })/ptrd.d/*.toml
            .SH DESCRIPTION
            The configuration of
            .BR ptrd (8)
            is written in TOML 1.0. The files in
            .I ptrd.d
            beside it are read after it in the order of their names; a key in a later file takes the place of the same key in
            an earlier one. A key that is not known is an error, and so is a value out of bounds: ptrd says the file, the
            line, the key and what mends it, and ends with 78.
            .B ptrd \\-\\-check\\-config
            checks without starting anything.
            .PP
            Durations are strings of a number and a unit
            .RB ( us ", " ms ", " s ", " m ", " h ),
            such as "250ms"; sizes are whole numbers of bytes, or strings with a unit, such as "256MiB".
            .SH OPTIONS

            """
        text +=
            entries(of: Options.ofStream) + manyStreams + entries(of: Options.ofSource)
            + entries(of: Options.ofAll)
        text += """
            .SH EXAMPLES
            .EX
            [stream.tweets\\-1]
            url = "https://stream.example.org/tweets/1"

            [scaling]
            max = 32

            [handler.print]
            to = "journal"
            .EE
            .SH SEE ALSO
            .BR ptrd (8),
            .BR ptrctl (1)

            """
        return text
    }

    private static func entries(of options: [any AnyOption]) -> String {
        var (text, section): (String, [String]) = ("", [])
        for option in options {
            let table = Self.section(of: option.key)
            if table != section {
                section = table
                text += ".SS [\(Roff.escaped("\(OptionKey(table).of(stream: "NAME"))"))]\n"
            }
            let name = OptionKey(Array(option.key.components.dropFirst(table.count)))
            text += ".TP\n.B \(Roff.escaped("\(name)"))\n\(Roff.line(option.facts))\n.br\n"
            text += Roff.line(option.documentation.split(separator: "\n").joined(separator: " ")) + "\n"
        }
        return text
    }

    /// The sections that have the keys of streams for many of them.
    private static var manyStreams: String {
        """
        .SS [\(Roff.escaped(StreamSections.defaults))]
        \(Roff.line("""
            The keys of `[stream.NAME]` but for `url`, for all streams that do not have their own. Tables (`reconnect`, \
            `headers`) are united, name by name.
            """))
        .SS [\(StreamSections.templates).NAME]
        \(Roff.line("""
            Many streams that are alike: with `url = "https://example.org/{topic}"` and \
            `each = { topic = ["a", "b"] }` there are the streams `NAME-a` and `NAME-b`, with all the other keys of the \
            section. Of several lists each pair makes one, `NAME-a-x`, in the order of the lists; \(StreamTemplate.most) \
            at most. A list may be a table, `{ en = "en.example.org" }`, of names and what stands for them. `{topic}` is \
            the value in every text of the section but `format`, `where` and `events`; in `url` it is percent-encoded. \
            No stream can have a name in two places.
            """))

        """
    }

    /// The table that an option is written in: of the longer keys the last ones are an inline table's.
    private static func section(of key: OptionKey) -> [String] {
        switch key.components.first {
        case "stream", "source": Array(key.components.prefix(2))
        case "handler" where key.components.count > 2: Array(key.components.prefix(2))
        default: Array(key.components.prefix(1))
        }
    }

    /// The day of the page, which is that of the last change to its text here.
    private static let manualDate = "2026-11-27"
}

/// Text for troff.
enum Roff {
    /// What stands for itself: a backslash would begin an escape, a hyphen become a dash.
    static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\e").replacing("-", with: "\\-")
    }

    /// A line of running text, in which `words in backquotes` are set bold.
    static func line(_ markdown: String) -> String {
        let parts = markdown.split(separator: "`", omittingEmptySubsequences: false)
        let text = parts.enumerated().map { index, part in
            index.isMultiple(of: 2)
                ? part.replacing("\\", with: "\\e") : part.isEmpty ? "" : "\\fB\(escaped(String(part)))\\fR"
        }.joined()
        // At the beginning of a line these would be a request.
        return text.hasPrefix(".") || text.hasPrefix("'") ? "\\&" + text : text
    }
}
