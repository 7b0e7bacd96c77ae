import Foundation
import TestKit
import Testing

@testable import Templates

/// Foundation's reader of JSON is another one, written by others.
@Suite("What is read of JSON, beside what Foundation reads")
struct DifferentialTests {
    @Test("is the same in documents of any shape")
    func documents() throws {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<3000 {
            let document = Writer.document(&generator)
            let bytes = Array(document.utf8)
            let theirs = try JSONSerialization.jsonObject(with: Data(bytes), options: [.fragmentsAllowed])
            let paths = (0..<6).map { _ in Writer.path(into: theirs, &generator) }.filter { !$0.isEmpty }.map {
                FieldPath($0)
            }
            var reader = FieldReader(paths)
            let isRead = reader.read(bytes.span)
            try #require(isRead && isJSON(bytes), "\(document)")
            for (place, path) in paths.enumerated() {
                var text: [UInt8] = []
                let kind = reader.append(place, of: bytes.span, to: &text)
                let value = Writer.value(at: path.steps, in: theirs)
                #expect(Writer.isSame(kind, text, value), "\(path) of \(document)")
            }
        }
    }

    @Test("is refused where Foundation refuses it, after any change of some bytes")
    func changed() {
        var generator = SeededGenerator(seed: 5)
        let bytes = Array(#"{}[]",:\u0dtn019.-+eE x"#.utf8) + [0x0A, 0x1F, 0xC3, 0xA9]
        var (reader, refused, taken) = (FieldReader([]), 0, 0)
        for _ in 0..<20_000 {
            var document = Array(Writer.document(&generator, values: 4).utf8)
            for _ in 0..<Int.random(in: 1...2, using: &generator) where !document.isEmpty {
                let place = Int.random(in: document.indices, using: &generator)
                let byte = bytes.randomElement(using: &generator) ?? 0
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: document[place] = byte
                case 1: document.insert(byte, at: place)
                default: document.remove(at: place)
                }
            }
            // Unlike RFC 8259, Foundation refuses halves of surrogate pairs and what is beyond a Double, and takes a comma
            // behind the last of several.
            let text = String(decoding: document, as: UTF8.self).lowercased()
            guard !text.contains("\\ud"), !text.contains(/\de\+?\d{3}|,\s*[\]}]/) else { continue }
            let ours = reader.read(document.span)
            let theirs = try? JSONSerialization.jsonObject(with: Data(document), options: [.fragmentsAllowed])
            #expect(ours == (theirs != nil), "\(String(decoding: document, as: UTF8.self))")
            #expect(ours == isJSON(document), "\(String(decoding: document, as: UTF8.self))")
            if ours { taken += 1 } else { refused += 1 }
        }
        #expect(taken > 1000 && refused > 1000)
    }
}

@Suite("What is only checked of JSON")
struct JSONCheckTests {
    @Test("is the same at any depth", arguments: [1, 63, 64, 65, 511, 512, 513])
    func depths(depth: Int) {
        for (open, close) in [("[", "]"), (#"{"a":"#, "}"), (#"[{"a":"#, "}]")] {
            let (opens, closes) = (String(repeating: open, count: depth), String(repeating: close, count: depth))
            for text in [
                opens + "1" + closes, opens + "1" + closes.dropLast(), opens + "1" + closes + "]", opens, closes,
            ] {
                let bytes = Array(text.utf8)
                var reader = FieldReader([])
                let isRead = reader.read(bytes.span)
                #expect(isJSON(bytes) == isRead)
            }
        }
        #expect(isJSON(Array(#"[{},[],{"a":{}}]"#.utf8)))
        for text in ["[{]}", "{[1]}", ""] { #expect(!isJSON(Array(text.utf8))) }
        #expect(!isJSON([0x22, 0xFF, 0x22]))
    }
}

private func isJSON(_ document: [UInt8]) -> Bool { document.span.isJSON }

/// Writes documents by chance, with white space, escapes and numbers of every notation.
private enum Writer {
    private static let names = ["a", "b", "c d", "größe", "\n", "0", ""]

    static func document(_ generator: inout SeededGenerator, values: Int = 30) -> String {
        var budget = values
        return value(&generator, depth: 0, &budget)
    }

    private static func value(_ generator: inout SeededGenerator, depth: Int, _ budget: inout Int) -> String {
        budget -= 1
        let space = [" ", "", "", "\n", "\t \r"].randomElement(using: &generator) ?? ""
        let count = budget > 0 && depth < 5 ? Int.random(in: 0..<4, using: &generator) : 0
        switch Int.random(in: 0..<10, using: &generator) {
        case 0..<3:
            var members: [String] = []
            // Foundation takes one of several members of a name; which, it does not say.
            for name in names.shuffled(using: &generator).prefix(count) {
                let value = value(&generator, depth: depth + 1, &budget)
                members.append("\(space)\(string(name, &generator))\(space):\(space)\(value)")
            }
            return "{\(members.joined(separator: "\(space),"))\(space)}"
        case 3..<5:
            var elements: [String] = []
            for _ in 0..<count { elements.append(value(&generator, depth: depth + 1, &budget)) }
            return "[\(space)\(elements.joined(separator: "\(space),\(space)"))\(space)]"
        case 5: return ["true", "false", "null"].randomElement(using: &generator) ?? ""
        case 6:
            return ["0", "-0", "12", "-7", "1.5", "1.0", "1e3", "2E-2", "0.1e+1", "9007199254740993"]
                .randomElement(using: &generator) ?? ""
        default:
            let text = (0..<Int.random(in: 0..<12, using: &generator)).map { _ in
                ["x", "é", "中", "🙂", "\"", "\\", "/", "\n", "\u{1}", " ", "{", "]"].randomElement(using: &generator)
                    ?? ""
            }
            return string(text.joined(), &generator)
        }
    }

    private static func string(_ text: String, _ generator: inout SeededGenerator) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            let isForced = scalar.value < 0x20 || scalar == "\"" || scalar == "\\"
            if isForced || Int.random(in: 0..<5, using: &generator) == 0 {
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16, uppercase: Bool.random(using: &generator))
                    result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// A path that leads somewhere more often than not.
    static func path(into value: Any, _ generator: inout SeededGenerator) -> [FieldPath.Step] {
        var (steps, value): ([FieldPath.Step], Any?) = ([], value)
        while Int.random(in: 0..<6, using: &generator) > 0 {
            if let object = value as? [String: Any], let name = object.keys.sorted().randomElement(using: &generator) {
                steps.append(.member(name))
                value = object[name]
            } else if let array = value as? [Any], !array.isEmpty {
                let index = Int.random(in: 0...array.count, using: &generator)
                steps.append(.element(index))
                value = index < array.count ? array[index] : nil
            } else {
                if Bool.random(using: &generator) { steps.append(.member("nosuch")) }
                break
            }
        }
        return steps
    }

    static func value(at path: [FieldPath.Step], in document: Any) -> Any? {
        path.reduce(document as Any?) { value, step in
            switch step {
            case .member(let name): return (value as? [String: Any])?[name]
            case .element(let index):
                guard let array = value as? [Any], array.indices.contains(index) else { return nil }
                return array[index]
            }
        }
    }

    static func isSame(_ kind: FieldReader.Kind?, _ text: [UInt8], _ value: Any?) -> Bool {
        let words = String(decoding: text, as: UTF8.self)
        switch kind {
        case nil: return value == nil && words.isEmpty
        case .null: return value is NSNull && words.isEmpty
        case .string: return value as? String == words
        case .boolean: return (value as? Bool).map { "\($0)" } == words
        case .number: return (value as? NSNumber)?.doubleValue == Double(words)
        case .object, .array:
            let ours = try? JSONSerialization.jsonObject(with: Data(text)) as? NSObject
            return ours != nil && ours == value as? NSObject
        }
    }
}
