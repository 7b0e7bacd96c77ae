import Glibc
import StreamSettings

/// What the sandbox of a unit keeps a command from, read off its files. It judges what is the same for every start; whether a
/// process can do its work in there, only a start shows.
struct UnitSandbox {
    private let unit: UnitFile
    private let resolve: (String) -> String?

    /// - Parameter resolve: the real path of a file; nil: there is none.
    init(_ unit: UnitFile, resolve: @escaping (String) -> String? = UnitSandbox.realPath) {
        self.unit = unit
        self.resolve = resolve
    }

    /// Whether the unit starts ptrd with this configuration.
    func starts(with configuration: String, byDefault standard: String) -> Bool {
        let words = unit.words(of: "ExecStart")
        guard !words.isEmpty else { return false }
        for (index, word) in words.enumerated() {
            if word == "--config" { return words.dropFirst(index + 1).first == configuration }
            if word.hasPrefix("--config=") { return word.dropFirst("--config=".count) == configuration }
        }
        return configuration == standard
    }

    /// Those of some files that may not be executed. The folder that is nearest to a file decides: systemd.exec(5), `ExecPaths=`.
    func notExecutable(_ files: [String]) -> [String] {
        let places =
            paths("ExecPaths").map { ($0, true) } + paths("NoExecPaths").map { ($0, false) }
        return files.filter { file in
            let nearest =
                places.filter { Self.lies(file, in: $0.0) }
                // Of two that are one folder, systemd takes the one that forbids.
                .max { ($0.0.utf8.count, $0.1 ? 0 : 1) < ($1.0.utf8.count, $1.1 ? 0 : 1) }
            return nearest?.1 == false
        }
    }

    /// Whether one of some programs makes machine code while it runs, and may not.
    func forbidsCode(of programs: [String]) -> Bool {
        unit.isOn("MemoryDenyWriteExecute")
            && programs.contains { program in
                let name = program.split(separator: "/").last ?? ""
                return Self.compilers.contains {
                    name == $0 || name.hasPrefix($0) && !name.dropFirst($0.count).contains(where: \.isLetter)
                }
            }
    }

    /// Programs that do not even start where memory cannot be written and executed.
    private static let compilers = [
        "node", "nodejs", "deno", "bun", "java", "dotnet", "luajit", "julia", "pypy", "beam.smp", "erl",
    ]

    /// Those of some files that are not to be seen in there, each with the line that shows it.
    func hidden(_ files: [String]) -> [(file: String, reason: String, mend: String)] {
        let bound = (unit.words(of: "BindPaths") + unit.words(of: "BindReadOnlyPaths")).map { word in
            String(Self.withoutMarks(word).split(separator: ":").last ?? "")
        }
        return files.compactMap { file in
            guard !bound.contains(where: { Self.lies(file, in: $0) }) else { return nil }
            let home = ["/home", "/root", "/run/user"].first { Self.lies(file, in: $0) }
            if home != nil, unit.isOn("ProtectHome") || unit.value(of: "ProtectHome") == "tmpfs" {
                return (file, "hides it (ProtectHome=)", "put it elsewhere, such as into /opt or /srv")
            }
            if ["/tmp", "/var/tmp"].contains(where: { Self.lies(file, in: $0) }), unit.isOn("PrivateTmp") {
                return (
                    file, "has folders of its own there (PrivateTmp=)", "put it elsewhere, such as into /opt or /srv"
                )
            }
            return nil
        }
    }

    /// The user that it runs as; nil: root.
    var user: String? { unit.value(of: "User") }

    var name: String { unit.name }

    private func paths(_ key: String) -> [String] {
        unit.words(of: key).map(Self.withoutMarks).map { resolve($0) ?? $0 }
    }

    /// `-` before a path says that it need not be there, `+` that it is one of the unit's own root.
    private static func withoutMarks(_ word: String) -> String { String(word.drop { $0 == "-" || $0 == "+" }) }

    private static func lies(_ file: String, in folder: String) -> Bool {
        guard !folder.isEmpty else { return false }
        return folder == "/" || file == folder || file.hasPrefix(folder.hasSuffix("/") ? folder : folder + "/")
    }

    static func realPath(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }
}
