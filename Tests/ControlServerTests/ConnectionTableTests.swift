import Testing

@testable import ControlServer

@Suite("Too many connections")
struct ConnectionTableTests {
    private func table(limit: Int = 4, limitPerUser: Int = 3, reserve: Int = 1) -> ConnectionTable<Int> {
        ConnectionTable(limit: limit, limitPerUser: limitPerUser, reserve: reserve, isPrivileged: { $0 == 0 })
    }

    @Test("are those of the user who has most; of them the one that has been idle for longest makes way")
    func greediest() {
        var table = table()
        for (key, user) in [(1, 7), (2, 8), (3, 8), (4, 8)] as [(Int, UInt32)] {
            #expect(table.admit(key, user: user) == .admitted(insteadOf: nil))
        }
        table.setBusy(2)
        #expect(table.admit(5, user: 9) == .admitted(insteadOf: 3))
        #expect(table.count == 4)
        table.setIdle(2)
        // 7, 8, 8 and 9 have them now.
        #expect(table.admit(6, user: 9) == .admitted(insteadOf: 4))
    }

    @Test("of one user cost that user's own")
    func share() {
        var table = table()
        for key in 1...3 { #expect(table.admit(key, user: 8) == .admitted(insteadOf: nil)) }
        #expect(table.admit(4, user: 8) == .admitted(insteadOf: 1))
        for key in 2...4 { table.setBusy(key) }
        #expect(table.admit(5, user: 8) == .refused)
        #expect(table.admit(6, user: 9) == .admitted(insteadOf: nil))
    }

    @Test("that are all at work leave no room, but for root")
    func reserve() {
        var table = table()
        for (key, user) in [(1, 7), (2, 8), (3, 8), (4, 9)] as [(Int, UInt32)] {
            _ = table.admit(key, user: user)
            table.setBusy(key)
        }
        #expect(table.admit(5, user: 9) == .refused)
        #expect(table.admit(5, user: nil) == .refused)
        #expect(table.admit(5, user: 0) == .admitted(insteadOf: nil))
        table.setBusy(5)
        #expect(table.admit(6, user: 0) == .refused)
    }

    @Test("of a user with none idle are passed over for the next")
    func nextGreediest() {
        var table = table()
        for (key, user) in [(1, 7), (2, 8), (3, 8), (4, 8)] as [(Int, UInt32)] {
            _ = table.admit(key, user: user)
            if user == 8 { table.setBusy(key) }
        }
        #expect(table.admit(5, user: 9) == .admitted(insteadOf: 1))
    }

    @Test("are no longer too many when some are closed")
    func closing() {
        var table = table()
        for key in 1...3 { _ = table.admit(key, user: 8) }
        table.remove(1)
        table.remove(1)
        #expect(table.admit(4, user: 8) == .admitted(insteadOf: nil))
        #expect(table.count == 3)
    }
}
