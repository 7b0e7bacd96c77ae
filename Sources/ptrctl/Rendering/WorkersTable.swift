import ControlAPI

/// The workers, one in a line, and how many there are.
struct WorkersTable: Sendable {
    let workers: [Worker]
    let style: Style

    var lines: [String] {
        guard !workers.isEmpty else { return ["There are no workers."] }
        var table = Table(columns: [
            .init(heading: "WORKER", alignment: .left), .init(heading: "STATE", alignment: .left),
            .init(heading: "INCARNATION", alignment: .right, rank: 4),
            .init(heading: "RESTARTS", alignment: .right, rank: 3),
            .init(heading: "HANDLED", alignment: .right, rank: 2),
            .init(heading: "HOLDS", alignment: .left, least: 40),
        ])
        for worker in workers {
            let isWell = [.idle, .busy].contains(worker.state)
            table.rows.append([
                .init(Text.printable(worker.id)),
                .init(Text.words(worker.state.rawValue)) { [style] in style.coloured($0, isWell ? .green : .yellow)
                },
                .init(Text.grouped(worker.incarnation)), .init(Text.grouped(worker.restarts)),
                .init(Text.grouped(worker.handled)),
                .init(worker.holds.map { TreePage.describe($0, of: worker.inHand) } ?? "-"),
            ])
        }
        return table.lines(style)
    }
}
