import ArgumentParser
import ProgramKit

/// An address to listen on, `HOST:PORT`.
struct ListenOption: Equatable, Sendable {
    let host: String
    let port: Int

    static let standard = ListenOption(host: "127.0.0.1", port: 4000)

    private init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    init(_ text: String) throws {
        let mend = "write HOST:PORT, for example 127.0.0.1:4000, or [::1]:4000; port 0 takes any that is free"
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            throw ValidationError("'\(text)' is not an address: \(mend).")
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            throw ValidationError("'\(text)' is not an address: an IPv6 address stands in brackets; \(mend).")
        }
        guard !host.isEmpty else { throw ValidationError("'\(text)' names no host: \(mend).") }
        self.host = String(host)
        self.port = Int(port)
    }
}

/// A rate, `N` or `MIN..MAX`, in events a second.
enum RateOption {
    static let maximum = 1_000_000.0

    static func parse(_ text: String) throws -> RateRange {
        let parts = text.split(separator: "..", omittingEmptySubsequences: false)
        let numbers = parts.compactMap(number)
        guard numbers.count == parts.count, (1...2).contains(parts.count) else {
            throw ValidationError(
                "'\(text)' is not a rate: write N or MIN..MAX in events a second, for example 1000 or 100..1000.")
        }
        let (minimum, maximum) = (numbers[0], numbers[numbers.count - 1])
        guard minimum > 0 else {
            throw ValidationError("a rate of \(parts[0]) sends nothing: it must be above 0.")
        }
        guard minimum <= maximum else {
            throw ValidationError(
                "the minimum \(parts[0]) is above the maximum \(parts[1]): write \(parts[1])..\(parts[0]).")
        }
        guard maximum <= Self.maximum else {
            throw ValidationError("a rate goes up to \(Int(Self.maximum)) events a second; --flood has no limit.")
        }
        return RateRange(minimum: minimum, maximum: maximum)
    }

    private static func number(_ text: Substring) -> Double? {
        // Not everything that Double reads is a rate: `nan`, `0x10`, `1e3`.
        guard text.utf8.allSatisfy({ $0 == UInt8(ascii: ".") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else {
            return nil
        }
        return Double(text)
    }
}

/// A duration such as `500ms`, `30s` or `5m`, in seconds.
enum DurationOption {
    /// From a tenth of a second to a day.
    static let bounds = 0.1...86_400

    static func parse(_ text: String) throws -> Double {
        guard let value = try? UnitText.duration.parse(text) else {
            throw ValidationError(
                "'\(text)' is not a duration: write a number with its unit, for example 500ms, 30s or 5m.")
        }
        let seconds = Duration(attoseconds: value) / .seconds(1)
        guard bounds.contains(seconds) else {
            throw ValidationError("a period of \(text) is out of bounds: choose one from 100ms to 24h.")
        }
        return seconds
    }

    static func format(_ seconds: Double) -> String {
        UnitText.duration.format(Duration.milliseconds(Int((seconds * 1000).rounded())).attoseconds) ?? "0s"
    }
}
