import Glibc
import ProgramKit

/// Where the service manager puts the credentials that a unit loads: `LoadCredential=` in systemd.exec(5).
public struct CredentialsDirectory: Sendable, Equatable {
    /// The directory; `nil` where no credential was handed over.
    public let path: String?

    /// Names a directory.
    public init(path: String?) {
        self.path = path
    }

    /// What this process has been given: `$CREDENTIALS_DIRECTORY`.
    public static var current: CredentialsDirectory {
        CredentialsDirectory(path: getenv("CREDENTIALS_DIRECTORY").map { String(cString: $0) })
    }

    /// The file of a credential, whether it is there or not; `nil` without a directory.
    public func file(of name: String) -> String? {
        path.map { "\($0)/\(name)" }
    }

    /// Why a credential cannot be used, if that is so.
    func fault(of name: String) -> String? {
        guard let file = file(of: name) else { return "was not handed over: $CREDENTIALS_DIRECTORY is not set" }
        let descriptor = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            let code = errno
            return code == ENOENT
                ? "was not handed over: there is no \(file)" : "cannot be read from \(file): \(systemMessage(code))"
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            return "is not a file: \(file)"
        }
        return status.st_size > 0 ? nil : "is empty: \(file)"
    }
}
