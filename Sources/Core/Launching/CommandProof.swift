import Glibc
import ProgramKit

/// Whether a command can be started here and now, without starting it.
public struct CommandProof: Sendable, Hashable {
    /// What is wrong, each with its mend; empty: it can be started.
    public private(set) var problems: [String] = []
    /// All that the kernel has to execute for it, by real paths: the program, the interpreter of a script, the loader.
    public private(set) var executables: [String] = []
    /// Those of them that lie on a mount without execution.
    public private(set) var notExecutableHere: [String] = []

    /// The line of a drop-in that lets the packaged unit execute them; with a `-`, so that a path that goes away does not keep the
    /// unit from starting.
    public var execPathsLine: String {
        // What lies in there the unit allows anyway.
        "ExecPaths=" + executables.filter { !$0.hasPrefix("/usr/lib/") }.map { "-\($0)" }.joined(separator: " ")
    }

    /// Where programs are looked for when nothing else is said.
    public static let defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    private let path: String

    /// What is wrong with a command; empty: nothing.
    public static func problems(of command: [String], path: String? = nil) -> [String] {
        CommandProof(of: command, path: path).problems
    }

    /// Looks at a command.
    ///
    /// - Parameter path: the PATH that it will have, by which `env` finds programs.
    public init(of command: [String], path: String? = nil) {
        self.path = path ?? Self.defaultPath
        guard let program = command.first, !program.isEmpty else {
            problems = ["the command is empty: name a program by its absolute path"]
            return
        }
        guard program.hasPrefix("/") else {
            let found = find(program).map { ": \($0)" } ?? ""
            problems = ["\(program) is no absolute path: no shell looks for it, so name it wholly\(found)"]
            return
        }
        prove(program, depth: 0)
        if isEnv(program) { proveOperand(Array(command.dropFirst()), of: program) }
        if !notExecutableHere.isEmpty {
            problems.append(
                "\(notExecutableHere.joined(separator: " and ")) may not be executed here (noexec); under the packaged unit a drop-in allows it: \(execPathsLine)"
            )
        }
    }

    /// - Parameter depth: how many scripts have led here; the kernel goes on for four.
    private mutating func prove(_ program: String, depth: Int, as what: String = "") {
        guard let real = realPath(program) else {
            problems.append(absent(program, errno, what))
            return
        }
        var status = stat()
        guard stat(real, &status) == 0 else {
            problems.append(absent(program, errno, what))
            return
        }
        guard status.st_mode & S_IFMT != S_IFDIR else {
            problems.append("\(program) is a directory\(what): name the program in it")
            return
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            problems.append("\(program) is no file\(what): name a program")
            return
        }
        if !executables.contains(real) { executables.append(real) }
        var mount = statvfs()
        let isNoexec = statvfs(real, &mount) == 0 && mount.f_flag & UInt(ST_NOEXEC_FLAG) != 0
        if isNoexec {
            if !notExecutableHere.contains(real) { notExecutableHere.append(real) }
        } else if faccessat(AT_FDCWD, real, X_OK, AT_EACCESS) != 0 {
            problems.append(
                status.st_mode & 0o111 == 0
                    ? "\(program) is not executable\(what): `chmod +x \(real)`, or put its interpreter before it in the command"
                    : "\(program) may not be executed by the user that ptrd runs as\(what): `chmod a+rx \(real)` and the directories above it"
            )
            return
        }
        switch ProgramFile(path: real) {
        case .script(let interpreter, let argument):
            proveScript(program, interpreter, argument, depth)
        case .binary(let machine, let loader):
            if let native = Self.machine, machine != native, !(native == 62 && machine == 3) {
                problems.append("\(program) is built for another kind of processor (ELF machine \(machine))")
            }
            if let loader { prove(loader, depth: 4, as: ", and loads \(program)") }
        case .unknown where status.st_size == 0:
            problems.append("\(program) is empty")
        case .unknown:
            problems.append(
                "\(program) is neither a program nor begins with `#!`: begin it with a line such as `#!/bin/sh`, or put its interpreter before it in the command"
            )
        case .unreadable: break
        }
    }

    private mutating func proveScript(_ program: String, _ interpreter: String, _ argument: String?, _ depth: Int) {
        if interpreter.hasSuffix("\r") || argument?.hasSuffix("\r") == true {
            problems.append("the first line of \(program) ends as on Windows: `sed -i 's/\\r$//' \(program)`")
            return
        }
        guard interpreter.hasPrefix("/") else {
            problems.append("`#!\(interpreter)` of \(program) is no absolute path: name the interpreter wholly")
            return
        }
        guard depth < 4 else {
            problems.append(
                "\(program) is a script of a script of a script: put the last interpreter before it in the command")
            return
        }
        prove(interpreter, depth: depth + 1, as: ", and is the interpreter of \(program)")
        guard isEnv(interpreter) else { return }
        // The kernel passes the rest of the line on as one argument; `-S` lets env divide it.
        if let argument, argument.contains(" "), !argument.hasPrefix("-S") {
            problems.append(
                "`#!\(interpreter) \(argument)` of \(program) looks for a program of the name \"\(argument)\": write `#!\(interpreter) -S \(argument)`"
            )
        } else {
            let operand = argument.map { $0.hasPrefix("-S") ? String($0.dropFirst(2)) : $0 } ?? ""
            proveOperand(operand.split(separator: " ").map(String.init), of: program)
        }
    }

    /// Of `env`: the first argument that is neither an option, nor an option's value, nor a variable.
    private mutating func proveOperand(_ arguments: [String], of program: String) {
        var isValue = false
        let operand = arguments.first { argument in
            guard !isValue else {
                isValue = false
                return false
            }
            isValue = ["-u", "--unset", "-C", "--chdir"].contains(argument)
            return !argument.hasPrefix("-") && !argument.contains("=")
        }
        guard let name = operand else { return }
        if let found = name.contains("/") ? name : find(name) {
            prove(found, depth: 4, as: ", and is what \(program) runs")
        } else {
            problems.append(
                "\(name), which \(program) runs, is not in PATH (\(path)): install it, or name it by its path")
        }
    }

    private func find(_ name: String) -> String? {
        guard !name.isEmpty, !name.contains("/") else { return nil }
        return path.split(separator: ":").map { "\($0)/\(name)" }.first { candidate in
            var status = stat()
            return stat(candidate, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && status.st_mode & 0o111 != 0
        }
    }

    private func isEnv(_ program: String) -> Bool { program.hasSuffix("/env") }

    private func absent(_ program: String, _ errno: Int32, _ what: String) -> String {
        switch errno {
        case ENOENT, ENOTDIR:
            let hidden = ["/home/", "/root/", "/run/user/"].contains { program.hasPrefix($0) }
            return "there is no \(program)\(what): "
                + (hidden
                    ? "the packaged unit hides /home, /root and /run/user (ProtectHome=), so put it elsewhere, such as into /opt"
                    : "install it, or name another")
        case EACCES:
            return "\(program) cannot be reached\(what): a directory above it is closed to the user that ptrd runs as"
        default:
            return "\(program) cannot be looked at\(what): \(systemMessage(errno))"
        }
    }

    private func realPath(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// What ELF calls our kind of processor.
    private static var machine: UInt16? {
        #if arch(x86_64)
        62
        #elseif arch(arm64)
        183
        #else
        nil
        #endif
    }
}

/// `ST_NOEXEC`, which Swift imports as an enumerator of no name.
private let ST_NOEXEC_FLAG = 8
