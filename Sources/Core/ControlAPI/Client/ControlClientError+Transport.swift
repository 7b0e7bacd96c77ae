import AsyncHTTPClient
import Glibc
import NIOCore

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
        default:
            self = .badAnswer(socket: socket, problem: "\(error)")
        }
    }

    private init(_ error: HTTPClientError, socket: String, timeout: Duration) {
        switch error {
        case .connectTimeout, .deadlineExceeded, .readTimeout, .getConnectionFromPoolTimeout:
            self = .timedOut(socket: socket, after: timeout)
        case .remoteConnectionClosed:
            self = .badAnswer(socket: socket, problem: "the connection was closed before the answer came")
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
            self = .accessDenied(socket: socket, group: Self.owningGroup(of: socket))
        case EAGAIN:
            self = .badAnswer(socket: socket, problem: "too many connections wait there already")
        case ECONNRESET, EPIPE:
            self = .badAnswer(socket: socket, problem: "the connection was closed before the answer came")
        default:
            self = .badAnswer(socket: socket, problem: String(cString: strerror(code)))
        }
    }

    /// The name of the group that owns the socket, if the socket can be seen at all.
    private static func owningGroup(of socket: String) -> String? {
        var information = stat()
        guard stat(socket, &information) == 0 else { return nil }
        var entry = group()
        var found: UnsafeMutablePointer<group>?
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 16 << 10) { buffer in
            guard getgrgid_r(information.st_gid, &entry, buffer.baseAddress, buffer.count, &found) == 0, found != nil,
                let name = entry.gr_name
            else { return nil }
            return String(cString: name)
        }
    }
}
