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
