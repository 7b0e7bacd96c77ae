import ControlAPI
import ControlClient
import Glibc
import Logging
import TestKit
import Testing

@testable import ControlServer

@Suite("Listening", .timeLimit(.minutes(2)))
struct ListeningTests {
    @Test("makes a socket for the owner and the group only, and leaves nothing behind")
    func modeAndCleanUp() async throws {
        let folder = try TemporaryFolder()
        try await withServer(.path(folder.socket)) {
            var information = stat()
            #expect(lstat(folder.socket, &information) == 0)
            #expect(information.st_mode & S_IFMT == S_IFSOCK)
            #expect(information.st_mode & 0o777 == 0o660)
            #expect(folder.contents == ["ptrd.sock", "ptrd.sock.lock"])
        }
        #expect(folder.contents.isEmpty)
    }

    @Test("lets in only who may write to the socket; the others learn which group to join", .enabled(if: getuid() != 0))
    func denied() async throws {
        let folder = try TemporaryFolder()
        try await withServer(.path(folder.socket)) {
            #expect(chmod(folder.socket, 0o000) == 0)
            let group = try #require(getgrgid(getgid())).pointee.gr_name.map { String(cString: $0) }
            await #expect(throws: ControlClientError.accessDenied(socket: folder.socket, group: group)) {
                try await ControlClient(socket: folder.socket, timeout: .seconds(60)).status()
            }
        }
    }

    @Test("replaces a socket whose owner has died")
    func staleSocket() async throws {
        let folder = try TemporaryFolder()
        close(RawSocket.bound(to: folder.socket, listening: false))
        #expect(folder.contents == ["ptrd.sock"])
        try await withServer(.path(folder.socket)) {
            _ = try await ControlClient(socket: folder.socket, timeout: .seconds(60)).status()
        }
    }

    @Test("never takes the socket of a live process, and names it")
    func liveSocket() async throws {
        let folder = try TemporaryFolder()
        let other = RawSocket.bound(to: folder.socket, listening: true)
        defer { close(other) }
        await #expect(throws: ControlListenerError.alreadyListening(path: folder.socket, pid: getpid())) {
            try await withServer(.path(folder.socket)) {}
        }
        #expect(folder.contents == ["ptrd.sock"])
        let descriptor = try #require(RawSocket.connected(to: folder.socket))
        close(descriptor)
    }

    @Test("is for one server at a time; the second finds the lock, names its holder and disturbs nothing")
    func lock() async throws {
        let folder = try TemporaryFolder()
        try await withServer(.path(folder.socket)) {
            await #expect(throws: ControlListenerError.alreadyListening(path: folder.socket, pid: getpid())) {
                try await withServer(.path(folder.socket)) {}
            }
            _ = try await ControlClient(socket: folder.socket, timeout: .seconds(60)).status()
        }
    }

    @Test("a lock whose holder is dead is free")
    func deadLock() async throws {
        let folder = try TemporaryFolder()
        let descriptor = open(folder.socket + ".lock", O_RDWR | O_CREAT, 0o600)
        #expect(write(descriptor, "1\n", 2) == 2)
        close(descriptor)
        try await withServer(.path(folder.socket)) {}
    }

    @Test("does not remove what is not a socket")
    func notASocket() async throws {
        let folder = try TemporaryFolder()
        close(open(folder.socket, O_RDWR | O_CREAT, 0o600))
        await #expect(throws: ControlListenerError.notASocket(path: folder.socket)) {
            try await withServer(.path(folder.socket)) {}
        }
        #expect(folder.contents == ["ptrd.sock"])
    }

    @Test("leaves a socket alone that another has put in the place of ours")
    func replacedSocket() async throws {
        let folder = try TemporaryFolder()
        let other = try await withServer(.path(folder.socket)) {
            unlink(folder.socket)
            return RawSocket.bound(to: folder.socket, listening: true)
        }
        defer { close(other) }
        #expect(folder.contents == ["ptrd.sock"])
    }

    private static var quickLook: ControlServerLimits {
        var limits = ControlServerLimits()
        limits.pathCheck = .milliseconds(5)
        return limits
    }

    @Test("ends with an error when its own socket is removed or replaced, so that it can be made anew")
    func removedSocket() async throws {
        let folder = try TemporaryFolder()
        let path = folder.socket
        await #expect(throws: ControlListenerError.unreachable(path: path)) {
            try await withServer(.path(path), limits: Self.quickLook) {
                unlink(path)
                // Until it has noticed.
                while folder.contents.contains("ptrd.sock.lock") { try await nextTurn() }
            }
        }
        try await withServer(.path(path)) { #expect(folder.contents.contains("ptrd.sock")) }
    }

    @Test("says it of a socket that was handed over, which is not ours to make anew")
    func removedInheritedSocket() async throws {
        let folder = try TemporaryFolder()
        let descriptor = RawSocket.bound(to: folder.socket, listening: true)
        defer { close(descriptor) }
        let server = ControlServer(
            listener: .descriptor(descriptor), plane: FakePlane(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, limits: Self.quickLook)
        let (troubles, trouble) = AsyncStream<String?>.makeStream()
        let running = Task { try await server.run(onTrouble: { trouble.yield($0) }) }
        var seen = troubles.makeAsyncIterator()
        #expect(await seen.next() == .some(nil))
        unlink(folder.socket)
        while let next = await seen.next() {
            guard let next else { continue }
            #expect(next.contains("\(folder.socket) was removed or replaced"))
            break
        }
        running.cancel()
        try await running.value
    }

    @Test("says what is wrong with a path")
    func wrongPath() async throws {
        let folder = try TemporaryFolder()
        let long = folder.path + "/" + String(repeating: "x", count: 108)
        await #expect(throws: ControlListenerError.unusablePath(long, limit: 107)) {
            try await withServer(.path(long)) {}
        }
        let nowhere = folder.path + "/missing/ptrd.sock"
        let error = await #expect(throws: ControlListenerError.self) { try await withServer(.path(nowhere)) {} }
        #expect(error == .system(operation: "open", path: nowhere + ".lock", errno: ENOENT))
        #expect(
            error?.description == """
                cannot open \(nowhere).lock: No such file or directory; make the directory first, or set another path \
                in [control] socket
                """)
    }

    @Test("on an inherited socket serves it, leaves its path and its descriptor alone, and can begin again")
    func inheritedDescriptor() async throws {
        let folder = try TemporaryFolder()
        let inherited = RawSocket.bound(to: folder.socket, listening: true)
        defer { close(inherited) }
        for _ in 0..<2 {
            try await withServer(.descriptor(inherited)) {
                let status = try await ControlClient(socket: folder.socket, timeout: .seconds(60)).status()
                #expect(status == FakePlane.status)
            }
            #expect(folder.contents == ["ptrd.sock"])
            #expect(fcntl(inherited, F_GETFD) >= 0)
        }
        // systemd keeps listening between two lives of the service: a client is queued, not refused.
        let descriptor = try #require(RawSocket.connected(to: folder.socket))
        close(descriptor)
    }

    @Test("refuses a descriptor that is no listening Unix stream socket")
    func wrongDescriptors() async throws {
        let folder = try TemporaryFolder()
        let notListening = RawSocket.bound(to: folder.socket, listening: false)
        let internet = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        let datagram = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue), 0)
        let file = open("/dev/null", O_RDONLY)
        defer { for descriptor in [notListening, internet, datagram, file] { close(descriptor) } }
        let cases = [
            (notListening, "is not listening"), (internet, "is not a Unix stream socket"),
            (datagram, "is not a Unix stream socket"), (file, "is not a Unix stream socket"), (-1, "is not open"),
        ]
        for (descriptor, problem) in cases {
            await #expect(throws: ControlListenerError.unusableDescriptor(descriptor, problem: problem)) {
                try await withServer(.descriptor(descriptor)) {}
            }
        }
    }
}
