import ControlAPI
import Testing

@testable import ptrctl

@Suite("The layout")
struct LayoutTests {
    @Test(
        "counts columns as terminals do: wide characters two, marks none, escape sequences none",
        arguments: [
            ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("日本", 4), ("🙂", 2), ("\u{1B}[31mab\u{1B}[0m", 2),
            ("한글", 4), ("ｱ", 1), ("●→…", 3), ("\u{200B}a", 1),
        ])
    func width(text: String, width: Int) {
        #expect(Text.width(text) == width)
    }

    @Test("cuts at the end with an ellipsis, and keeps the escape sequences behind the cut so that no colour runs on")
    func cut() {
        let style = Style.plain(80)
        #expect(style.cut("\u{1B}[31mabcdef\u{1B}[0m", to: 4) == "\u{1B}[31mabc…\u{1B}[0m")
        #expect(style.cut("abc", to: 3) == "abc")
        #expect(style.cut("日本語", to: 4) == "日…")
        #expect(style.cut("e\u{301}e\u{301}e\u{301}", to: 2) == "e\u{301}…")
        #expect(style.cut("abc", to: 1) == "…")
        #expect(style.cut("abc", to: 0) == "")
        #expect(Style.plain(80, isASCII: true).cut("abcdefgh", to: 6) == "abc...")
    }

    @Test("cuts names and URLs in the middle")
    func middle() {
        let style = Style.plain(80)
        #expect(style.cutInTheMiddle("https://example.org/feed", to: 12) == "https:…/feed")
        #expect(style.cutInTheMiddle("日本語日本語", to: 8) == "日本…語")
        #expect(style.cutInTheMiddle("short", to: 5) == "short")
        #expect(style.cutInTheMiddle("longer", to: 2) == "l…")
    }

    @Test("breaks prose between words, but not between a number and its unit, and indents what follows")
    func wrapped() {
        let style = Style.plain(24)
        #expect(
            style.wrapped("down 1m10s, try 6, next in 12 s: connection refused", first: "a: ", rest: "  ") == [
                "a: down 1m10s, try 6,", "  next in 12 s:", "  connection refused",
            ])
        // A word that is too long for any line keeps its two ends.
        #expect(style.wrapped("see https://example.org/a/very/long/path") == ["see", "https://exam…y/long/path"])
        #expect(Style.plain().wrapped(String(repeating: "word ", count: 50)).count == 1)
        #expect(Style(colours: true, columns: 10).wrapped("\u{1B}[31mone two three\u{1B}[0m").count == 2)
    }

    @Test("narrows a table's columns first, then leaves out the least useful, and puts prose beneath last")
    func table() {
        let table = Table<[String]>([
            .left("NAME", least: 6, narrowing: .middle) { $0[0] },
            .right("COUNT", rank: 2) { $0[1] },
            .left("WHY", rank: 1, least: 12, narrowing: .prose) { $0[2] },
        ])
        let rows = [["abcdefghijkl", "12", "because of the weather"]]
        #expect(
            table.lines(of: rows, .plain(50)) == [
                "NAME          COUNT  WHY", "abcdefghijkl     12  because of the weather",
            ])
        #expect(
            table.lines(of: rows, .plain(34)) == [
                "NAME          COUNT  WHY", "abcdefghijkl     12  because of", "                     the weather",
            ])
        #expect(
            table.lines(of: rows, .plain(24)) == [
                "NAME        WHY", "abcde…ijkl  because of", "            the weather",
            ])
        #expect(table.lines(of: rows, .plain(16)) == ["NAME", "abcdefghijkl", "  because of the", "  weather"])
        for columns in 1...60 {
            #expect(table.lines(of: rows, .plain(columns)).allSatisfy { Text.width($0) <= columns })
        }
    }

    @Test("a table counts what it can show: in ASCII, a wide name and its question marks")
    func alignment() {
        let table = Table<[String]>([.left("A") { $0[0] }, .left("B") { $0[1] }])
        let rows = [["日本", "x → y"], ["ab", "…"]]
        #expect(table.lines(of: rows, .plain()) == ["A     B", "日本  x → y", "ab    …"])
        #expect(table.lines(of: rows, .plain(40, isASCII: true)) == ["A     B", "????  x -> y", "ab    ..."])
    }
}

@Suite("The letters and colours")
struct LocaleTests {
    @Test("are ASCII in a locale that is not UTF-8, by the first variable that is set; the JSON stays as it is")
    func locale() async throws {
        try await withDaemon { socket in
            for (environment, isASCII) in [
                (["LANG": ""], true), (["LC_ALL": "C", "LANG": "de_DE.UTF-8"], true), (["LC_CTYPE": "POSIX"], true),
                (["LC_ALL": "", "LANG": "de_DE.utf8"], false), (["LANG": "C.UTF-8"], false),
                (["LC_ALL": "en_US.UTF-8", "LANG": "C"], false),
            ] {
                let outcome = await ptrctl(["tree", "--socket", socket], environment: environment)
                #expect(outcome.out.utf8.allSatisfy { $0 < 0x80 } == isASCII)
                #expect(outcome.out.contains(isASCII ? "`-- stream.tweets-1" : "└── stream.tweets-1"))
            }
            let json = await ptrctl(["tree", "--json", "--socket", socket], environment: ["LANG": "C"])
            let tree = try ControlJSON.decode(Tree.self, from: json.out.utf8)
            #expect(tree == .example)
        }
        #expect(ASCII.spelled("● a–b 1 → 2 … ×12 35 µs ✗ █░ 日e\u{301}") == "* a-b 1 -> 2 ... x12 35 us ! #. ??e")
    }

    @Test(
        "are coloured as --color, NO_COLOR, CLICOLOR_FORCE and the terminal want it, in this order",
        arguments: [
            ([], [:], true, true), ([], [:], false, false), (["--color=always"], ["NO_COLOR": "1"], false, true),
            (["--color", "never"], ["CLICOLOR_FORCE": "1"], true, false), (["--color=auto"], [:], true, true),
            ([], ["NO_COLOR": "1", "CLICOLOR_FORCE": "1"], true, false), ([], ["CLICOLOR_FORCE": "1"], false, true),
            ([], ["CLICOLOR_FORCE": "0"], false, false), ([], ["NO_COLOR": ""], true, true),
            ([], ["TERM": "dumb"], true, false),
        ] as [([String], [String: String], Bool, Bool)])
    func colours(options: [String], environment: [String: String], isTerminal: Bool, isColoured: Bool) async throws {
        try await withDaemon { socket in
            for arguments in [options + ["status"], ["status"] + options] {
                let outcome = await ptrctl(
                    arguments + ["--socket", socket], environment: environment, isTerminal: isTerminal)
                #expect(outcome.out.contains("\u{1B}[") == isColoured)
            }
        }
    }

    @Test("the width is the terminal's, else $COLUMNS, else 80; in a file nothing is cut")
    func width() {
        func style(isTerminal: Bool, columns: Int?, variable: String?) -> Int? {
            var console = Console(outBytes: { _ in nil }, err: { _ in }, isTerminal: isTerminal) { name in
                name == "COLUMNS" ? variable : nil
            }
            console.size = { columns.map { ScreenSize(columns: $0, rows: 24) } }
            return Style(console, colour: nil).columns
        }
        #expect(style(isTerminal: true, columns: 40, variable: "100") == 40)
        #expect(style(isTerminal: true, columns: nil, variable: "100") == 100)
        #expect(style(isTerminal: true, columns: nil, variable: "0") == 80)
        #expect(style(isTerminal: true, columns: nil, variable: nil) == 80)
        #expect(style(isTerminal: false, columns: 40, variable: "100") == nil)
    }

    @Test("a time is the time on the wall: with the date when that is not today, with the offset in a file")
    func time() {
        let berlin = WallClock {
            1_769_852_100
        } offset: { _ in
            3_600
        }
        let terminal = Style(colours: false, columns: 80, clock: berlin, isTerminal: true)
        #expect(terminal.time("2026-01-31T08:31:05.123456Z") == "09:31:05")
        #expect(terminal.time("2026-01-30T22:59:59Z") == "2026-01-30 23:59:59")
        #expect(terminal.time("2026-01-30T23:00:00.000Z") == "00:00:00")
        #expect(terminal.time("soon\u{1B}") == "soon\u{FFFD}")
        let file = Style(colours: false, clock: berlin)
        #expect(file.time("2026-01-31T08:31:05.123456Z") == "2026-01-31T09:31:05.123+01:00")
        let nepal = WallClock {
            0
        } offset: { _ in
            -12_600
        }
        #expect(Style(colours: false, clock: nepal).time("2026-01-31T01:00:00Z") == "2026-01-30T21:30:00-03:30")
    }
}
