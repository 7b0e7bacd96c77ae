import CSystemd
import Glibc
import ProgramKit

/// A descriptor the service manager passed on to us.
public struct InheritedSocket: Sendable, Equatable {
    /// `FileDescriptorName=` of the socket unit, or `unknown`.
    public let name: String
    /// The descriptor. Ours to close; children do not inherit it.
    public let descriptor: Int32

    /// Whether it is a Unix stream socket that listens: what the control API can accept on.
    public var isListeningUnixStream: Bool {
        sd_is_socket_unix(descriptor, Int32(SOCK_STREAM.rawValue), 1, nil, 0) > 0
    }
}

/// Why the passed descriptors could not be taken.
public struct SocketActivationError: Error, Equatable, CustomStringConvertible {
    /// The system's error number.
    public let errno: Int32

    /// In words, for people.
    public var description: String {
        "cannot take the sockets of the service manager ($LISTEN_FDS): \(systemMessage(errno))"
    }
}

/// Socket activation: sockets that the service manager opened for us (sd_listen_fds(3)).
public enum SocketActivation {
    /// Takes the sockets meant for this process, `$LISTEN_PID` says which, and removes the variables from the
    /// environment, so that no child takes them for its own. The descriptors are closed on exec.
    ///
    /// It changes the environment, which is not safe while other threads read it: call it once, early in `main`.
    ///
    /// - Returns: The sockets in the order of the socket unit; empty when there are none, or they are another
    ///   process's.
    public static func takeSockets() throws(SocketActivationError) -> [InheritedSocket] {
        var names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        let count = sd_listen_fds_with_names(1, &names)
        guard count >= 0 else { throw SocketActivationError(errno: -count) }
        defer {
            for index in 0..<Int(count) { free(names?[index]) }
            free(names)
        }
        return (0..<count).map { index in
            InheritedSocket(
                name: names?[Int(index)].map { String(cString: $0) } ?? "unknown",
                descriptor: SD_LISTEN_FDS_START + index)
        }
    }
}
