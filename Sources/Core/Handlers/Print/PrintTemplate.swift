public import EventSource
import Foundation
import NIOCore

/// What a printed line consists of: text, and values from the message's JSON payload.
///
/// A value that is not there leaves its place empty. A payload that is not JSON is printed as it came. A line is always
/// one line: control characters are written as escapes.
public struct PrintTemplate: Sendable, Hashable {
    /// A part of a line.
    public enum Segment: Sendable, Hashable {
        case text(String)
        /// The value at a path into the payload.
        case value([Step])
    }

    /// A step into a JSON document.
    public enum Step: Sendable, Hashable {
        case member(String)
        case element(Int)
    }

    private let segments: [Segment]
    private let isRawData: Bool

    /// The data as it came.
    public static let rawData = PrintTemplate(segments: [], isRawData: true)

    /// A line of these segments, one after another.
    public init(_ segments: [Segment]) {
        self.init(segments: segments, isRawData: false)
    }

    private init(segments: [Segment], isRawData: Bool) {
        self.segments = segments
        self.isRawData = isRawData
    }

    /// The line for an event, without its line end.
    public func line(for event: EventStreamEvent) -> [UInt8] {
        var line: [UInt8] = []
        guard !isRawData,
            let document = try? JSONSerialization.jsonObject(
                with: Data(event.data.readableBytesView), options: [.fragmentsAllowed])
        else {
            event.data.withUnsafeReadableBytes { line.appendPrintable($0) }
            return line
        }
        for segment in segments {
            switch segment {
            case .text(let text): line.appendPrintable(text.utf8)
            case .value(let path): line.appendPrintable(Self.text(at: path, in: document).utf8)
            }
        }
        return line
    }

    private static func text(at path: [Step], in document: Any) -> String {
        var value = document
        for step in path {
            switch step {
            case .member(let name):
                guard let next = (value as? [String: Any])?[name] else { return "" }
                value = next
            case .element(let index):
                guard let array = value as? [Any], array.indices.contains(index) else { return "" }
                value = array[index]
            }
        }
        switch value {
        case let text as String: return text
        case is NSNull: return ""
        case let number as NSNumber:
            return isBoolean(number) ? (number.boolValue ? "true" : "false") : number.stringValue
        default:
            let data = try? JSONSerialization.data(
                withJSONObject: value, options: [.fragmentsAllowed, .sortedKeys, .withoutEscapingSlashes])
            return data.map { String(decoding: $0, as: UTF8.self) } ?? ""
        }
    }

    /// JSON's booleans arrive as numbers that remember their C type.
    private static func isBoolean(_ number: NSNumber) -> Bool {
        String(cString: number.objCType) == "c"
    }
}

extension [UInt8] {
    /// Appends bytes with control characters as escapes: a line stays one line, and a terminal is not steered from
    /// outside.
    mutating func appendPrintable(_ bytes: some Collection<UInt8>) {
        reserveCapacity(count + bytes.count)
        var previous: UInt8 = 0
        for byte in bytes {
            defer { previous = byte }
            switch byte {
            case UInt8(ascii: "\n"): append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "n")])
            case UInt8(ascii: "\r"): append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "r")])
            case UInt8(ascii: "\t"): append(byte)
            case 0..<0x20, 0x7F:
                append(contentsOf: [
                    UInt8(ascii: "\\"), UInt8(ascii: "x"), Self.digit(byte >> 4), Self.digit(byte & 15),
                ])
            case 0x80...0x9F where previous == 0xC2:
                // U+0080 to U+009F: to some terminals as good as an escape sequence.
                self[count - 1] = UInt8(ascii: "\\")
                append(contentsOf: [UInt8(ascii: "x"), Self.digit(byte >> 4), Self.digit(byte & 15)])
            default: append(byte)
            }
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
