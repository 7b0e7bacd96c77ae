import Glibc

/// Where state and socket are when no file says so. The system's places are root's; whoever starts ptrd as a service of his own,
/// or by hand, has places of his own.
public struct Homes: Sendable {
    /// The folder of the state.
    public let stateDirectory: String
    /// The control socket.
    public let socket: String
    /// The folder in which `stateDirectory` has to be made with all that leads to it; nil: it has a place already.
    private let stateHome: String?

    /// Chooses.
    ///
    /// - Parameters:
    ///   - environment: a variable's value.
    ///   - isRoot: whether the process may write everywhere.
    ///   - isWritable: whether it may write to a folder that is there.
    ///   - isThere: whether there is a file.
    public init(
        environment: (String) -> String?, isRoot: Bool, isWritable: (String) -> Bool,
        isThere: (String) -> Bool = { _ in false }
    ) {
        func path(_ name: String) -> String? {
            // systemd hands over several folders with colons between them; the first one is ours.
            let first = environment(name)?.split(separator: ":", omittingEmptySubsequences: false).first.map(
                String.init)
            guard let first, first.hasPrefix("/") else { return nil }
            return first
        }
        let directory = Configuration().state.directory
        let home = path("XDG_STATE_HOME") ?? path("HOME").map { "\($0)/.local/state" }
        // Who has had his state in the system's place goes on with it.
        let database = "ptrd.sqlite"
        let isAtHome = isThere("\(directory)/\(database)")
        if let handedOver = path("STATE_DIRECTORY"), !isAtHome || isThere("\(handedOver)/\(database)") {
            (stateDirectory, stateHome) = (handedOver, nil)
        } else if let home, !isRoot, !isAtHome, !isWritable(directory) {
            (stateDirectory, stateHome) = ("\(home)/ptrd", home)
        } else {
            (stateDirectory, stateHome) = (directory, nil)
        }
        let socket = Configuration().control.socket
        // Where ptrctl looks, too; a folder of the service alone would have to be named to it.
        if let runtime = path("XDG_RUNTIME_DIR") ?? path("RUNTIME_DIRECTORY"), !isRoot, !isWritable("/run"),
            "\(runtime)/ptrd.sock".utf8.count <= 107
        {
            self.socket = "\(runtime)/ptrd.sock"
        } else {
            self.socket = socket
        }
    }

    /// Those of this process.
    public static var current: Homes {
        Homes(
            environment: { getenv($0).map { String(cString: $0) } }, isRoot: geteuid() == 0,
            isWritable: { access($0, W_OK) == 0 }, isThere: { access($0, F_OK) == 0 })
    }

    /// Makes the folders that lead to the state, where they are a user's own. What cannot be made is told when the state is opened.
    public func prepare() {
        guard let stateHome else { return }
        var path = ""
        for part in stateHome.split(separator: "/") {
            path += "/\(part)"
            _ = mkdir(path, 0o700)
        }
    }
}
