import Glibc
import TestKit
import Testing

@testable import Launching

/// A group of its own in this machine's hierarchy, for a test to divide.
private final class Delegated {
    let path: String

    init?() {
        guard geteuid() == 0, let own = CgroupTree.ownGroup() else { return nil }
        path = "\(own)/ptr-test-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        guard mkdir(path, 0o755) == 0 else { return nil }
    }

    deinit {
        Cgroup(path: path).kill()
        for name in DirectoryEntries.of(path) ?? [] { rmdir("\(path)/\(name)") }
        rmdir(path)
    }

    static let isAvailable = Delegated() != nil
}

@Suite("A tree of cgroups", .timeLimit(.minutes(1)))
struct CgroupTreeTests {
    @Test("is found where the hierarchy is mounted, also where a container shows a part of it")
    func place() {
        let mounts = """
            22 1 0:2 / / rw - ext4 /dev/vda rw
            30 22 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate
            """
        #expect(
            CgroupTree.ownGroup(groups: "0::/system.slice/ptrd.service\n", mounts: mounts)
                == "/sys/fs/cgroup/system.slice/ptrd.service")
        #expect(CgroupTree.ownGroup(groups: "0::/\n", mounts: mounts) == "/sys/fs/cgroup")
        let part = "30 22 0:26 /box /cgroup rw - cgroup2 none rw\n"
        #expect(CgroupTree.ownGroup(groups: "9:name=systemd:/\n0::/box/inner\n", mounts: part) == "/cgroup/inner")
        #expect(CgroupTree.ownGroup(groups: "0::/elsewhere\n", mounts: part) == nil)
        #expect(CgroupTree.ownGroup(groups: "9:name=systemd:/\n", mounts: mounts) == nil)
    }

    @Test("is none where nothing is delegated, though we could take it", .enabled(if: geteuid() == 0))
    func undelegated() {
        #expect(throws: CgroupTree.Unavailable.self) { _ = try CgroupTree.claim() }
    }

    @Test("is one where it is marked as delegated", .enabled(if: Delegated.isAvailable, "needs root and cgroup v2"))
    func delegated() throws {
        let group = try #require(Delegated())
        #expect(!CgroupTree.isDelegated(group.path))
        try #require(mark(group.path, as: "trusted.delegate"))
        #expect(CgroupTree.isDelegated(group.path))
    }

    @Test(
        "moves what lives in its root to `main`, and gives each process a group, in which it begins",
        .enabled(if: Delegated.isAvailable, "needs root and cgroup v2"))
    func groups() async throws {
        let delegated = try #require(Delegated())
        try await withLauncher { launcher in
            let earlier = try await launcher.start(["/bin/cat"]) { $0.cgroup = delegated.path }
            let tree = try CgroupTree(path: delegated.path, controllers: ["memory", "pids", "cpu"])
            #expect(Cgroup(path: "\(delegated.path)/main").processes == [earlier.process.pid])
            let group = try tree.makeGroup(named: "worker/1")
            #expect(group.path == "\(delegated.path)/worker-1")
            let child = try await launcher.shell("grep ^0:: /proc/self/cgroup") { $0.cgroup = group.path }
            #expect(await child.finished().seen.output.hasSuffix("/worker-1\n"))
            tree.remove(group)
            while tree.leftOverCount > 0 { try await nextTurn() }
            #expect(access(group.path, F_OK) != 0)
        }
    }

    @Test(
        "lets a process take with it what has a session of its own and ignores SIGTERM",
        .enabled(if: Delegated.isAvailable, "needs root and cgroup v2"))
    func escape() async throws {
        let delegated = try #require(Delegated())
        try await withLauncher { launcher in
            let tree = try CgroupTree(path: delegated.path, controllers: [])
            let group = try tree.makeGroup(named: "worker")
            let script = "trap '' TERM; setsid sh -c 'echo $$; exec sleep 1000' & read line"
            let child = try await launcher.shell(script) { $0.cgroup = group.path }
            await child.recorder.wait { $0.output.hasSuffix("\n") }
            let escaped = try #require(pid_t(child.recorder.seen.output.dropLast()))
            #expect(group.isPopulated)
            child.process.killGroup()
            _ = await child.process.exit
            try await awaitEnd(of: escaped)
            tree.remove(group)
            while tree.leftOverCount > 0 { try await nextTurn() }
        }
    }

    @Test(
        "limits memory where there is a controller, and else says that there is none",
        .enabled(if: Delegated.isAvailable, "needs root and cgroup v2"))
    func memory() async throws {
        let delegated = try #require(Delegated())
        let tree = try CgroupTree(path: delegated.path, controllers: ["memory"])
        guard tree.controllers.contains("memory") else {
            let error = #expect(throws: CgroupTree.Unavailable.self) {
                _ = try tree.makeGroup(named: "worker", memoryMax: 64 << 20)
            }
            #expect(error?.description.contains("no memory controller") == true)
            return
        }
        let group = try tree.makeGroup(named: "worker", memoryMax: 64 << 20)
        try await withLauncher { launcher in
            let child = try await launcher.start(["/usr/bin/python3", "-c", "x = b'1' * (200 << 20)"]) {
                $0.cgroup = group.path
            }
            #expect(await child.process.exit.cause == .signalled(SIGKILL, dumpedCore: false))
            #expect(group.outOfMemoryKills ?? 0 > 0)
        }
        tree.remove(group)
    }

    /// setxattr(2), which Swift does not import.
    private func mark(_ path: String, as name: String) -> Bool {
        let code = "import os, sys; os.setxattr(sys.argv[1], sys.argv[2], b'1')"
        let arguments = ["/usr/bin/python3", "-c", code, path, name]
        var (pid, status) = (pid_t(), Int32(1))
        let failure = CStrings.withArray(arguments) { posix_spawn(&pid, arguments[0], nil, nil, $0!, environ) }
        return failure == 0 && waitpid(pid, &status, 0) == pid && status == 0
    }
}
