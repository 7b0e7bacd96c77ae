import AsyncHTTPClient
import ControlAPI
import Glibc
import NIOCore
import NIOHTTP1
import ProgramKit

extension ControlClientError {
    /// Says in the API's words what the HTTP client met.
    init(_ error: any Error, socket: String, timeout: Duration) {
        switch error {
        case let error as IOError:
            self.init(errno: error.errnoCode, socket: socket)
        case let error as HTTPClientError:
            self.init(error, socket: socket, timeout: timeout)
        case is NIOTooManyBytesError:
            self = .badAnswer(socket: socket, problem: "it is too long")
        case is CancellationError:
            self = .badAnswer(socket: socket, problem: "the request was cancelled")
        case ChannelError.connectTimeout:
            self = .timedOut(socket: socket, after: timeout)
        case is ChannelError, is HTTPParserError:
            // A connection that ends while it is used is said in the words of whoever noticed first.
            self =
                error is ChannelError || error as? HTTPParserError == .invalidEOFState
                ? .brokeOff(socket: socket) : .badAnswer(socket: socket, problem: "it is no HTTP")
        default:
            self = .badAnswer(socket: socket, problem: "\(error)")
        }
    }

    private init(_ error: HTTPClientError, socket: String, timeout: Duration) {
        switch error {
        case .connectTimeout, .deadlineExceeded, .readTimeout, .getConnectionFromPoolTimeout:
            self = .timedOut(socket: socket, after: timeout)
        case .remoteConnectionClosed:
            self = .brokeOff(socket: socket)
        case .cancelled:
            self = .badAnswer(socket: socket, problem: "the request was cancelled")
        default:
            self = .badAnswer(socket: socket, problem: error.shortDescription)
        }
    }

    private init(errno code: CInt, socket: String) {
        switch code {
        case ENOENT, ENOTDIR:
            self = .notRunning(socket: socket, socketExists: false)
        case ECONNREFUSED:
            self = .notRunning(socket: socket, socketExists: true)
        case EACCES, EPERM:
            self = Self.denied(socket)
        case EAGAIN:
            self = .badAnswer(socket: socket, problem: "too many connections wait there already")
        case ECONNRESET, EPIPE, ENOTCONN:
            self = .brokeOff(socket: socket)
        default:
            self = .badAnswer(socket: socket, problem: systemMessage(code))
        }
    }

    /// Why this user may not connect, as far as the file system tells.
    private static func denied(_ socket: String) -> ControlClientError {
        var information = stat()
        // A folder on the way may be closed to us, too.
        guard stat(socket, &information) == 0 else { return .accessDenied(socket: socket, group: nil) }
        guard let name = SystemGroup.name(of: information.st_gid) else {
            return .groupMissing(socket: socket, group: information.st_gid)
        }
        if SystemGroup.hasMember(information.st_gid, user: getuid()), !SystemGroup.isOfProcess(information.st_gid) {
            return .groupNotInSession(socket: socket, group: name)
        }
        return .accessDenied(socket: socket, group: name)
    }
}
