// How many crashes of workers a second a tree bears while messages flow: with a budget that bears all, as many as there can
// be; with the default budget, at nine tenths of what it allows to the largest pool of the default configuration.
//
// usage: CrashRates [SECONDS]      10 by default
//
// Ends with 1 if a message was lost.

import Measurement
import Supervision

let seconds = CommandLine.arguments.dropFirst().first.flatMap(Int.init) ?? 10
let cases: [(name: String, directSupervisors: Int, budget: RestartBudget?, rate: Double?)] = [
    ("raised budgets", 4, RestartBudget(restarts: 1_000_000, within: .seconds(1)), nil),
    ("default budgets", 64, nil, 0.9 * 64 * 100),
]

print("crashes of workers            a second    median us       p99 us     messages         lost")
var lost = 0
for (name, directSupervisors, budget, rate) in cases {
    let tree = await CrashingTree(directSupervisors: directSupervisors, budget: budget)
    let outcome = await tree.crash(for: .seconds(seconds), rate: rate)
    var row = Row(name)
    row.add(Double(outcome.recoveries.count) / outcome.seconds, width: 10)
    row.add(outcome.recoveries.median, width: 11)
    row.add(outcome.recoveries.quantile(0.99), width: 11)
    row.add(Double(outcome.messages), width: 11)
    row.add(Double(outcome.lost), width: 11)
    if outcome.unreplaced + outcome.gaveUp > 0 {
        row.note("\(outcome.unreplaced) not replaced in time; \(outcome.gaveUp) supervisors gave up")
    }
    row.print()
    lost += outcome.lost
}
if lost != 0 { fatalError("\(lost) messages were lost") }
