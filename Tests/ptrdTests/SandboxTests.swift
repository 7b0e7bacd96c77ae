import ControlServer
import Glibc
import Storage
import Systemd
import Testing
import Writing

@testable import ptrd

@Suite("What the unit's sandbox keeps from ptrd")
struct SandboxTests {
    private static let service = "; the unit's sandbox lets ptrd write only to its own folders (ProtectSystem=strict): "
    private static let edit = "`systemctl edit ptrd`, below [Service] write ReadWritePaths="

    @Test(
        "is named, with the line that lifts it",
        arguments: [
            (DescriptorError.cannotOpen(path: "/srv/feed/out", errno: EROFS), "/srv/feed", ""),
            (ControlListenerError.system(operation: "bind", path: "/srv/c/s", errno: EROFS), "/srv/c", ""),
            (StorageError.cannotCreateDirectory(path: "/srv/state", errno: EROFS), "/srv/state", "make the folder, "),
            (StorageError.notWritable(path: "/srv/state/ptrd.lock", reason: "Read-only file system"), "/srv/state", ""),
            (StorageError.notWritable(path: "/srv/state/ptrd.sqlite", reason: "m"), "/srv/state", ""),
        ] as [(any Error, String, String)])
    func named(_ error: any Error, _ folder: String, _ making: String) {
        let hint = Sandbox.hint(for: error, isService: true) { _ in true }
        #expect(hint == Self.service + making + Self.edit + "\(folder), and `systemctl restart ptrd`")
        #expect(
            Sandbox.hint(for: error, isService: false) { _ in true } == "; the file system there is mounted read-only")
        // Somebody else's folder is no sandbox.
        #expect(Sandbox.hint(for: error, isService: true) { _ in false } == "")
    }

    @Test("hides the homes of users")
    func homes() {
        let error = DescriptorError.cannotOpen(path: "/home/ada/out", errno: EACCES)
        #expect(Sandbox.hint(for: error, isService: true).contains("ProtectHome=tmpfs and BindPaths=/home/ada"))
        #expect(Sandbox.hint(for: error, isService: false) == "")
    }

    @Test("has folders of its own for what is temporary")
    func temporary() {
        for path in ["/tmp/printed", "/var/tmp/a/printed"] {
            #expect(Sandbox.isPrivate(path, isService: true) && !Sandbox.isPrivate(path, isService: false))
        }
        #expect(!Sandbox.isPrivate("/var/log/ptrd/printed", isService: true))
    }

    @Test("is not blamed for what it has no part in")
    func others() {
        let full = DescriptorError.cannotOpen(path: "/srv/feed/out", errno: ENOSPC)
        #expect(Sandbox.hint(for: full, isService: true) { _ in true } == "")
        #expect(Sandbox.hint(for: StorageError.busy(path: "/x"), isService: true) { _ in true } == "")
    }
}
