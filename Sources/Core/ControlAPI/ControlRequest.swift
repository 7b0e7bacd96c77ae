public import ProgramKit

/// The version of the programs of this package; ptrd reports it in ``Status``, `ptrctl version` prints it.
public typealias Version = ProgramKit.Version

/// One method and path of the control API. Server and client both read them from here; which there are is declared in
/// docs/openapi.json.
public struct ControlRoute: Hashable, Sendable {
    /// The HTTP method: `GET` for questions, `POST` for what changes something.
    public let method: String
    /// The path, beginning with the version of the API. `{id}` stands for a number in it.
    public let path: String
}

/// A request of the control API, which knows its route and the type of its answer.
///
/// What a `GET` has to say stands in its query and in its path; what a `POST` has to say is its body.
public protocol ControlRequest: Sendable, Encodable {
    associatedtype Response: Sendable, Codable
    /// Where the request goes. A `GET` is sent without a body.
    static var route: ControlRoute { get }
    /// What stands for `{id}` in the route's path; nil if it has none.
    var identifier: String? { get }
    /// What stands in the query. A name may come more than once.
    var query: [QueryItem] { get }
}

extension ControlRequest {
    /// None.
    public var identifier: String? { nil }
    /// None.
    public var query: [QueryItem] { [] }
}

/// A `GET`, which the server makes of a path and a query.
public protocol ControlQuestion: ControlRequest {
    /// Reads what the path and the query say.
    ///
    /// - Throws: ``ControlFailure`` of the code ``ErrorCode/badRequest``, which names the parameter at fault.
    init(identifier: String?, query: inout Query) throws(ControlFailure)
}

/// A question whose answer does not end: an event stream, of which each event is one document.
public protocol ControlSubscription: ControlQuestion {}

/// A `POST`, which the server makes of a body. Its description is what the log and the audit trail call it; names in it may
/// hold anything and are quoted.
public protocol ControlCommand: ControlRequest, Decodable, CustomStringConvertible {}

/// One of a list of words that may grow: a later daemon may know more of them, and whoever reads one passes over what it
/// does not know.
public protocol Word: RawRepresentable, Hashable, Sendable, Codable where RawValue == String {
    /// Makes one of any word.
    init(rawValue: String)
    /// Those of this version.
    static var all: [Self] { get }
}
