import Locking
import Testing

@testable import Supervision

/// A key that counts how often it is looked up.
private struct CountingKey: Hashable, Sendable {
    let number: Int
    let lookUps: Counter

    final class Counter: Sendable {
        let count = Locked(0)
    }

    static func == (left: Self, right: Self) -> Bool { left.number == right.number }

    func hash(into hasher: inout Hasher) {
        lookUps.count.withLock { $0 += 1 }
        hasher.combine(number)
    }
}

@Suite("Ordered table")
struct OrderedTableTests {
    @Test("keys keep the order in which they were added; a removed one comes back at the end")
    func order() {
        var table = OrderedTable<String, Int>()
        for (index, key) in ["c", "a", "b"].enumerated() { table[key] = index }
        table["a"] = 7
        #expect(table.keys == ["c", "a", "b"])
        #expect(table.values == [0, 7, 2])
        table["c"] = nil
        table["x"] = nil
        table["c"] = 9
        #expect(table.keys == ["a", "b", "c"])
        #expect(table.keys(from: "b") == ["b", "c"])
        #expect(table.keys(from: "x") == [])
        #expect(table["x"] == nil)
    }

    @Test("reordering puts those that are not named first, and leaves out those that are not there")
    func reorder() {
        var table = OrderedTable<String, Int>()
        for (index, key) in ["a", "b", "c", "d"].enumerated() { table[key] = index }
        table["b"] = nil
        table.reorder(["d", "x", "a"])
        #expect(table.keys == ["c", "d", "a"])
        #expect(table["a"] == 0)
        table["a"] = nil
        #expect(table.keys == ["c", "d"])
    }

    @Test("after each of many random additions and removals it holds what a list would")
    func model() {
        var random = SystemRandomNumberGenerator()
        var table = OrderedTable<Int, Int>()
        var model: [Int] = []
        for step in 0..<5_000 {
            let key = Int.random(in: 0..<(step < 2_500 ? 200 : 20), using: &random)
            if Bool.random(using: &random) {
                if !model.contains(key) { model.append(key) }
                table[key] = step
            } else {
                model.removeAll { $0 == key }
                table[key] = nil
            }
            if table.keys != model || table.count != model.count { return #expect(table.keys == model, "step \(step)") }
        }
    }

    @Test("an addition or a removal costs the same however many there are, and holes do not pile up")
    func cost() {
        func lookUps(_ count: Int) -> Int {
            let counter = CountingKey.Counter()
            var table = OrderedTable<CountingKey, Int>()
            for number in 0..<count { table[CountingKey(number: number, lookUps: counter)] = number }
            for number in 0..<count {
                table[CountingKey(number: number, lookUps: counter)] = nil
                #expect(table.width <= max(16, 2 * table.count))
            }
            return counter.count.withLock { $0 }
        }
        #expect(lookUps(10_000) < 11 * lookUps(1_000))
    }

    @Test("a table through which many pass is not larger than those that are in it at a time")
    func passage() {
        var table = OrderedTable<Int, Int>()
        for number in 0..<10_000 {
            table[number] = number
            table[number - 3] = nil
        }
        #expect(table.keys == [9_997, 9_998, 9_999])
        #expect(table.width <= 16)
    }
}
