import FoundationEssentials
import Glibc
import ProgramKit

/// The files of a configuration: the main one and its drop-ins.
enum ConfigurationFiles {
    /// No configuration is larger; a device or a log by mistake is.
    static let maxBytes = 4 << 20

    /// The main file, then `ptrd.d/*.toml` beside it in the order of their names. Like a shell's `*` it passes over
    /// hidden files.
    static func find(main: String, problems: inout Problems) -> [String] {
        let slash = main.utf8.lastIndex(of: UInt8(ascii: "/"))
        let folder = slash.map { String(main[...$0]) + "ptrd.d" } ?? "ptrd.d"
        var isFolder = false
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder else { return [main] }
        do {
            let names = try FileManager.default.contentsOfDirectory(atPath: folder)
                .filter { $0.hasSuffix(".toml") && !$0.hasPrefix(".") }
                .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            return [main] + names.map { "\(folder)/\($0)" }
        } catch {
            problems.add(
                ConfigurationProblem(
                    file: folder, message: "the folder cannot be read",
                    mend: "make it readable for the user that ptrd runs as"))
            return [main]
        }
    }

    /// The text of a file.
    /// - Throws: the one problem that there is with it.
    static func text(of path: String) throws(ConfigurationProblem) -> String {
        func problem(_ message: String, mend: String) -> ConfigurationProblem {
            ConfigurationProblem(file: path, message: message, mend: mend)
        }
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try read(path)
        } catch {
            let mend =
                switch error.code {
                case ENOENT: "write one, or name another with --config"
                case EACCES: "make it readable for the user that ptrd runs as"
                case EISDIR: "name a file with --config"
                default: "see to the file, or name another with --config"
                }
            throw problem("the file cannot be read: \(systemMessage(error.code))", mend: mend)
        }
        guard bytes.count <= maxBytes else {
            throw problem("the file is larger than 4 MiB", mend: "name a configuration with --config")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw problem("the file is not UTF-8", mend: "save it as UTF-8")
        }
        return text
    }

    private struct SystemError: Error {
        let code: Int32
    }

    /// Up to `maxBytes` and one more. Read by the system's calls: their errors have names that an operator knows, and
    /// what is no regular file (`/dev/stdin`, a process substitution) works as well.
    private static func read(_ path: String) throws(SystemError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError(code: errno) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count <= maxBytes {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw SystemError(code: errno) }
            guard count > 0 else { break }
            bytes.append(contentsOf: chunk[..<count])
        }
        return bytes
    }
}
