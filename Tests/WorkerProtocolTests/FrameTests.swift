import Foundation
import NIOCore
import TestKit
import Testing
import WorkerProtocol

@Suite("A frame")
struct FrameTests {
    private func frame(_ message: FrameMessage, framing: Framing = .lines) -> String {
        var (encoder, buffer) = (FrameEncoder(framing: framing), ByteBuffer())
        encoder.append(message, to: &buffer)
        return String(buffer: buffer)
    }

    /// What JSON's own reader makes of a frame.
    private func members(_ message: FrameMessage) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(frame(message).utf8)) as? [String: Any])
    }

    @Test("is a CloudEvent on a line, with the data as it came")
    func wholeFrame() {
        #expect(
            frame(.example(key: "k"))
                == #"{"specversion":"1.0","id":"tweets-1/438","source":"urn:ptr:stream:tweets-1","#
                + #""type":"message","time":"2026-11-27T15:33:37.120456Z","datacontenttype":"application/json","#
                + #""data":{"n":1},"seq":485,"stream":"tweets-1","eventid":"438","attempt":1,"key":"k"}"# + "\n")
    }

    @Test("leaves out what there is not")
    func absent() throws {
        let members = try members(.example(eventID: ""))
        #expect(members["eventid"] == nil && members["key"] == nil)
    }

    @Test(
        "has numbers, keys and escapes in it as they stood",
        arguments: [
            #"{"id":1234567890123456789012345678901234567890,"x":1.10,"y":-0,"z":1E400}"#, #"{"a":1,"a":2}"#,
            #"["é\ud83d\ude00\u0000","日本"]"#, "  17 ", "null", #""text""#, "[]", "{}",
        ])
    func untouched(data: String) {
        let text = frame(.example(data: Array(data.utf8)))
        #expect(text.contains(#""datacontenttype":"application/json","data":\#(data),"seq":485"#))
    }

    @Test("has spaces for line ends between tokens")
    func lineEnds() {
        let text = frame(.example(data: Array("{\n\t\"a\": [1,\r\n2]\n}\r".utf8)))
        #expect(text.contains("\"data\":{ \t\"a\": [1,  2] } ,\"seq\""))
        #expect(text.utf8.filter { $0 == 0x0A || $0 == 0x0D }.count == 1)
    }

    @Test(
        "has data that is no JSON as a string",
        arguments: [
            "", "[DONE]", "{\"a\":1", "01", "{\"a\":1}x", "a \"quoted\"\n\u{8}\u{0}\u{1F}line\\", "é日😀",
            String(repeating: "\"", count: 10_000), String(repeating: "[", count: 600),
        ])
    func text(data: String) throws {
        let members = try members(.example(data: Array(data.utf8)))
        #expect(members["datacontenttype"] as? String == "text/plain")
        #expect(members["data"] as? String == data)
    }

    @Test("has a byte order mark, with which no JSON begins, as text")
    func byteOrderMark() {
        #expect(frame(.example(data: "\u{FEFF}{}".utf8)).contains("\"text/plain\",\"data\":\"\u{FEFF}{}\","))
    }

    @Test("has U+FFFD for what is not UTF-8")
    func illFormed() throws {
        let members = try members(.example(data: [0x22, 0xFF, 0x61, 0xC3, 0x22]))
        #expect(members["data"] as? String == "\"\u{FFFD}a\u{FFFD}\"")
        #expect(members["datacontenttype"] as? String == "text/plain")
    }

    @Test("is JSON whatever type, id and key hold")
    func escapes() throws {
        let odd = "\"\\\n\u{0}é"
        let members = try members(.example(type: odd, eventID: odd, key: odd))
        #expect(members["type"] as? String == odd && members["eventid"] as? String == odd)
        #expect(members["key"] as? String == odd)
    }

    @Test("names an identity that is a hash in digits")
    func hash() throws {
        var message = FrameMessage.example()
        message.identity = .hash(high: 0x0123_4567_89AB_CDEF, low: 0xFEDC_BA98_0000_0001)
        #expect(try members(message)["id"] as? String == "0123456789abcdeffedcba9800000001")
    }

    @Test("has the time to the microsecond, also before 1970 and when it runs backwards")
    func times() {
        var (encoder, message) = (FrameEncoder(framing: .lines), FrameMessage.example())
        for (time, text) in [
            (0, "1970-01-01T00:00:00.000000Z"), (1_000_001, "1970-01-01T00:00:01.000001Z"),
            (1_999_999, "1970-01-01T00:00:01.999999Z"), (-1, "1969-12-31T23:59:59.999999Z"),
            (-1_000_000, "1969-12-31T23:59:59.000000Z"), (0, "1970-01-01T00:00:00.000000Z"),
        ] as [(Int64, String)] {
            var buffer = ByteBuffer()
            message.time = time
            encoder.append(message, to: &buffer)
            #expect(String(buffer: buffer).contains("\"time\":\"\(text)\""))
        }
    }

    @Test("knows the streams apart, however many there are")
    func streams() {
        var (encoder, message) = (FrameEncoder(framing: .lines), FrameMessage.example())
        for number in Array(0..<300) + [0, 299, 0] {
            var buffer = ByteBuffer()
            message.stream = "s\(number)"
            encoder.append(message, to: &buffer)
            let text = String(buffer: buffer)
            #expect(
                text.contains("\"source\":\"urn:ptr:stream:s\(number)\"") && text.contains("\"stream\":\"s\(number)\""))
        }
    }

    @Test("of a batch has all of its messages, and its number")
    func batch() throws {
        var (encoder, buffer) = (FrameEncoder(framing: .lines), ByteBuffer(string: "before"))
        encoder.beginBatch(in: &buffer)
        for sequence in 1...3 as ClosedRange<UInt64> { encoder.appendToBatch(.example(sequence), in: &buffer) }
        encoder.endBatch(frame: 9, in: &buffer)
        let text = String(buffer: buffer).dropFirst("before".count)
        let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        #expect(object?["frame"] as? Int == 9)
        #expect((object?["batch"] as? [[String: Any]])?.map { $0["seq"] as? Int } == [1, 2, 3])
        #expect(text.last == "\n" && text.dropLast().contains("\n") == false)
    }

    @Test("has its length before it, if that is the framing")
    func length() throws {
        var (encoder, buffer) = (FrameEncoder(framing: .length), ByteBuffer())
        encoder.append(.example(), to: &buffer)
        encoder.beginBatch(in: &buffer)
        encoder.appendToBatch(.example(), in: &buffer)
        encoder.endBatch(frame: 1, in: &buffer)
        for keys in [["seq", "data"], ["batch", "frame"]] {
            let frame = buffer.readLengthPrefixedSlice(as: UInt32.self)?.readableBytesView
            let object = try JSONSerialization.jsonObject(with: Data(frame ?? [])) as? [String: Any]
            #expect(keys.allSatisfy { object?[$0] != nil })
        }
        #expect(buffer.readableBytes == 0)
    }

    @Test("is one line of JSON whatever the data are")
    func chance() {
        var generator = SeededGenerator(seed: 11)
        let pieces =
            [
                "{", "}", "[", "]", "\"", "\\", ",", ":", "a", "1", "-", "\n", "\r", "\0", "é", "null", " ", "\\u12",
                "e5",
            ].map { Array($0.utf8) } + [[0xFF], [0xE2, 0x82]]
        var (encoder, taken) = (FrameEncoder(framing: .lines), 0)
        for _ in 0..<20_000 {
            let data = (0..<Int.random(in: 0..<8, using: &generator)).flatMap { _ in
                pieces.randomElement(using: &generator) ?? []
            }
            var buffer = ByteBuffer()
            encoder.append(.example(data: data), to: &buffer)
            let bytes = Data(buffer.readableBytesView)
            #expect(bytes.count { $0 == 0x0A || $0 == 0x0D } == 1 && bytes.last == 0x0A)
            let object = try? JSONSerialization.jsonObject(with: bytes) as? [String: Any]
            #expect(object?["seq"] as? Int == 485, "\(data)")
            if object?["datacontenttype"] as? String == "application/json" { taken += 1 }
        }
        #expect(taken > 200)
    }
}
