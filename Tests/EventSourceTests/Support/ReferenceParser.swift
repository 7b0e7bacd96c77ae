import NIOCore

@testable import EventSource

/// The standard's text turned into the plainest code, for whole inputs: slow, and right at a glance.
enum ReferenceParser {
    static func parse(_ input: [UInt8]) -> Outcome {
        var bytes = input
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
        var outcome = Outcome()
        var idBuffer: [UInt8] = []
        var hasOwnID = false
        var typeBuffer: [UInt8] = []
        var dataBuffer: [UInt8] = []
        for line in lines(of: bytes) {
            if line.isEmpty {
                outcome.lastEventID = idBuffer
                if !dataBuffer.isEmpty {
                    dataBuffer.removeLast()
                    let type = typeBuffer.isEmpty ? "message" : String(decoding: typeBuffer, as: UTF8.self)
                    outcome.events.append(PlainEvent(type: type, data: dataBuffer, id: idBuffer))
                    outcome.ownIDs.append(hasOwnID)
                    hasOwnID = false
                }
                dataBuffer = []
                typeBuffer = []
                continue
            }
            if line[0] == 0x3A {
                outcome.comments.append(Array(line.dropFirst()))
                outcome.counters.comments += 1
                continue
            }
            let colon = line.firstIndex(of: 0x3A)
            let name = Array(line[..<(colon ?? line.count)])
            var value = colon.map { Array(line[($0 + 1)...]) } ?? []
            if value.first == 0x20 { value.removeFirst() }
            if name == Array("data".utf8) {
                dataBuffer += value + [0x0A]
            } else if name == Array("event".utf8) {
                typeBuffer = value
            } else if name == Array("id".utf8) {
                if !value.contains(0) { (idBuffer, hasOwnID) = (value, true) }
            } else if name == Array("retry".utf8) {
                if !value.isEmpty, value.allSatisfy({ 0x30...0x39 ~= $0 }) {
                    outcome.retry = .milliseconds(Int64(String(decoding: value, as: UTF8.self)) ?? .max)
                }
            }
        }
        return outcome
    }

    /// The complete lines, without their ends.
    private static func lines(of bytes: [UInt8]) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var line: [UInt8] = []
        var index = 0
        while index < bytes.count {
            switch bytes[index] {
            case 0x0D:
                lines.append(line)
                line = []
                if index + 1 < bytes.count, bytes[index + 1] == 0x0A { index += 1 }
            case 0x0A:
                lines.append(line)
                line = []
            default:
                line.append(bytes[index])
            }
            index += 1
        }
        return lines
    }
}
