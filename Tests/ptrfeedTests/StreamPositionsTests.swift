import Testing

@testable import ptrfeed

@Suite("The positions of a stream")
struct StreamPositionsTests {
    @Test("are dealt once each, up to the limit")
    func dealt() {
        var positions = StreamPositions(limit: 10)
        #expect(positions.dealShared(atMost: 4, newAtMost: 9) == .init(positions: 1..<5, new: 4))
        #expect(positions.dealShared(atMost: 4, newAtMost: 3) == .init(positions: 5..<8, new: 3))
        #expect(positions.dealShared(atMost: 4, newAtMost: 0) == nil)
        #expect(positions.dealShared(atMost: 4, newAtMost: 9) == .init(positions: 8..<11, new: 3))
        #expect(positions.dealShared(atMost: 4, newAtMost: 9) == nil)
        #expect(positions.isDealtOut && !positions.isSettled)
        positions.settle(1..<5)
        positions.settle(5..<8)
        positions.settle(8..<11)
        #expect(positions.isSettled)
    }

    @Test("that come back are dealt first, in their order, and are not new")
    func givenBack() {
        var positions = StreamPositions(limit: 100)
        for _ in 1...6 { _ = positions.dealShared(atMost: 1, newAtMost: 1) }
        positions.settle(1..<2)
        for position in [5, 3, 4, 2] { positions.giveBack(position..<position + 1) }
        #expect(positions.dealShared(atMost: 2, newAtMost: 0)?.positions == 2..<3)
        #expect(positions.dealShared(atMost: 2, newAtMost: 0)?.positions == 3..<5)
        #expect(positions.dealShared(atMost: 2, newAtMost: 0) == .init(positions: 5..<6, new: 0))
        #expect(positions.dealShared(atMost: 2, newAtMost: 9) == .init(positions: 7..<9, new: 2))
    }

    @Test("behind a cursor, those sent before need no pace")
    func behindCursor() {
        var positions = StreamPositions(limit: 100)
        #expect(positions.deal(behind: 0, atMost: 50, newAtMost: 10) == .init(positions: 1..<11, new: 10))
        #expect(positions.deal(behind: 0, atMost: 50, newAtMost: 0) == .init(positions: 1..<11, new: 0))
        #expect(positions.deal(behind: 4, atMost: 3, newAtMost: 0) == .init(positions: 5..<8, new: 0))
        #expect(positions.deal(behind: 10, atMost: 50, newAtMost: 0) == nil)
        #expect(positions.deal(behind: 98, atMost: 50, newAtMost: 50) == .init(positions: 99..<101, new: 2))
        #expect(positions.deal(behind: 100, atMost: 50, newAtMost: 50) == nil)
    }
}
