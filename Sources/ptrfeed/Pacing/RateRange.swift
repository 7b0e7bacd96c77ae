/// How fast the whole feed goes, in events a second over both streams: from `minimum` to `maximum` and back once a
/// period.
struct RateRange: Equatable, Sendable, CustomStringConvertible {
    let minimum: Double
    let maximum: Double

    var description: String {
        minimum == maximum ? Self.format(minimum) : "\(Self.format(minimum))..\(Self.format(maximum))"
    }

    private static func format(_ value: Double) -> String {
        value == value.rounded() ? String(Int(value)) : String(value)
    }
}
