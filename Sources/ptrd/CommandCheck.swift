import Glibc
import Launching
import PtrConfiguration
import StreamSettings

/// Whether the command of `[handler.exec]` can be started: by what is on the disk, and in the sandbox of the unit that starts ptrd.
struct CommandCheck {
    /// What is wrong, each with its mend; empty: it can be started.
    private(set) var problems: [String] = []

    /// Looks at the file system, which may take its time.
    ///
    /// - Parameters:
    ///   - stateDirectory: the folder in which ptrd makes that of the workers, if they have none elsewhere.
    ///   - unit: the sandbox that the command is to run in; nil: there is none, or it is not known.
    ///   - accessOf: what a user may read and execute; nil: there is no such user.
    init(
        _ settings: ExecSettings, stateDirectory: String, unit: UnitSandbox?,
        accessOf: (String) -> FileAccess? = { FileAccess(ofUser: $0) }
    ) {
        let proof = CommandProof(of: settings.command, path: settings.environment["PATH"])
        problems = proof.problems
        let folder = settings.workingDirectory
        if folder != stateDirectory, !folder.hasPrefix(stateDirectory + "/"), !Self.isFolder(folder) {
            problems.append("there is no folder \(folder): make it, or set another handler.exec.working_directory")
        }
        guard let unit else { return }
        let arguments = settings.command.dropFirst().filter { $0.hasPrefix("/") && access($0, F_OK) == 0 }
        let hidden = unit.hidden(proof.executables + arguments + [folder])
        for (file, reason, mend) in hidden { problems.append("\(file): \(unit.name) \(reason): \(mend)") }
        let seen = proof.executables.filter { file in !hidden.contains { $0.file == file } }
        // Whoever is in the sandbox already has been told by the mounts themselves.
        if proof.notExecutableHere.isEmpty { checkSandbox(seen, unit) }
        guard let user = unit.user, let access = accessOf(user) else { return }
        for (file, wanted) in seen.map({ ($0, X_OK) }) + arguments.map({ ($0, R_OK) })
        where !hidden.contains(where: { $0.file == file }) {
            guard let obstacle = access.obstacle(to: file, wanted) else { continue }
            let verb = wanted == X_OK ? "execute" : "read"
            problems.append("the user \(user) may not \(verb) \(file): `chmod a+r\(obstacle.needed) \(obstacle.path)`")
        }
    }

    private mutating func checkSandbox(_ executables: [String], _ unit: UnitSandbox) {
        var lines: [String] = []
        let unnamed = unit.notExecutable(executables)
        if !unnamed.isEmpty { lines.append("ExecPaths=" + unnamed.map { "-\($0)" }.joined(separator: " ")) }
        if unit.forbidsCode(of: executables) { lines.append("MemoryDenyWriteExecute=no") }
        guard !lines.isEmpty else { return }
        problems.append(
            """
            \(unit.name) does not let ptrd execute \((unnamed.isEmpty ? executables : unnamed).joined(separator: " and ")): \
            `systemctl edit \(unit.name)`, paste the lines below, and `systemctl restart \(unit.name)`
            [Service]
            \(lines.joined(separator: "\n"))
            """)
    }

    private static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}

extension CommandCheck {
    /// Looks at what files say before ptrd is started with them.
    ///
    /// - Parameter path: that of the main configuration file.
    init?(before configuration: Configuration, path: String) {
        let unit = UnitFile(named: "ptrd.service").map { UnitSandbox($0) }.flatMap {
            $0.starts(with: path, byDefault: Configuration.defaultPath) ? $0 : nil
        }
        // The service has none of the variables of whoever checks, such as a PATH that leads home.
        let settings = unit == nil ? configuration.execSettings : configuration.execSettings { _ in nil }
        guard let settings else { return nil }
        self.init(settings, stateDirectory: configuration.state.directory, unit: unit)
    }

    /// Looks from within the running daemon.
    init?(in configuration: Configuration) {
        guard let settings = configuration.execSettings else { return nil }
        let isService = getenv("INVOCATION_ID") != nil
        let unit = isService ? UnitFile(named: "ptrd.service").map { UnitSandbox($0) } : nil
        self.init(settings, stateDirectory: configuration.state.directory, unit: unit) { _ in nil }
    }
}
