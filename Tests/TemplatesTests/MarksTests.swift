import CScanning
import Glibc
import TestKit
import Testing

@testable import Templates

/// Two ways through one document: by vectors, and token by token. The second one is the measure of the first.
@Suite("What is read of JSON by vectors", .enabled(if: ptr_has_vectors(), "the processor has no such vectors"))
struct MarksTests {
    private static let paths = ["a", "a.b", "a[0]", "a[2].b", "b.a.b", "b[1][0]", "0", "1", "1.a", #""""#, #""c d""#]

    private static func paths(_ texts: [String]) -> [FieldPath] { texts.compactMap { try? FieldPath($0) } }

    /// What both ways see in a document; nil: it is no JSON.
    private func compare(
        _ document: [UInt8], _ fast: inout FieldReader, _ slow: inout FieldReader, count: Int = MarksTests.paths.count
    ) -> Bool {
        let (isRead, isJSON) = (fast.readByMarks(document.span), slow.readByTokens(document.span))
        guard isRead == isJSON, JSONScanner.isJSON(document.span) == isJSON else { return false }
        guard isJSON else { return true }
        return fast.kindOfDocument == slow.kindOfDocument
            && (0..<count).allSatisfy { path in
                switch (fast.value(at: path), slow.value(at: path)) {
                case (nil, nil): true
                case (let one?, let other?): one == other
                default: false
                }
            }
    }

    @Test("is what is read token by token, wherever in a block a token stands")
    func documents() {
        var generator = SeededGenerator(seed: 17)
        let paths = Self.paths(Self.paths)
        #expect(paths.count == Self.paths.count)
        var (fast, slow) = (FieldReader(paths), FieldReader(paths))
        for _ in 0..<1500 {
            let document = Array(AnyJSON(&generator).text.utf8)
            // Each of them at some places among the blocks of 64 bytes.
            for _ in 0..<4 {
                let space = Array(repeating: UInt8(ascii: " "), count: Int.random(in: 0..<70, using: &generator))
                let moved = space + document + space.prefix(Int.random(in: 0..<3, using: &generator))
                #expect(compare(moved, &fast, &slow), "\(String(decoding: moved, as: UTF8.self))")
            }
        }
    }

    @Test("is refused where it is refused token by token, after any change of some bytes")
    func changed() {
        var generator = SeededGenerator(seed: 19)
        let bytes =
            Array(#"{}[]",:\u0dtn019.-+eE x"#.utf8) + [0x0A, 0x1F, 0x7F, 0xC3, 0xA9, 0xE2, 0xED, 0xF0, 0xFF, 0x80]
        let paths = Self.paths(Self.paths)
        var (fast, slow) = (FieldReader(paths), FieldReader(paths))
        var (taken, refused) = (0, 0)
        for _ in 0..<15_000 {
            var document = Array(AnyJSON(&generator, values: 6).text.utf8)
            let space = Array(repeating: UInt8(ascii: " "), count: Int.random(in: 0..<64, using: &generator))
            for _ in 0..<Int.random(in: 1...2, using: &generator) where !document.isEmpty {
                let place = Int.random(in: document.indices, using: &generator)
                let byte = bytes.randomElement(using: &generator) ?? 0
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: document[place] = byte
                case 1: document.insert(byte, at: place)
                default: document.remove(at: place)
                }
            }
            #expect(compare(space + document, &fast, &slow), "\(space + document)")
            if slow.readByTokens(document.span) { taken += 1 } else { refused += 1 }
        }
        #expect(taken > 1000 && refused > 1000)
    }

    @Test("is the same of any short text of the bytes that mean something")
    func short() {
        var (fast, slow) = (FieldReader(Self.paths(["a"])), FieldReader(Self.paths(["a"])))
        let bytes = Array(#"{}[],:"a\1n "#.utf8)
        // All of four of them, alone and where a block ends.
        for number in 0..<bytes.count * bytes.count * bytes.count * bytes.count {
            var (rest, document) = (number, [UInt8]())
            for _ in 0..<4 {
                document.append(bytes[rest % bytes.count])
                rest /= bytes.count
            }
            guard compare(document, &fast, &slow, count: 1) else {
                Issue.record("\(String(decoding: document, as: UTF8.self))")
                return
            }
        }
        for text in [#"{"a":1}"#, #"{"a":[]}"#, #"["\\"]"#, #"[-0.5e+3,null,1]"#, #"{"a\u0062":"\""}"#, "[1.5,truе]"] {
            for space in 0..<130 {
                let document = Array(repeating: UInt8(ascii: " "), count: space) + Array(text.utf8)
                for cut in document.indices.suffix(text.utf8.count + 1) {
                    #expect(compare(Array(document[...cut]), &fast, &slow, count: 1), "\(space) \(text) \(cut)")
                }
            }
        }
    }

    @Test("reaches no further down than 64 objects and arrays, and has room for a number of marks")
    func bounds() {
        var (fast, slow) = (FieldReader(Self.paths(["a", "a[1]"])), FieldReader(Self.paths(["a", "a[1]"])))
        for depth in [1, 63, 64, 65, 512, 513] {
            let text = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
            #expect(JSONScanner.isJSON(Array(text.utf8).span) == (depth <= 64))
            #expect(fast.read(Array(text.utf8).span) == (depth <= 512))
        }
        for count in [1, 100, 5000, 8000, 20_000] {
            let text = #"{"a":["# + Array(repeating: "1", count: count).joined(separator: ",") + "]}"
            let document = Array(text.utf8)
            #expect(fast.readByMarks(document.span) == (count < 10_000))
            #expect(fast.read(document.span) && slow.readByTokens(document.span))
            #expect(fast.value(at: 1)?.range == slow.value(at: 1)?.range)
        }
    }

    @Test("never needs a byte behind the text")
    func end() throws {
        let page = sysconf(Int32(_SC_PAGESIZE))
        let pages = mmap(nil, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        let start = try #require(pages == MAP_FAILED ? nil : pages)
        defer { munmap(start, 2 * page) }
        try #require(mprotect(start + page, page, PROT_NONE) == 0)
        for count in 0...200 {
            for (begin, filler, end) in [
                (#"{"a":""#, "x", #""}"#), ("[", "1", "]"), ("", "1", ""), (#"[""#, "\\", #""]"#), ("", " ", "nul"),
                (#"""#, "é", ""), ("", "-", ""), ("[", "{", ""),
            ] {
                let text = begin + String(repeating: filler, count: count) + end
                let document = Array(text.utf8)
                let place = start + page - document.count
                document.withUnsafeBytes { bytes in
                    if let base = bytes.baseAddress { memcpy(place, base, bytes.count) }
                }
                let bytes = UnsafeBufferPointer(start: place.assumingMemoryBound(to: UInt8.self), count: document.count)
                var (fast, slow) = (FieldReader(Self.paths(["a", "0"])), FieldReader([]))
                #expect(fast.readByMarks(bytes.span) == slow.readByTokens(document.span), "\(text)")
                for isByVectors in [true, false] {
                    let length = ptr_plain_length(bytes.baseAddress, bytes.count, isByVectors)
                    #expect(length == document.firstIndex { $0 >= 0x7F } ?? document.count)
                }
            }
        }
    }

    @Test("is found plain as far as each byte of it is, by vectors and by words")
    func plain() {
        var generator = SeededGenerator(seed: 23)
        for count in 0...200 {
            for _ in 0..<10 {
                var text = (0..<count).map { _ in UInt8.random(in: 0x20..<0x7F, using: &generator) }
                for _ in 0..<Int.random(in: 0..<3, using: &generator) where count > 0 {
                    let byte: UInt8 =
                        [0x09, 0x0A, 0x1F, 0x20, 0x7E, 0x7F, 0x80, 0xFF].randomElement(using: &generator) ?? 0
                    text[Int.random(in: 0..<count, using: &generator)] = byte
                }
                let plain = text.firstIndex { $0 != 0x09 && !(0x20..<0x7F).contains($0) } ?? count
                #expect(ptr_plain_length(text, count, true) == plain && ptr_plain_length(text, count, false) == plain)
            }
        }
    }
}

/// A document by chance.
private struct AnyJSON {
    private(set) var text = ""
    private static let names = [
        "a", "b", "c d", "0", "1", "", #"\u0061"#, #"b\\"#, "größe", "a name that is longer than others",
    ]

    init(_ generator: inout SeededGenerator, values: Int = 25) {
        var budget = values
        write(&generator, depth: 0, &budget)
    }

    private mutating func write(_ generator: inout SeededGenerator, depth: Int, _ budget: inout Int) {
        budget -= 1
        let space = ["", "", "", " ", "\n", "  \t\r\n "].randomElement(using: &generator) ?? ""
        let count = budget > 0 && depth < 6 ? Int.random(in: 0..<4, using: &generator) : 0
        switch Int.random(in: 0..<(depth < 2 ? 7 : 12), using: &generator) {
        case 0..<3:
            text += "{\(space)"
            for index in 0..<count {
                // A name may be there twice.
                text += index > 0 ? "\(space),\(space)" : ""
                text += "\"\(Self.names.randomElement(using: &generator) ?? "")\"\(space):\(space)"
                write(&generator, depth: depth + 1, &budget)
            }
            text += "\(space)}"
        case 3..<6:
            text += "[\(space)"
            for index in 0..<count {
                text += index > 0 ? "\(space),\(space)" : ""
                write(&generator, depth: depth + 1, &budget)
            }
            text += "\(space)]"
        case 6, 7:
            text +=
                ["true", "false", "null", "0", "-0", "12", "-7", "1.5", "0.25", "1e3", "2E-2", "12345678901234567890"]
                .randomElement(using: &generator) ?? ""
        default:
            text += "\""
            for _ in 0..<Int.random(in: 0..<40, using: &generator) {
                text +=
                    ["x", "y", " ", "{", "]", ",", ":", "é", "中", "🙂", #"\""#, #"\\"#, #"\n"#, #"\u00e9"#, #"\ud83d"#]
                    .randomElement(using: &generator) ?? ""
            }
            text += "\""
        }
    }
}
