import PtrConfiguration
import Testing

@Suite("Where state and socket are when no file says so")
struct HomesTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var environment: [String: String] = [:]
        var isRoot = false
        var writable: Set<String> = []
        var state = "/var/lib/ptrd"
        var socket = "/run/ptrd.sock"

        var testDescription: String { name }
    }

    private static let user = ["HOME": "/home/ada", "XDG_RUNTIME_DIR": "/run/user/1000"]

    static let cases = [
        Case(name: "root has the system's places", environment: user, isRoot: true),
        Case(
            name: "the packaged unit's user has them, too: its folder is handed over, and its socket",
            environment: ["STATE_DIRECTORY": "/var/lib/ptrd", "HOME": "/", "LOGS_DIRECTORY": "/var/log/ptrd"]),
        Case(
            name: "who may write to them keeps them", environment: user, writable: ["/var/lib/ptrd", "/run"]),
        Case(
            name: "a user by hand has his own", environment: user, state: "/home/ada/.local/state/ptrd",
            socket: "/run/user/1000/ptrd.sock"),
        Case(
            name: "a home for states goes before", environment: user.merging(["XDG_STATE_HOME": "/st"]) { $1 },
            state: "/st/ptrd", socket: "/run/user/1000/ptrd.sock"),
        Case(
            name: "a user's own service has what systemd made, the first of several, and a socket where ptrctl looks",
            environment: user.merging([
                "STATE_DIRECTORY": "/home/ada/.local/state/feed:/x", "RUNTIME_DIRECTORY": "/run/user/1000/feed",
            ]) { $1 }, state: "/home/ada/.local/state/feed", socket: "/run/user/1000/ptrd.sock"),
        Case(
            name: "a system service of another user has the folder that was made for it",
            environment: ["STATE_DIRECTORY": "/var/lib/feed", "RUNTIME_DIRECTORY": "/run/feed"],
            state: "/var/lib/feed", socket: "/run/feed/ptrd.sock"),
        Case(
            name: "what is no absolute path, or too long for a socket, does not count",
            environment: [
                "HOME": "ada", "XDG_STATE_HOME": "", "STATE_DIRECTORY": "x",
                "XDG_RUNTIME_DIR": "/" + String(repeating: "r", count: 100),
            ]),
    ]

    @Test("follows from who runs it", arguments: cases)
    func places(_ test: Case) {
        let homes = Homes(
            environment: { test.environment[$0] }, isRoot: test.isRoot, isWritable: { test.writable.contains($0) })
        #expect(homes.stateDirectory == test.state)
        #expect(homes.socket == test.socket)
    }
}
