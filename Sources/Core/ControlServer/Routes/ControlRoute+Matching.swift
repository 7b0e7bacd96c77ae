import ControlAPI

extension ControlRoute {
    /// The routes at a path, which differ in their methods. A path is matched to the letter: an empty component or a
    /// slash at the end makes it another one.
    static func routes(at path: String) -> [ControlRoute] {
        let exact = all.filter { $0.path == path }
        // What is spelt out is not also a number: `/v1/dead-letters/purge` is no dead letter.
        guard exact.isEmpty else { return exact }
        let components = path.split(separator: "/", omittingEmptySubsequences: false)
        return templates.filter { entry in
            entry.components.count == components.count
                && zip(entry.components, components).allSatisfy { $0 == $1 || ($0 == "{id}" && !$1.isEmpty) }
        }.map(\.route)
    }

    private static let templates = all.filter { $0.path.contains("{id}") }.map { route in
        (route: route, components: route.path.split(separator: "/", omittingEmptySubsequences: false))
    }

    /// What `ptrctl` and the log call a command: `scale`, `dead-letters purge`.
    var verb: String {
        path.split(separator: "/").dropFirst().joined(separator: " ")
    }
}
