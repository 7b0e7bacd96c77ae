import ControlServer
import Foundation
import Testing

@testable import ptrd

@Suite("The processes of workers")
struct WorkerKinTests {
    private typealias Relations = WorkerKin.Relations

    /// We are 100, a child of the shell 50; 200 and 300 are workers with sessions of their own, 300 has a child of its own session
    /// and one that has lost its parent. 60 is an operator's.
    private static let processes: [pid_t: Relations] = [
        1: Relations(parent: 0, session: 1), 50: Relations(parent: 1, session: 50),
        60: Relations(parent: 50, session: 50), 100: Relations(parent: 50, session: 50),
        200: Relations(parent: 100, session: 200), 201: Relations(parent: 200, session: 201),
        202: Relations(parent: 201, session: 201), 300: Relations(parent: 100, session: 300),
        301: Relations(parent: 1, session: 300), 302: Relations(parent: 1, session: 302),
    ]

    private func kin(of ourselves: pid_t = 100) -> WorkerKin {
        WorkerKin(of: ourselves, user: 7, relations: { Self.processes[$0] }, group: { _ in nil })
    }

    @Test(
        "are those that ptrd has started, their descendants, and who is left in their sessions",
        arguments: [(200, true), (201, true), (202, true), (300, true), (301, true)])
    func workers(process: pid_t, isWorker: Bool) {
        #expect(kin().contains(Caller(pid: process, uid: 7, gid: 7)) == isWorker)
    }

    @Test(
        "are not those of operators, nor what has left session and parents",
        arguments: [1, 50, 60, 100, 302] as [pid_t])
    func others(process: pid_t) {
        #expect(!kin().contains(Caller(pid: process, uid: 7, gid: 7)))
    }

    @Test("may be whoever has their user and cannot be looked at; who has another is none")
    func hidden() {
        #expect(kin().contains(Caller(pid: 999, uid: 7, gid: 7)))
        #expect(!kin().contains(Caller(pid: 999, uid: 8, gid: 7)))
    }

    @Test(
        "are those in the groups of workers, where each has one; a reload that systemd runs is in one beside them",
        arguments: [
            ("/a.service/main", "/a.service/worker.1.1", true), ("/a.service/main", "/a.service/worker.1.1/b", true),
            ("/a.service/main", "/a.service/main", false), ("/a.service/main", "/a.service/.control", false),
            ("/a.service/main", "/b.service/worker.1.1", false), ("/a.service/main", "/user.slice", false),
            ("/a.service", "/a.service", false), ("/a.service", "/a.service/x", false),
        ])
    func groups(own: String, other: String, isWorker: Bool) {
        let kin = WorkerKin(of: 100, user: 7, relations: { Self.processes[$0] }, group: { $0 == 100 ? own : other })
        #expect(kin.contains(Caller(pid: 302, uid: 7, gid: 7)) == isWorker)
    }

    @Test("in a container are told by their sessions, for its first process adopts everybody")
    func firstProcess() {
        let processes: [pid_t: Relations] = [
            1: Relations(parent: 0, session: 1), 20: Relations(parent: 0, session: 20),
            21: Relations(parent: 1, session: 20), 30: Relations(parent: 1, session: 30),
            31: Relations(parent: 30, session: 30),
        ]
        let kin = WorkerKin(of: 1, user: 7, relations: { processes[$0] }, group: { _ in nil })
        #expect([20, 21].allSatisfy { !kin.contains(Caller(pid: $0, uid: 7, gid: 7)) })
        #expect([30, 31].allSatisfy { kin.contains(Caller(pid: $0, uid: 7, gid: 7)) })
    }

    @Test("are found among real ones: a child, one in a session of its own, an orphan in a session")
    func real() throws {
        let kin = WorkerKin()
        // The shell is the leader of a session; the first sleep has one of its own, the second loses its parent.
        let script = "setsid sleep 60 & echo $!; sh -c 'sleep 60 >&- & echo $!'; exec cat"
        let child = Process()
        let (input, output) = (Pipe(), Pipe())
        (child.standardInput, child.standardOutput) = (input, output)
        child.executableURL = URL(filePath: "/usr/bin/setsid")
        child.arguments = ["--wait", "/bin/sh", "-c", script]
        try child.run()
        var text = ""
        while text.count(where: { $0 == "\n" }) < 2 {
            text += String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        }
        let others = text.split(separator: "\n").compactMap { pid_t($0) }
        defer {
            for process in others { kill(process, SIGKILL) }
            try? input.fileHandleForWriting.close()
            child.waitUntilExit()
        }
        #expect(others.count == 2)
        for process in [child.processIdentifier] + others {
            #expect(kin.contains(Caller(pid: process, uid: getuid(), gid: getgid())), "\(process)")
        }
        for process in [getpid(), getppid(), 1] {
            #expect(!kin.contains(Caller(pid: process, uid: getuid(), gid: getgid())), "\(process)")
        }
    }

    @Test("have names that may hold anything")
    func names() {
        #expect(WorkerKin.relations(stat: "7 (a) b) (c\n) S 3 4 5 6 7\n") == WorkerKin.Relations(parent: 3, session: 5))
        #expect(WorkerKin.relations(stat: "7 (a") == nil && WorkerKin.relations(stat: "7 (a) S x y z") == nil)
        #expect(WorkerKin.relations(stat: "") == nil)
    }
}

@Suite("The memory that there is")
struct MachineMemoryTests {
    @Test("is the least that a control group around ptrd has, or else the machine's")
    func groups() throws {
        let machine = try #require(MachineMemory.available { _ in nil })
        #expect(machine > 64 << 20)
        let files = [
            "/proc/self/cgroup": "1:name=systemd:/x\n0::/system.slice/ptrd.service\n",
            "/sys/fs/cgroup/system.slice/ptrd.service/memory.max": "max\n",
            "/sys/fs/cgroup/system.slice/memory.max": "1048576\n",
        ]
        #expect(MachineMemory.available { files[$0] } == 1 << 20)
        #expect(MachineMemory.limits { files[$0] } == [nil, 1 << 20])
        #expect(MachineMemory.limits { _ in "7:memory:/x\n" } == [])
    }
}
