import ControlAPI
import Glibc
import ProgramKit

/// A bundle as a file: a compressed archive that only its owner can read.
struct ReportArchive: Sendable {
    let bundle: SupportBundle
    /// The folder in the archive, and the file's name without its extension.
    let name: String

    /// Writes it.
    ///
    /// - Returns: why it could not be written; nil: it is there.
    func write(to path: String) async -> String? {
        let place = (getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp") + "/ptrd-report.XXXXXX"
        var template = place.utf8CString.map { $0 }
        guard mkdtemp(&template) != nil else { return "\(place): \(Self.reason(errno))" }
        let root = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let folder = root + "/" + name
        defer {
            for part in bundle.parts { unlink(folder + "/" + part.name) }
            rmdir(folder)
            rmdir(root)
        }
        guard mkdir(folder, 0o700) == 0 else { return "\(folder): \(Self.reason(errno))" }
        for part in bundle.parts {
            if let failure = Self.write(part.content, to: folder + "/" + part.name) { return failure }
        }
        // Made here, so that nobody else can read it and nothing is written over; tar would do both.
        if let failure = Self.write([], to: path) { return failure }
        // A colon in the path names no other host.
        let words = ["tar", "--force-local", "-C", root, "-czf", path, "--", name]
        let tar = await SystemCommand(words: words, timeout: 60).run()
        guard let tar, tar.status == 0 else {
            unlink(path)
            let said = tar.map { Text.printable(String(decoding: $0.output, as: UTF8.self)) } ?? "cannot be run"
            return "tar: \(said)"
        }
        return nil
    }

    /// Makes a file.
    private static func write(_ bytes: [UInt8], to path: String) -> String? {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_EXCL, 0o600)
        guard descriptor >= 0 else { return "\(path): \(reason(errno))" }
        defer { close(descriptor) }
        return bytes.withUnsafeBytes { writeAll($0, to: descriptor) }.map { "\(path): \(reason($0))" }
    }

    private static func reason(_ number: CInt) -> String {
        number == EEXIST ? "is there already; name another file with --output" : systemMessage(number)
    }
}
