import Testing

@testable import Supervision

#if DEBUG
@Suite("The invariants of a supervisor's children", .timeLimit(.minutes(1)))
struct InvariantTests {
    private static func table() -> ChildTable {
        var table = ChildTable()
        table["a"] = Child(ChildSpecification(id: "a") { _ in })
        return table
    }

    @Test("hold in a table that was changed as it may be")
    func hold() {
        var table = Self.table()
        table["b"] = Child(ChildSpecification(id: "b", kind: .supervisor) { _ in })
        table["a"]?.restarts += 1
        table.reorder(["b", "a"])
        table["b"] = nil
        table.checkInvariants()
        #expect(table.ids == ["a"])
    }

    @Test("a child that does not run is not told to exit")
    func exit() async {
        await #expect(processExitsWith: .failure) {
            var table = Self.table()
            table["a"]?.exit = Child.Exit(error: Crash(), alarm: nil)
        }
    }

    @Test("a child has one task")
    func oneTask() async {
        await #expect(processExitsWith: .failure) {
            var table = Self.table()
            let supervisor = Supervisor("tree")
            let specification = table["a"]!.specification
            for _ in 1...2 { table["a"]?.begin(ChildProcess(specification, start: nil, of: supervisor)) }
        }
    }

    @Test("a child's restarts and incarnations only rise")
    func time() async {
        await #expect(processExitsWith: .failure) {
            var table = Self.table()
            table["a"]?.restarts -= 1
        }
    }
}
#endif
