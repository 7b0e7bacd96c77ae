import ControlAPI
import Glibc
import Testing

@testable import ControlServer

@Suite("Commands are for")
struct AccessTests {
    private let access = CommandAccess(group: "operators", groupID: 400, daemonUser: 300)

    @Test(
        "root, the daemon's user and the members of one group",
        arguments: [
            (Caller(pid: 1, uid: 0, gid: 0), true), (Caller(pid: 1, uid: 300, gid: 1), true),
            (Caller(pid: 1, uid: 5, gid: 400), true), (Caller(pid: 1, uid: 5, gid: 5, groups: [6, 400]), true),
            (Caller(pid: 1, uid: 5, gid: 5, groups: [6, 0]), false), (Caller(pid: 1, uid: 400, gid: 0), false),
        ])
    func callers(caller: Caller, isAllowed: Bool) {
        let refusal = access.refusal(for: caller)
        #expect((refusal == nil) == isAllowed)
        guard let refusal else { return }
        #expect(refusal.code == .denied)
        #expect(refusal.message.contains("members of the group operators"))
        #expect(refusal.hint?.contains("`sudo usermod -aG operators $USER`") == true)
    }

    @Test("root and the daemon's user only, where there is no such group, or no name for the caller")
    func noGroup() {
        let access = CommandAccess(group: "operators", groupID: nil, daemonUser: 300)
        #expect(access.refusal(for: Caller(pid: 1, uid: 0, gid: 0)) == nil)
        #expect(access.refusal(for: Caller(pid: 1, uid: 300, gid: 0)) == nil)
        let refusal = access.refusal(for: Caller(pid: 1, uid: 5, gid: 5))
        #expect(refusal?.message.contains("there is no group operators") == true)
        #expect(refusal?.hint?.contains("`sudo groupadd operators`") == true)
        #expect(access.refusal(for: nil)?.code == .denied)
    }

    @Test("nobody who is a worker's process, whatever user it has")
    func workers() {
        let access = CommandAccess(group: "operators", groupID: 400, daemonUser: 300, isWorker: { $0.pid == 7 })
        for user in [0, 300, 5] as [UInt32] {
            let refusal = access.refusal(for: Caller(pid: 7, uid: user, gid: 400))
            #expect(refusal?.code == .denied && refusal?.message == "a worker's process may change nothing")
        }
        #expect(access.refusal(for: Caller(pid: 8, uid: 300, gid: 1)) == nil)
    }

    @Test(
        "not for the daemon's user where its workers have that user, also not by a group; and it has no reserved place")
    func untrustedDaemonUser() {
        let access = CommandAccess(group: "operators", groupID: 400, daemonUser: 300, trustsDaemonUser: false)
        let refusal = access.refusal(for: Caller(pid: 1, uid: 300, gid: 400, groups: [400]))
        #expect(refusal?.code == .denied && refusal?.hint == "use sudo, or a user of the group operators")
        #expect(!access.isPrivileged(300) && access.isPrivileged(0))
        #expect(access.refusal(for: Caller(pid: 1, uid: 0, gid: 0)) == nil)
        #expect(access.refusal(for: Caller(pid: 1, uid: 5, gid: 400)) == nil)
        // One that runs as root has no user to distrust.
        let root = CommandAccess(group: "operators", groupID: 400, daemonUser: 0, trustsDaemonUser: false)
        #expect(root.refusal(for: Caller(pid: 1, uid: 0, gid: 0)) == nil)
    }

    @Test("a group that is found by its name")
    func groupLookup() async throws {
        let entry = try #require(getgrgid(getgid())).pointee
        #expect(await UserGroup.id(named: String(cString: entry.gr_name)) == getgid())
        #expect(await UserGroup.id(named: "no such group") == nil)
    }

    @Test("whom the kernel names: user, groups and process")
    func kernel() throws {
        var ends: [CInt] = [0, 0]
        try #require(socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends) == 0)
        defer { for end in ends { close(end) } }
        let caller = try #require(Caller(of: ends[0]))
        var groups = [gid_t](repeating: 0, count: 65536)
        groups.removeLast(groups.count - Int(getgroups(CInt(groups.count), &groups)))
        #expect(caller == Caller(pid: getpid(), uid: getuid(), gid: getgid(), groups: groups))
        #expect(Caller(of: -1) == nil)
    }

    @Test("a socket that is for the group that may")
    func socketGroup() async throws {
        let folder = try TemporaryFolder()
        try await withServer(.path(folder.socket), socketGroup: getgid()) {
            var information = stat()
            #expect(lstat(folder.socket, &information) == 0)
            #expect(information.st_gid == getgid())
            #expect(information.st_mode & 0o777 == 0o660)
        }
    }

    @Test("some, and whoever is let in may read; each is written down", .enabled(if: OtherUser.canBe))
    func otherUsers() async throws {
        let folder = try TemporaryFolder()
        let plane = FakePlane()
        let access = CommandAccess(group: "operators", groupID: 4242)
        try await withServer(.path(folder.socket), plane: plane, access: access) {
            #expect(chmod(folder.socket, 0o666) == 0)
            let stranger = OtherUser(groups: [4243])
            #expect(await stranger.curl(folder.socket, "/v1/status").hasPrefix("HTTP/1.1 200 OK"))
            for _ in 0..<20 {
                let denied = await stranger.curl(folder.socket, "/v1/scale", "-d", #"{"target": 5}"#)
                #expect(denied.hasPrefix("HTTP/1.1 403 Forbidden"))
                #expect(denied.contains("sudo usermod -aG operators $USER"))
            }
            let member = OtherUser(groups: [4243, 4242])
            let answer = await member.curl(folder.socket, "/v1/scale", "-d", #"{"target": 5}"#)
            #expect(answer.hasPrefix("HTTP/1.1 200 OK"))
            _ = await member.curl(folder.socket, "/v1/scale", "-d", #"{"target": 9}"#)
        }
        #expect(await plane.asked == ["status", "scale to 5", "scale to 9"])
        let notes = await plane.notes
        // Ten denials at once and one a second, however many there were.
        let denials = notes.prefix { $0.refusal?.code == .denied }
        #expect((10..<20).contains(denials.count))
        #expect(denials.allSatisfy { $0.request == "scale" && $0.caller?.uid == 65534 && $0.caller?.groups == [4243] })
        let others = notes.dropFirst(denials.count)
        #expect(others.map(\.request) == ["scale to 5", "scale to 9"])
        #expect(others.map(\.refusal?.code) == [nil, .precondition])
        #expect(others.allSatisfy { $0.caller?.gid == 65534 && $0.caller?.groups == [4242, 4243] })
    }
}

/// curl, run as nobody with some groups; only root can.
private struct OtherUser {
    let groups: [UInt32]

    static var canBe: Bool {
        getuid() == 0 && (["/usr/bin/setpriv", "/usr/bin/curl"] as [String]).allSatisfy { access($0, X_OK) == 0 }
    }

    /// With popen(3): Foundation's `Process` breaks when descriptors come and go beside it.
    func curl(_ socket: String, _ path: String, _ more: String...) async -> String {
        let groups = groups.map { "\($0)" }.joined(separator: ",")
        let command =
            (["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--groups=\(groups)", "/usr/bin/curl", "-si"]
            + ["--unix-socket", socket, "http://ptrd\(path)"] + more).map { "'\($0)'" }.joined(separator: " ")
        return await RawSocket.onThread {
            guard let pipe = popen(command, "re") else { return "cannot run setpriv" }
            defer { pclose(pipe) }
            return RawSocket.readAll(fileno(pipe))
        }
    }
}
