/// Where a ``ControlServer`` listens.
public enum ControlListener: Hashable, Sendable {
    /// Make the socket ourselves, at this path, for the owner and the group of the process (mode 0660). It is taken
    /// away again when the server stops.
    case path(String)
    /// Listen on a socket that is already bound, as systemd hands it over (sd_listen_fds(3)). The descriptor stays the
    /// caller's: the server works on a duplicate, leaves the path alone, and can be run again.
    case descriptor(CInt)
}

extension ControlListener: CustomStringConvertible {
    /// The path, or the descriptor's number, for people.
    public var description: String {
        switch self {
        case .path(let path): path
        case .descriptor(let descriptor): "file descriptor \(descriptor)"
        }
    }
}
