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
