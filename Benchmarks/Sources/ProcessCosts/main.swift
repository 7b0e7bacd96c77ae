// What a worker costs that is a process: to start it, and to have it answer. ProcessCosts [TRIPS]. docs/performance.md has the
// figures.

import Launching
import Measurement

let trips = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 100_000
let launcher = try Launcher()

func printSpawning(_ name: String) async throws {
    let (stand, whole) = try await Spawning.measure(launcher, count: 300)
    var row = Row(name)
    row.add(stand.median)
    row.add(whole.median)
    row.add(whole.quantile(0.99))
    row.print()
}

_ = try await Spawning.measure(launcher, count: 20)
try await printSpawning("/bin/true")
let memory = resident(mebibytes: 512)
try await printSpawning("with 512 MiB resident")
memory.deallocate()

for echo in Echo.all {
    for inHand in [1, 8, 32] {
        // In turns, and the middle of five: the machine is shared.
        var (bare, launched, ratio) = (Samples(), Samples(), Samples())
        for _ in 0..<5 {
            let bound = BareTrips.rate(echo, trips: trips, inHand: inHand)
            let ours = try await LaunchedTrips.rate(launcher, echo, trips: trips, inHand: inHand)
            bare.add(bound)
            launched.add(ours)
            ratio.add(ours / bound)
        }
        var row = Row("\(echo.name), \(inHand) in hand")
        row.add(bare.median)
        row.add(launched.median)
        row.add(ratio.median, decimals: 2)
        row.print()
    }
}
let many = try await Spawning.measureMany(launcher, Echo.all[1], count: 200, trips: 100)
var row = Row("200 Pythons, 100 each, ms")
row.add(many)
row.print()
await launcher.close(within: .seconds(10))
