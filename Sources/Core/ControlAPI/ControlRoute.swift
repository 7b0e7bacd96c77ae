/// One method and path of the control API. Server and client both read them from here.
public struct ControlRoute: Hashable, Sendable {
    /// The HTTP method, `GET` for questions and `POST` for commands.
    public let method: String
    /// The path, beginning with the version of the API.
    public let path: String

    /// One consistent snapshot of the daemon; answers ``Status``.
    public static let status = ControlRoute(method: "GET", path: "/v1/status")
    /// Pins the number of direct supervisors, or hands it back to the autoscaler; takes ``ScaleRequest``, answers
    /// ``ScaleResponse``.
    public static let scale = ControlRoute(method: "POST", path: "/v1/scale")
    /// Crashes one part of the tree on purpose; takes ``CrashRequest``, answers ``CrashResponse``.
    public static let crash = ControlRoute(method: "POST", path: "/v1/crash")

    /// All routes of this version.
    public static let all: [ControlRoute] = [.status, .scale, .crash]
}

/// A request of the control API, which knows its route and the type of its answer.
public protocol ControlRequest: Sendable, Encodable {
    associatedtype Response: Sendable, Codable
    /// Where the request goes. A `GET` is sent without a body.
    static var route: ControlRoute { get }
}

/// Asks for the daemon's ``Status``.
public struct StatusRequest: ControlRequest {
    /// The snapshot.
    public typealias Response = Status
    /// `GET /v1/status`.
    public static let route = ControlRoute.status

    /// Makes the request; it has nothing to say.
    public init() {}
}
