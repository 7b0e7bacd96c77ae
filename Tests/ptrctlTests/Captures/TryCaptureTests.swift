import Foundation
import NIOCore
import PtrConfiguration
import StreamSettings
import Templates
import Testing

@testable import EventSource
@testable import ptrctl

/// What `ptrctl try` looks like, kept as text under docs/terminal as the others are.
@Suite("On the terminal, ptrctl try")
struct TryCaptureTests {
    struct Scene: Sendable, CustomTestStringConvertible {
        let columns: Int
        var isASCII = false
        var colours = false
        var testDescription: String { file }
        var file: String { "try\(isASCII ? "-ascii" : colours ? "-colour" : "")-\(columns).txt" }
    }

    static let scenes = [
        Scene(columns: 80), Scene(columns: 40), Scene(columns: 80, isASCII: true), Scene(columns: 80, colours: true),
    ]

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "docs/terminal")

    @Test("is as it was looked at, and no line but those to be copied is wider than the terminal", arguments: scenes)
    func picture(scene: Scene) throws {
        let style = Style(
            colours: scene.colours, columns: scene.columns, isASCII: scene.isASCII, clock: .example, isTerminal: true)
        let pages = [Self.good(style), Self.bad(style)]
        let text = pages.map { $0.map { style.spelled($0) }.joined(separator: "\n") + "\n\n" }.joined()
        for line in text.split(separator: "\n")
        where !["    [", "    #", "    url", "    bea", "    for", "    Load", "$ ", "for /etc"].contains(
            where: line.hasPrefix)
        {
            #expect(Text.width(String(line)) <= scene.columns, "\(line)")
        }
        let file = Self.folder.appending(path: scene.file)
        if ProcessInfo.processInfo.environment["PTR_RECORD"] == "1" {
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        let kept = try String(contentsOf: file, encoding: .utf8)
        #expect(text.components(separatedBy: "\n") == kept.components(separatedBy: "\n"))
    }

    private static func settings(_ url: String) -> TrialSettings {
        let stream = StreamConfiguration(name: StreamNaming.name(for: url), url: url)
        return TrialSettings(stream: stream, source: .of(stream) { _ in nil })
    }

    private static func page(
        _ command: String, _ settings: TrialSettings, _ steps: [TrialStep], _ tally: TrialTally, _ style: Style
    ) -> [String] {
        let verdict = TrialVerdict(tally, settings)
        return ["$ ptrctl try \(command)"] + TrialPage.head(settings, style) + steps.flatMap { $0.lines(style) }
            + TrialPage(tally: tally, settings: settings, verdict: verdict, style: style).lines
    }

    /// A feed with named events, long ids and comments.
    private static func good(_ style: Style) -> [String] {
        let url = "https://stream.wikimedia.org/v2/stream/recentchange"
        var (settings, tally) = (settings(url), TrialTally())
        settings.bearerFile = "/etc/ptrd/wikimedia-token"
        let id = #"[{"topic":"eqiad.mediawiki.recentchange","partition":0,"timestamp":1769852100001}]"#
        let data = [
            #"{"$schema":"/mediawiki/recentchange/1.0.0","title":"Frankfurt am Main","user":"Ann","wiki":"dewiki"}"#,
            #"{"$schema":"/mediawiki/recentchange/1.0.0","title":"気象庁","user":"太郎","wiki":"jawiki","minor":true}"#,
        ]
        let head = [
            TrialField(name: "content-type", value: "text/event-stream; charset=utf-8"),
            TrialField(name: "server", value: "envoy"),
        ]
        var connection = TrialTally.Connection(url: url, begun: .milliseconds(1))
        (connection.requested, connection.answered, connection.status) = (.milliseconds(62), .milliseconds(98), 200)
        tally.connections = [connection]
        tally.opened = .milliseconds(98)
        var steps = [
            TrialStep(
                at: .milliseconds(24),
                kind: .resolved(name: "stream.wikimedia.org", addresses: ["185.15.59.224", "2a02:ec80:300:ed1a::1"])),
            TrialStep(at: .milliseconds(62), kind: .connected(address: "185.15.59.224")),
            TrialStep(at: .milliseconds(98), kind: .head(status: 200, reason: "OK", fields: head)),
            TrialStep(at: .milliseconds(99), kind: .comment("ok")),
            TrialStep(at: .milliseconds(100), kind: .retry(.milliseconds(1500))),
        ]
        for second in [1, 16, 31] {
            tally.read(EventStreamBatch(events: [], bytes: 1300, comments: 1), at: .seconds(second))
        }
        for (number, text) in data.enumerated() {
            let time = Duration.milliseconds(140 + 1100 * number)
            let event = EventStreamEvent(data: ByteBuffer(string: text), lastEventID: ByteBuffer(string: id))
            let type = number == 0 ? "edit" : "log"
            tally.count(event, type: type, id: id.replacing("1}]", with: "\(number)}]"), passes: true, at: time)
            let survey = FieldSurvey(Array(text.utf8).span)
            tally.fields.add(
                (survey?.fields ?? []).map {
                    TrialFields.Field(
                        path: "\($0.path)", kind: "\($0.kind)", example: $0.text, count: 1, longest: $0.bytes)
                })
            let shown = TrialEvent(
                number: number + 1, type: type, id: id, hasOwnID: true, bytes: text.utf8.count, data: text,
                passes: true,
                line: number == 0 ? "dewiki Ann: Frankfurt am Main" : nil)
            tally.shown.append(shown)
            steps.append(TrialStep(at: time, kind: .event(shown)))
        }
        tally.end(.enough, at: .seconds(31))
        return page(url, settings, steps, tally, style)
    }

    /// One that redirects to a page.
    private static func bad(_ style: Style) -> [String] {
        let url = "http://feed.warehouse.frankfurt.example/v2/events"
        var (settings, tally) = (settings(url), TrialTally())
        settings.isConfigured = false
        tally.connections = [.init(url: url, begun: .zero)]
        let page = TrialField(name: "content-type", value: "text/html")
        let steps = [
            TrialStep(at: .milliseconds(62), kind: .connected(address: nil)),
            TrialStep(
                at: .milliseconds(80),
                kind: .head(
                    status: 302, reason: "Found",
                    fields: [
                        TrialField(name: "location", value: "https://login.warehouse.frankfurt.example/?next=…")
                    ])),
            TrialStep(
                at: .milliseconds(81), kind: .redirected(url: "https://login.warehouse.frankfurt.example/?next=…")),
            TrialStep(at: .milliseconds(99), kind: .head(status: 200, reason: "OK", fields: [page])),
            TrialStep(
                at: .milliseconds(120),
                kind: .ended(
                    "the server answered with the media type text/html instead of text/event-stream: \"<!doctype html> Sign in\"",
                    .bad)),
        ]
        tally.end(
            .connection(EventSourceError(.wrongMediaType, url: url, reason: "", status: 200)), at: .milliseconds(120))
        return Self.page(url, settings, steps, tally, style)
    }
}
