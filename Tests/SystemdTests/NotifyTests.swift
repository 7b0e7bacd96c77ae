import Glibc
import TestKit
import Testing

@testable import Systemd

@Suite("Notifications")
struct NotifyTests {
    @Test("have the text of sd_notify(3)")
    func texts() {
        #expect(ServiceNotification.ready.text == "READY=1")
        #expect(ServiceNotification.stopping.text == "STOPPING=1")
        #expect(ServiceNotification.watchdog.text == "WATCHDOG=1")
        #expect(ServiceNotification.extendTimeout(by: .milliseconds(1500)).text == "EXTEND_TIMEOUT_USEC=1500000")
        #expect(ServiceNotification.extendTimeout(by: .seconds(-1)).text == "EXTEND_TIMEOUT_USEC=0")
        #expect((ServiceNotification.ready + .status("running")).text == "READY=1\nSTATUS=running")
        #expect(ServiceNotification.reloading(at: 12).text == "RELOADING=1\nMONOTONIC_USEC=12")
    }

    @Test("a status is one line, whatever it is made of")
    func statusIsOneLine() {
        let status = ServiceNotification.status("stream a\nMAINPID=1\r\u{0}\u{85}b: ünïcode 👋")
        #expect(status.text == "STATUS=stream a MAINPID=1   b: ünïcode 👋")
    }

    @Test("a long status is cut between characters")
    func statusIsCut() {
        let status = ServiceNotification.status("a" + String(repeating: "é", count: 2000))
        #expect(status.text.utf8.count == "STATUS=".utf8.count + 2047)
    }

    @Test("a reload carries the monotonic clock's time")
    func reloadTime() throws {
        func now() -> UInt64 {
            var now = timespec()
            clock_gettime(CLOCK_MONOTONIC, &now)
            return UInt64(now.tv_sec) * 1_000_000 + UInt64(now.tv_nsec) / 1000
        }
        let before = now()
        let text = ServiceNotification.reloading().text
        let time = try #require(UInt64(text.split(separator: "=").last ?? ""))
        #expect((before...now()).contains(time))
    }

    // The environment belongs to the whole process, so these run in one of their own.

    @Test("reach the socket the service manager named, one datagram each")
    func reachSocket() async {
        await #expect(processExitsWith: .success) {
            let folder = TemporaryFolder()
            let path = "\(folder.path)/notify"
            let manager = bindUnixSocket(path, type: SOCK_DGRAM)
            defer { close(manager) }
            setenv("NOTIFY_SOCKET", path, 1)
            let notifier = SystemdNotifier()
            let isReadyTold = try await notifier.notify(.ready + .status("up"))
            let isStopTold = try notifier.sendBlocking(.stopping)
            #expect(isReadyTold && isStopTold)
            var buffer = [UInt8](repeating: 0, count: 4096)
            var received: [String] = []
            for _ in 0..<2 {
                let count = recv(manager, &buffer, buffer.count, 0)
                received.append(String(decoding: buffer[..<max(0, count)], as: UTF8.self))
            }
            #expect(received == ["READY=1\nSTATUS=up", "STOPPING=1"])
        }
    }

    @Test("go nowhere, and say so, without a service manager")
    func noManager() async {
        await #expect(processExitsWith: .success) {
            unsetenv("NOTIFY_SOCKET")
            let notifier = SystemdNotifier()
            let isTold = try await notifier.notify(.ready)
            #expect(!isTold)
            #expect(notifier.watchdogInterval == nil)
        }
    }

    @Test("say why the service manager could not be told")
    func managerGone() async {
        await #expect(processExitsWith: .success) {
            setenv("NOTIFY_SOCKET", "/nonexistent/notify", 1)
            await #expect(throws: NotifyError(errno: ENOENT)) { try await SystemdNotifier().notify(.ready) }
        }
    }

    @Test("the watchdog's interval is the unit's, if it is meant for this process")
    func watchdog() async {
        await #expect(processExitsWith: .success) {
            setenv("WATCHDOG_USEC", "30000000", 1)
            setenv("WATCHDOG_PID", "\(getpid())", 1)
            #expect(SystemdNotifier().watchdogInterval == .seconds(30))
            setenv("WATCHDOG_PID", "1", 1)
            #expect(SystemdNotifier().watchdogInterval == nil)
        }
    }
}

@Suite("Socket activation")
struct SocketActivationTests {
    @Test("takes the named sockets and hides them from children")
    func takes() async {
        await #expect(processExitsWith: .success) {
            let folder = TemporaryFolder()
            let path = "\(folder.path)/control"
            let listener = bindUnixSocket(path, type: SOCK_STREAM)
            try #require(listen(listener, 1) == 0)
            let sockets = try takeSockets(upTo: listener)
            let socket = try #require(sockets.last)
            #expect(socket == InheritedSocket(name: "control", descriptor: listener))
            #expect(socket.isListeningUnixStream)
            #expect(fcntl(listener, F_GETFD) & FD_CLOEXEC != 0)
            for name in ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] { #expect(getenv(name) == nil) }
            let again = try SocketActivation.takeSockets()
            #expect(again == [])
        }
    }

    @Test("leaves alone the sockets of another process")
    func otherProcess() async {
        await #expect(processExitsWith: .success) {
            setenv("LISTEN_PID", "1", 1)
            setenv("LISTEN_FDS", "1", 1)
            let sockets = try SocketActivation.takeSockets()
            #expect(sockets == [])
            #expect(getenv("LISTEN_FDS") == nil)
        }
    }

    @Test("a descriptor that is no listening Unix socket is known as such")
    func wrongKind() throws {
        let pipe = PipeEnds()
        let socket = InheritedSocket(name: "control", descriptor: pipe.reader)
        #expect(!socket.isListeningUnixStream)
    }
}

/// Takes all descriptors from 3, where passed ones begin, up to one of ours.
///
/// Those in between belong to the test process, whose other threads may close one at any time. systemd passes no gaps and
/// libsystemd refuses them, so they are filled, again if need be.
private func takeSockets(upTo last: Int32) throws -> [InheritedSocket] {
    let count = Int(last) - 2
    while true {
        var filler: Int32 = 0
        while filler >= 0 && filler < last { filler = fcntl(last, F_DUPFD, 3) }
        setenv("LISTEN_PID", "\(getpid())", 1)
        setenv("LISTEN_FDS", "\(count)", 1)
        setenv("LISTEN_FDNAMES", (Array(repeating: "other", count: count - 1) + ["control"]).joined(separator: ":"), 1)
        let result = Result { try SocketActivation.takeSockets() }
        if case .failure(let error) = result, (error as? SocketActivationError)?.errno == EBADF { continue }
        return try result.get()
    }
}
