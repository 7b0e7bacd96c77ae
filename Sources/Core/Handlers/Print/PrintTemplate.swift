import Foundation
import NIOCore
public import Pipeline
import Systemd

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

    /// The paths, as the configuration writes them.
    var paths: [String] {
        segments.compactMap { segment in
            guard case .value(let path) = segment else { return nil }
            return "{" + path.enumerated().map { $1.text(isFirst: $0 == 0) }.joined() + "}"
        }
    }

    /// The line for an event, without its line end.
    public func line(for event: Event) -> [UInt8] { render(event).line }

    /// What a line was made of.
    struct Rendering {
        var line: [UInt8] = []
        /// For each of the template's paths whether there was a value, be it null.
        var found: [Bool] = []
        /// The payload; nil: it is no JSON, or it does not matter.
        var document: Any?
    }

    func render(_ event: Event) -> Rendering {
        var result = Rendering()
        guard !isRawData,
            let document = try? JSONSerialization.jsonObject(
                with: Data(event.data.readableBytesView), options: [.fragmentsAllowed])
        else {
            event.data.withUnsafeReadableBytes { result.line.appendPrintable($0) }
            return result
        }
        result.document = document
        for segment in segments {
            switch segment {
            case .text(let text): result.line.appendPrintable(text.utf8)
            case .value(let path):
                let value = Self.value(at: path, in: document)
                result.found.append(value != nil)
                if let value { result.line.appendPrintable(Self.text(value).utf8) }
            }
        }
        return result
    }

    private static func value(at path: [Step], in document: Any) -> Any? {
        var value = document
        for step in path {
            switch step {
            case .member(let name):
                guard let next = (value as? [String: Any])?[name] else { return nil }
                value = next
            case .element(let index):
                guard let array = value as? [Any], array.indices.contains(index) else { return nil }
                value = array[index]
            }
        }
        return value
    }

    private static func text(_ value: Any) -> String {
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

extension PrintTemplate.Step {
    fileprivate func text(isFirst: Bool) -> String {
        switch self {
        case .member(let name): isFirst ? name : ".\(name)"
        case .element(let index): isFirst ? "\(index)" : "[\(index)]"
        }
    }
}
