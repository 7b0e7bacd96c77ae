import Foundation
import Locking
import NIOCore
import Templates
import Testing

@testable import Flow
@testable import Handlers
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("Formats of streams")
struct PrintFormatsTests {
    private final class Output: PrintOutput {
        let lines = Locked<[String]>([])

        func print(_ lines: PrintedLines, of hand: Hand) async -> [Int: any Error] {
            self.lines.withLock { $0 += lines.lines.map { String(decoding: $0, as: UTF8.self) } }
            return [:]
        }
    }

    /// A body, and what it has printed.
    private struct Scene {
        let output = Output()
        let formats: PrintFormats
        let body: any WorkerBody

        init(_ formats: PrintFormats) {
            self.formats = formats
            body = PrintHandler(to: output, formats: formats).makeBody(of: WorkerHandle(name: "worker.1.1"))
        }

        func print(_ events: (stream: String, data: String)...) async throws -> [String] {
            let messages = events.map { Message(Event(data: ByteBuffer(string: $0.data)), stream: $0.stream) }
            try await body.handle(Hand(messages, worker: "worker.1.1") { _ in })
            return output.lines.withLock { lines in
                defer { lines = [] }
                return lines
            }
        }
    }

    private static func template(_ text: String) throws -> LineFormat { LineFormat(try Template(text)) { _ in 0 } }

    @Test("each has its own, or the one for all, within a hand, too")
    func ownFormats() async throws {
        let formats = PrintFormats(
            try Self.template("all {n}"), own: ["b": try Self.template("{@stream}={n}"), "c": .rawData],
            streams: ["a", "b", "c"])
        let scene = Scene(formats)
        let event = #"{"n":1.0e+2}"#
        #expect(
            try await scene.print(("a", event), ("b", event), ("b", event), ("c", event), ("a", event), ("gone", event))
                == ["all 1.0e+2", "b=1.0e+2", "b=1.0e+2", event, "all 1.0e+2", "all 1.0e+2"])
    }

    @Test(
        "another one holds from the next hand on; who has gone keeps its own for what it brought, until the next change"
    )
    func replaced() async throws {
        let (x, y) = (try Self.template("x{n}"), try Self.template("y{n}"))
        let formats = PrintFormats(.rawData, own: ["a": x, "b": x], streams: ["a", "b", "c"])
        let scene = Scene(formats)
        #expect(try await scene.print(("a", "{}"), ("b", "{}"), ("c", "{}")) == ["x", "x", "{}"])
        formats.replace(y, own: ["c": x], streams: ["b", "c"])
        #expect(try await scene.print(("a", "{}"), ("b", "{}"), ("c", "{}")) == ["x", "y", "x"])
        formats.replace(y, own: [:], streams: ["b", "c"])
        #expect(try await scene.print(("a", "{}"), ("b", "{}"), ("c", "{}")) == ["y", "y", "y"])
    }

    @Test(
        "a worker keeps no more renderers than it may, however many formats there are and have been; each line is its own"
    )
    func kept() throws {
        func own(_ round: Int) throws -> [String: LineFormat] {
            var formats: [String: LineFormat] = [:]
            for number in 0..<HandRenderer.most * 2 {
                formats["s\(number)"] = try Self.template("\(round).\(number) {n}")
            }
            return formats
        }
        let names = (0..<HandRenderer.most * 2).map { "s\($0)" }
        let formats = PrintFormats(.rawData, own: try own(0), streams: names)
        var renderer = HandRenderer(formats.table)
        for round in 0..<4 {
            if round > 0 { formats.replace(.rawData, own: try own(round), streams: names) }
            if let table = formats.table(after: renderer.version) { renderer = HandRenderer(table) }
            #expect(renderer.kept.isEmpty)
            for _ in 0..<2 {
                let messages = names.map { Message(Event(data: ByteBuffer(string: #"{"n":7}"#)), stream: $0) }
                let lines = renderer.render(Hand(messages, worker: "worker.1.1") { _ in })
                #expect(
                    lines.lines.map { String(decoding: $0, as: UTF8.self) }
                        == names.indices.map { "\(round).\($0) 7" })
                #expect(renderer.kept.count == HandRenderer.most && Set(renderer.kept).count == HandRenderer.most)
            }
        }
    }

    @Test("one that finds nothing is named by its stream, and goes on to be watched when another one changes")
    func watched() async throws {
        let made = Locked<[String]>([])
        let (good, bad) = (try Self.template("{n}"), try Self.template("{nosuch}"))
        let formats = PrintFormats(good, own: ["b": bad, "c": bad], streams: ["a", "b", "c"]) { format, stream in
            made.withLock { $0.append(stream ?? "*") }
            return FormatWatch(format, key: stream.map { "stream.\($0).format" } ?? "all") { _ in }
        }
        let scene = Scene(formats)
        let events = [(stream: "a", data: #"{"n":1}"#), (stream: "b", data: #"{"n":1}"#)]
        for _ in 0..<19 { _ = try await scene.print(events[0], events[1]) }
        #expect(formats.complaint == nil)
        // Another one for all: that of `b` has seen nineteen already.
        formats.replace(try Self.template("{n}!"), own: ["b": bad, "c": bad], streams: ["a", "b", "c"])
        #expect(made.withLock { $0.sorted() } == ["*", "*", "b", "c"])
        _ = try await scene.print(events[0], events[1])
        let complaint = try #require(formats.complaint)
        #expect(complaint.key == "stream.b.format")
        #expect(
            complaint.text.hasPrefix(
                "none of the paths in stream.b.format ({nosuch}) was found in the last 20 messages"))
        for _ in 0..<20 { _ = try await scene.print(("c", "{}")) }
        #expect(formats.complaint?.text.hasSuffix("; 1 more format finds nothing, too") == true)
        // Who has gone is nobody's trouble.
        formats.replace(good, own: [:], streams: ["a"])
        #expect(formats.complaint == nil)
    }

    // MARK: Lines of JSON

    private func line(_ format: LineFormat, _ message: Message, isRead: Bool = true) throws -> String {
        var (renderer, findings, line) = (LineRenderer(format), FormatFindings(format), [UInt8]())
        // Once more leaves nothing behind.
        for _ in 0..<2 {
            line = []
            renderer.append(message, attempt: 2, to: &line, &findings)
        }
        let text = String(decoding: line, as: UTF8.self)
        if isRead { #expect(throws: Never.self, "\(text)") { try JSONSerialization.jsonObject(with: Data(line)) } }
        return text
    }

    private let events = LineFormat.events { Int64($0 / .microseconds(1)) }
    private let cloudEvents = LineFormat.cloudEvents { Int64($0 / .microseconds(1)) }

    @Test("ndjson is a line of JSON with what the event has, its data as it came, no number altered")
    func ndjson() throws {
        let head =
            #"{"stream":"wiki","event":"message","id":"","sequence":7,"received":"1970-01-01T00:01:30.000000Z","data":"#
        #expect(
            try line(events, Message("{\"a\": 1.0E+2,\r\n\"b\":12345678901234567890.10}"))
                == head + #"{"a": 1.0E+2,  "b":12345678901234567890.10}}"#)
        #expect(try line(events, Message("112233")) == head + "112233}")
        #expect(try line(events, Message("[DONE]")) == head + #""[DONE]"}"#)
        #expect(try line(events, Message("a \"b\"\nc\u{1B}")) == head + #""a \"b\"\nc\u001b"}"#)
        #expect(try line(events, Message("")) == head + #"""}"#)
        #expect(
            try line(events, Message("{}", type: "up\"date", id: "\u{1}4"))
                == #"{"stream":"wiki","event":"up\"date","id":"\u00014","sequence":7,"#
                + #""received":"1970-01-01T00:01:30.000000Z","data":{}}"#)
    }

    @Test("cloudevents is the event that a process gets")
    func cloud() throws {
        let message = Message(#"{"n": 1.00}"#, type: "edit", id: "4")
        #expect(
            try line(cloudEvents, message)
                == #"{"specversion":"1.0","id":"\#(message.identity)","source":"urn:ptr:stream:wiki","type":"edit","#
                + #""time":"1970-01-01T00:01:30.000000Z","datacontenttype":"application/json","data":{"n": 1.00},"#
                + #""seq":7,"stream":"wiki","eventid":"4","attempt":2}"#)
        #expect(
            try line(cloudEvents, Message("tick")).contains(#""datacontenttype":"text/plain","data":"tick","seq":7"#))
    }

    @Test("what could steer a terminal or tear a line is an escape of JSON in them, and says what it said")
    func escapes() throws {
        for format in [events, cloudEvents] {
            // Some cannot stand in a literal.
            let scalars = [0x7F, 0x9B, 0x2028, 0x202E, 0xFDD0, 0x1FFFE].compactMap { Unicode.Scalar(UInt32($0)) }
            let nasty = String(String.UnicodeScalarView(scalars)) + "é🙂"
            let line = try line(format, Message(#"{"a":"\#(nasty)\t"}"#))
            #expect(line.contains(#"{"a":"\u007f\u009b\u2028\u202e\ufdd0\ud83f\udffeé🙂\t"}"#))
        }
        // Half a pair stands as it came, though many a reader takes it for no JSON.
        #expect(try line(events, Message(#"["\ud800"]"#), isRead: false).hasSuffix(#""data":["\ud800"]}"#))
        // No text at all.
        let bytes = ByteBuffer(bytes: [0x7B, 0xFF, 0x7D])
        #expect(try line(events, Message(bytes)).hasSuffix("\"data\":\"{\u{FFFD}}\"}"))
    }

    @Test("data that the paths cannot lead into is printed as it came, whatever the format has beside them")
    func asItCame() throws {
        func line(_ template: String, _ data: String) throws -> String {
            let format = try Self.template(template)
            var (renderer, findings, line) = (LineRenderer(format), FormatFindings(format), [UInt8]())
            renderer.append(Message(data), to: &line, &findings)
            return String(decoding: line, as: UTF8.self)
        }
        for data in ["112233", "-0.10e5", "\"x\"", "null", "true", "[1, 2]", " 5 "] {
            #expect(try line("{@stream}: {a|none}", data) == data)
        }
        #expect(try line("{0}", "[1.0, 2]") == "1.0")
        #expect(try line("{@stream} {@data}", "112233") == "wiki 112233")
        let keys = #"{"$schema":1,"@id":2,"a/b":3,"a":{"b.c":4,"d\"e":5}}"#
        #expect(try line(#"{$schema}{"$schema"}{"@id"}{"a/b"}{a."b.c"}{a."d\"e"}{a.'d"e'}"#, keys) == "1123455")
    }
}
