import Locking
import Testing

@testable import ControlServer

@Suite("The name of a caller's user")
struct UserNamesTests {
    @Test("a caller has the name of its user in what people read, asked for once; without one, or in time, its number")
    func names() async {
        let asked = Locked<[UInt32]>([])
        let names = UserNames { user in
            asked.withLock { $0.append(user) }
            return user == 1001 ? "alice" : nil
        } sleep: { _ in
            try await Task.sleep(for: .seconds(3600))
        }
        for _ in 0..<2 {
            #expect(await names.name(of: 1001) == "alice")
            #expect(await names.name(of: 5) == nil)
        }
        #expect(asked.withLock { $0 } == [1001, 5, 5])
        let system = UserNames()
        #expect(await system.name(of: 0) == "root")
        #expect(await system.name(of: 4_294_967_000) == nil)
        #expect(Caller(pid: 4, uid: 1001, gid: 2, name: "alice").words == "alice (uid 1001, pid 4)")
        #expect(Caller(pid: 4, uid: 1001, gid: 2, name: "alice").allWords == "alice (uid 1001, gid 2, pid 4)")
        #expect(Caller(pid: 4, uid: 1001, gid: 2).allWords == "uid 1001, gid 2, pid 4")
    }

    @Test("a directory of users that does not answer holds up no command")
    func hangingNames() async {
        let hanging = OneShot<Void>()
        let names = UserNames { _ in
            await hanging.value
            return "late"
        } sleep: { _ in
        }
        #expect(await names.name(of: 7) == nil)
        hanging.resolve(())
    }
}
