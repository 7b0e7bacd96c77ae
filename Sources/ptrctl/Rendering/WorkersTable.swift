import ControlAPI

/// The workers, one in a line, and what each holds; of those that are processes what they use.
struct WorkersTable: Sendable {
    let workers: [Worker]
    let style: Style

    var lines: [String] {
        guard !workers.isEmpty else { return ["There are no workers."] }
        let areProcesses = workers.contains { $0.pid != nil }
        return Table<Worker>(
            [
                .left("WORKER") { Text.printable($0.id) },
                .left("STATE", colour: Self.colour) { Text.words($0.state.rawValue) },
            ] + (areProcesses ? Self.process : []) + [
                .right("INCARNATION", rank: 8) { Text.grouped($0.incarnation) },
                .right("RESTARTS", rank: 7) { Text.grouped($0.restarts) },
                .right("HANDLED", rank: 6) { Text.grouped($0.handled) },
                .left("HOLDS", least: areProcesses ? 24 : 40) { worker in
                    worker.holds.map { TreePage.describe($0, of: worker.inHand) } ?? "-"
                },
            ]
        ).lines(of: workers, style)
    }

    /// Of a worker that is a process.
    private static var process: [Table<Worker>.Column] {
        [
            .right("PID") { $0.pid.map { "\($0)" } ?? "-" },
            .right("MEMORY", rank: 2) { $0.residentBytes.map { Text.bytes($0) } ?? "-" },
            .right("CPU", rank: 3) { $0.cpuSeconds.map { Text.duration($0, .measured) } ?? "-" },
            .right("AGE", rank: 4) { $0.ageSeconds.map { Text.duration($0) } ?? "-" },
            .right("IN HAND", rank: 5) { $0.inHand.map { Text.grouped($0) } ?? "-" },
        ]
    }

    static func colour(of worker: Worker) -> Style.Colour {
        [.idle, .busy].contains(worker.state) ? .green : .yellow
    }
}

extension TreeNode {
    /// `pid 4711`
    var process: String? { pid.map { "pid \($0)" } }

    /// `12.0 MiB, 1.25 s of CPU, for 3m4s`, of a worker that is a process.
    var usage: String? {
        guard pid != nil else { return nil }
        let words = [
            residentBytes.map { Text.bytes($0) }, cpuSeconds.map { "\(Text.duration($0, .measured)) of CPU" },
            ageSeconds.map { "up \(Text.duration($0))" },
        ].compactMap(\.self)
        return words.isEmpty ? nil : words.joined(separator: ", ")
    }
}
