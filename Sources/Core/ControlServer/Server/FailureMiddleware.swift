import ControlAPI
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1

/// Turns whatever goes wrong below it into an ``ErrorResponse``, so that every answer of the API is a document of the
/// API.
struct FailureMiddleware: RouterMiddleware {
    typealias Context = ControlContext

    let limits: ControlServerLimits
    let logger: Logger

    func handle(
        _ request: Request, context: ControlContext, next: (Request, ControlContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPParserError {
            // The connection answers this one itself, and closes.
            throw error
        } catch {
            let failure = explain(error, request)
            let headers: HTTPFields =
                switch failure.code {
                case .rateLimited: [.retryAfter: "1"]
                // What is left of the body is not read: the connection has no further use.
                case .tooLarge: [.connection: "close"]
                case .methodNotAllowed: [.allow: Self.methods(at: request.uri.path)]
                default: [:]
                }
            return try Response.document(ErrorResponse(failure), status: failure.code.httpStatus, headers: headers)
        }
    }

    private func explain(_ error: any Error, _ request: Request) -> ControlFailure {
        switch error {
        case let failure as ControlFailure:
            return failure
        case is NIOTooManyBytesError:
            return ControlFailure(.tooLarge, "the request's body is longer than \(limits.body) bytes")
        case let error as HTTPError where error.status == .notFound:
            return explainUnknownRoute(request)
        default:
            logger.error("control request failed", metadata: ["path": "\(request.uri.path)", "error": "\(error)"])
            return ControlFailure(.internal, "ptrd failed to answer: \(error)", hint: "see `journalctl -u ptrd -e`")
        }
    }

    /// The router does not tell an unknown path from a known one with the wrong method; our table of routes does.
    private func explainUnknownRoute(_ request: Request) -> ControlFailure {
        let path = request.uri.path
        let methods = Self.methods(at: path)
        if methods.isEmpty {
            let paths = ControlRoute.all.map { "\($0.method) \($0.path)" }.joined(separator: ", ")
            return ControlFailure(.unknownRoute, "ptrd \(Version.current) has no \(path)", hint: "it has \(paths)")
        }
        return ControlFailure(
            .methodNotAllowed, "\(path) does not take \(request.method.rawValue)", hint: "use \(methods)")
    }

    /// Such as `GET, HEAD`.
    private static func methods(at path: String) -> String {
        ControlRoute.routes(at: path).flatMap { $0.method == "GET" ? ["GET", "HEAD"] : [$0.method] }
            .joined(separator: ", ")
    }
}
