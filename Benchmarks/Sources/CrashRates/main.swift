// How many crashes of workers a second a tree bears while messages flow: with a budget that bears all, as many as there can
// be; with the default budget, at nine tenths of what it allows to the largest pool of the default configuration.
//
// usage: CrashRates [--json] [SECONDS]      10 by default
//
// Ends with 1 if a message was lost.

import Glibc
import Measurement
import Supervision

let arguments = CommandLine.arguments.dropFirst()
let isJSON = arguments.contains("--json")
let seconds = arguments.compactMap(Int.init).first ?? 10
let cases: [(name: String, directSupervisors: Int, budget: RestartBudget?, rate: Double?)] = [
    ("raised budgets", 4, RestartBudget(restarts: 1_000_000, within: .seconds(1)), nil),
    ("default budgets", 64, nil, 0.9 * 64 * 100),
]

var lost = 0
var documents: [String] = []
if !isJSON { print("crashes of workers            a second    median us       p99 us     messages         lost") }
for (name, directSupervisors, budget, rate) in cases {
    let tree = await CrashingTree(directSupervisors: directSupervisors, budget: budget)
    let outcome = await tree.crash(for: .seconds(seconds), rate: rate)
    lost += outcome.lost
    let perSecond = Double(outcome.recoveries.count) / outcome.seconds
    let (median, p99) = (outcome.recoveries.median, outcome.recoveries.quantile(0.99))
    documents.append(
        """
        {"budgets": "\(name)", "crashes_per_second": \(perSecond), "median_us": \(median), "p99_us": \(p99), \
        "messages": \(outcome.messages), "lost": \(outcome.lost), "unreplaced": \(outcome.unreplaced), \
        "gave_up": \(outcome.gaveUp)}
        """)
    if isJSON { continue }
    var row = Row(name)
    for (value, width) in [(perSecond, 10), (median, 11), (p99, 11)] { row.add(value, width: width) }
    for count in [outcome.messages, outcome.lost] { row.add(Double(count), width: 11) }
    row.note("\(outcome.unreplaced) not replaced in time; \(outcome.gaveUp) supervisors gave up")
    row.print()
}
if isJSON { print("[\n  \(documents.joined(separator: ",\n  "))\n]") }
if lost != 0 { exit(1) }
