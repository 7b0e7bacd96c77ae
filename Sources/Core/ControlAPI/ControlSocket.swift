public import Glibc

/// Where the control API is found when nobody says otherwise.
public enum ControlSocket {
    /// The socket that `ptrd.socket` listens on. It stands beside the runtime directory, not in it: systemd empties a
    /// `RuntimeDirectory=` when the service starts.
    public static let defaultPath = "/run/ptrd.sock"

    /// The environment variable that names another socket for a whole shell session.
    public static let environmentVariable = "PTRD_SOCKET"

    /// The group that may use the socket of an installed ptrd.
    public static let operatorsGroup = "ptrd-ctl"

    /// The longest path a Unix domain socket may have on Linux, in bytes: `sun_path` holds 108, the last one a zero
    /// (unix(7)).
    public static let longestPath = 107
}

extension ControlSocket {
    /// The socket to ask where none is named: the one of ``environmentVariable``; else the system's; else, where that does
    /// not exist, that of a user's own service in `$XDG_RUNTIME_DIR`, if it does.
    ///
    /// - Parameters:
    ///   - environment: the value of a variable.
    ///   - exists: whether there is something at a path.
    public static func find(
        environment: (String) -> String?, exists: (String) -> Bool = { access($0, F_OK) == 0 }
    ) -> String {
        if let named = environment(environmentVariable), !named.isEmpty { return named }
        guard !exists(defaultPath), let folder = environment("XDG_RUNTIME_DIR"), folder.hasPrefix("/") else {
            return defaultPath
        }
        let own = folder + "/ptrd.sock"
        return exists(own) ? own : defaultPath
    }
}
