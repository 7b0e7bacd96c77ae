import ControlAPI
import ControlClient
import Testing

@testable import ptrctl

@Suite("The screen of top")
struct TopTests {
    private let size = ScreenSize(columns: 100, rows: 24)

    private func screen(_ style: Style = Style(colours: false)) -> TopScreen {
        TopScreen(top: .example(.example()), style: style)
    }

    private func title(_ screen: TopScreen) -> String {
        var screen = screen
        return screen.frame(size)[0]
    }

    @Test("shows rates, the in-flight graph, scaling, load, latency and the slowest messages")
    func frame() {
        var screen = screen()
        let lines = screen.frame(size)
        #expect(
            lines
                == """
                ptrd 1.2.3  running  up 2h13m  pid 4242
                Streams   1 of 2 open   slow waiting   1.2 MiB read
                Messages  152.3/s   37 in flight   3 dead-lettered   21 retried   12,352 received   12 killed
                Workers   ███████████████████░ 37 of 40 busy   14 restarts   5 direct supervisors
                Scaling   auto   target 5 within 1 to 64   37 in flight, 40 workers
                Latency   p50 0.25 ms   p75 12.3 ms   p90 180 ms   p95 901 ms   p99 1.50 s   max 12.3 s
                In flight over 4 s, at most 80
                \(String(repeating: " ", count: 99))█
                \(String(repeating: " ", count: 97))▁██
                SUPERVISOR           STATE     LOAD        BUSY  WORKERS  RESTARTS  HANDLED  PER S
                direct_supervisor.1  running   █████░░░░░     4        8         2    1,200    0.0
                direct_supervisor.2  draining  ██████████     8        8         0       30    0.0








                \("")
                SLOWEST  WORKER      MESSAGE  STREAM    ATTEMPT  EVENT ID
                 120 ms  worker.1.1       17  tweets-1        2  9981
                q quit  s sort (name)  p pause  r reverse  ↑↓ scroll
                """.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
    }

    @Test(
        "never has more lines or columns than the terminal", arguments: [1, 2, 6, 7, 8, 10, 16, 24, 60],
        [1, 20, 79, 200])
    func fits(rows: Int, columns: Int) {
        for style in [Style(colours: true), Style(colours: false)] {
            var screen = screen(style)
            let lines = screen.frame(ScreenSize(columns: columns, rows: rows))
            #expect(lines.count <= rows)
            for line in lines {
                #expect(Text.width(line) <= columns)
            }
        }
    }

    @Test("sorts by the next column with s, turned around by r")
    func sort() {
        var screen = screen()
        let names = { (screen: TopScreen) in screen.supervisors.map { String($0.id.suffix(1)) } }
        #expect(names(screen) == ["1", "2"])
        _ = screen.take(.character("s"))
        #expect(screen.order == .busy)
        #expect(names(screen) == ["2", "1"])
        _ = screen.take(.character("r"))
        #expect(names(screen) == ["1", "2"])
        for _ in 0..<4 { _ = screen.take(.character("s")) }
        #expect(screen.order == .name)
    }

    @Test("pauses with p: what comes meanwhile is not shown")
    func pause() {
        var screen = screen()
        _ = screen.take(.character("p"))
        screen.take(Top.example(.example(state: .draining)))
        #expect(title(screen).contains("running"))
        #expect(title(screen).contains("[paused]"))
        _ = screen.take(.character("p"))
        screen.take(Top.example(.example(state: .draining)))
        #expect(title(screen).contains("draining"))
    }

    @Test("quits with q")
    func quit() {
        var screen = screen()
        let goesOn = [screen.take(.character("x")), screen.take(.character("q"))]
        #expect(goesOn == [true, false])
    }

    @Test("counts each supervisor's rate from one answer to the next")
    func rates() {
        var screen = TopScreen(top: .example(.inFlight(1), handled: 1_000), style: Style(colours: false))
        let example = Status.inFlight(1)
        let later = Status(
            state: .running, pid: 1, uptimeSeconds: 3, streams: [], messages: example.messages,
            workers: example.workers,
            directSupervisors: 2, scaling: example.scaling, latency: example.latency)
        screen.take(Top.example(later, handled: 1_100))
        #expect(screen.rates == ["direct_supervisor.1": 50, "direct_supervisor.2": 0])
    }

    @Test("of a daemon that has gone shows the old picture faint, under how old it is and why")
    func silence() {
        var screen = screen(Style(colours: true))
        let size = ScreenSize(columns: 40, rows: 10)
        let frame = screen.frame(size)
        let error = ControlClientError.notRunning(socket: "/s\u{1B}[2J", socketExists: false)
        let gone = Silence(age: .milliseconds(4_900), error: error)
        let lines = gone.cover(frame, size, screen.style)
        #expect(
            lines.prefix(3) == [
                "\u{1B}[31mlast answer 4 s ago: ptrd is not\u{1B}[0m",
                "\u{1B}[31m  running: there is no socket at /s\u{FFFD}[2J;\u{1B}[0m",
                "\u{1B}[31m  trying again\u{1B}[0m",
            ])
        #expect(lines.count == 10)
        // No colour of the old picture is left.
        #expect(lines.dropFirst(3).allSatisfy { $0.isEmpty || $0.hasPrefix("\u{1B}[2m") && !$0.contains("\u{1B}[3") })
        #expect(Silence(age: .seconds(5)).sentence == "last answer 5 s ago: ptrd does not answer; trying again")
    }

    @Test("is not drawn where there is no terminal")
    func noTerminal() async {
        let outcome = await ptrctl(["top"])
        #expect(outcome.status == 2)
        #expect(outcome.err.contains("top needs a terminal"))
    }

    @Test("scrolls what does not fit, up to its end")
    func scroll() {
        var scroll = Scroll()
        let keys: [Key] = [.escape, .down, .pageDown, .end, .down, .up, .home, .up]
        let seen = keys.map { key in
            scroll.take(key)
            return Array(scroll.visible(Array(1...10), rows: 3))
        }
        #expect(
            seen == [
                [1, 2, 3], [2, 3, 4], [4, 5, 6], [8, 9, 10], [8, 9, 10], [7, 8, 9], [1, 2, 3], [1, 2, 3],
            ])
        let all = scroll.visible(Array(1...10), rows: 20)
        #expect(Array(all) == Array(1...10))
    }
}

@Suite("Keys")
struct KeyTests {
    @Test("are read from what the terminal sends, and what is not known is passed over")
    func sequences() {
        #expect(Key.all(in: Array("q".utf8)) == [.character("q")])
        #expect(Key.all(in: [3, 26]) == [.control("c"), .control("z")])
        #expect(
            Key.all(in: Array("\u{1B}[A\u{1B}OB\u{1B}[5~\u{1B}[6~s".utf8)) == [
                .up, .down, .pageUp, .pageDown, .character("s"),
            ])
        #expect(Key.all(in: Array("\u{1B}[1;5Cs".utf8)) == [.character("s")])
        #expect(Key.all(in: [0x1B]) == [.escape])
        #expect(Key.all(in: Array("\u{1B}[".utf8)) == [])
        #expect(Key.all(in: [0, 0xC3, 0xBC, 0xFF]) == [])
    }
}

@Suite("The graph")
struct GraphTests {
    @Test("has a column for each of the newest values, in eighths of a line")
    func lines() {
        let graph = Graph(values: [99, 0, 1, 8, 16], columns: 4, rows: 2)
        #expect(graph.peak == 16)
        #expect(graph.lines == ["   █", " ▁██"])
        #expect(Graph(values: [], columns: 3, rows: 1).lines == ["   "])
        #expect(Graph(values: [1], columns: 0, rows: 1).lines == [])
    }
}

@Suite("Lines")
struct LineTests {
    @Test("a document becomes one line without a change of its meaning")
    func oneLine() {
        #expect(
            Text.oneLine("{\n  \"a\" : \"b  c\\n\",\n  \"d\" : [\n    1\n  ]\n}\n") == #"{"a" : "b  c\n","d" : [1]}"#)
    }
}
