/// Figures of many rounds.
public struct Samples {
    private var values: [Double] = []

    /// No figures yet.
    public init() {}

    /// Adds the figure of one round.
    public mutating func add(_ value: Double) {
        values.append(value)
    }

    /// How many rounds there were.
    public var count: Int { values.count }

    /// The figure in the middle; 0 of none.
    public var median: Double { quantile(0.5) }

    /// The figure that a share of `share` of the rounds does not exceed; 0 of none.
    public func quantile(_ share: Double) -> Double {
        guard !values.isEmpty else { return 0 }
        return values.sorted()[min(Int(Double(values.count) * share), values.count - 1)]
    }
}
