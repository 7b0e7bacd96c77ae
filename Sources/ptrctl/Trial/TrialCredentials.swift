import Glibc
import Locking
import ProgramKit
import PtrConfiguration
import StreamSettings

/// Where the credentials of a stream are for whoever calls: handed over to this process, to the service that runs, or in the
/// files that the unit names. Nothing of them is read here.
final class TrialCredentials: Sendable {
    /// A credential that cannot be had.
    struct Missing: Sendable, Equatable {
        let name: String
        let reason: String
        /// Whether another user may read it.
        let isDenied: Bool
    }

    private let folders: [String]
    private let unit: UnitFile?
    private let found = Locked<[Missing]>([])

    /// Where systemd puts those of the service that runs.
    private static let ofService = "/run/credentials/ptrd.service"

    init(
        handedOver: CredentialsDirectory, service: String = TrialCredentials.ofService,
        unit: UnitFile? = UnitFile(named: "ptrd.service")
    ) {
        folders = [handedOver.path, service].compactMap(\.self)
        self.unit = unit
    }

    /// Those that were asked for in vain.
    var missing: [Missing] { found.withLock(\.self) }

    /// The file of a credential; nil: it cannot be had.
    func file(of name: String) -> String? {
        var denied: String?
        for path in folders.map({ "\($0)/\(name)" }) + (source(of: name).map { [$0] } ?? []) {
            if access(path, R_OK) == 0 { return path }
            if errno == EACCES, denied == nil { denied = path }
        }
        let isEncrypted = (unit?.words(of: "LoadCredentialEncrypted") ?? []).contains { $0.hasPrefix("\(name):") }
        let reason =
            if let denied {
                "\(denied) may be read by others only"
            } else if isEncrypted {
                "it is encrypted, and only systemd hands it over"
            } else if let source = source(of: name) {
                "\(source), which the unit names for it, cannot be read: \(systemMessage(errno))"
            } else {
                "no LoadCredential= of ptrd.service names it"
            }
        found.withLock { found in
            guard !found.contains(where: { $0.name == name }) else { return }
            found.append(Missing(name: name, reason: reason, isDenied: denied != nil))
        }
        return nil
    }

    /// The file that `LoadCredential=NAME:PATH` of the unit has.
    private func source(of name: String) -> String? {
        unit?.words(of: "LoadCredential").last { $0.hasPrefix("\(name):/") }.map {
            String($0.dropFirst(name.count + 1))
        }
    }
}
