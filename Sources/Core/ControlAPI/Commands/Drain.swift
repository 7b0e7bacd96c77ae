/// Stops reading from all streams and lets the pool finish what it holds. The daemon stays, paused, until `resume`.
public struct DrainRequest: ControlRequest, Hashable, Codable {
    /// What there is to finish.
    public typealias Response = DrainResponse
    /// `POST /v1/drain`.
    public static let route = ControlRoute.drain

    /// Makes a request.
    public init() {
    }

    /// Decodes a request.
    ///
    /// - Throws: `DecodingError`, also for a key that is not known.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseKeys(otherThan: [])
    }
}

/// What there is to finish. `GET /v1/status` tells how far it is: it is done when nothing is in flight.
public struct DrainResponse: Hashable, Sendable, Codable {
    /// Messages in flight at the moment of the answer.
    public let inFlight: Int
    /// The state of the daemon after it.
    public let state: Status.State

    private enum CodingKeys: String, CodingKey {
        case state
        case inFlight = "in_flight"
    }

    /// Makes one of its parts.
    public init(inFlight: Int, state: Status.State) {
        self.inFlight = inFlight
        self.state = state
    }
}
