// How many messages a second one process takes through the whole tree, beside a driver that speaks with it over bare pipes, and
// beside the tree alone: in one run, by turns. Then what it takes to have many. usage: WorkerRates [BYTES [NAME]]
import Glibc
import Measurement
import NIOCore
import Supervision

func measureRates(_ worker: MeasuredWorker, _ data: ByteBuffer) async throws {
    var driver = BareDriver(worker, data: data)
    let tree = WorkerTree(data: data) { processes(worker, $0) }
    let idle = WorkerTree(data: data) { _ in NoWork(demand: worker.demand) }
    try await tree.start()
    try await idle.start()
    // To a batch's number, so that the driver has nothing left over; each turn takes about a quarter of a second.
    let count = min(max(Int(driver.rate(of: 6400) / 4) / 64 * 64, 6400), 25_600)
    _ = await (tree.rate(of: count), idle.rate(of: count))
    var (bare, whole, alone, ratios) = (Samples(), Samples(), Samples(), Samples())
    var (driverCost, cost) = (Samples(), Samples())
    for _ in 0..<7 {
        let begin = processorTime()
        let driven = driver.rate(of: count)
        let middle = processorTime()
        let dealt = await tree.rate(of: count)
        let end = processorTime()
        driverCost.add((middle - begin) * 1e6 / Double(count))
        cost.add((end - middle) * 1e6 / Double(count))
        let empty = await idle.rate(of: count)
        bare.add(driven)
        whole.add(dealt)
        alone.add(empty)
        ratios.add(dealt / min(driven, empty))
    }
    await tree.stop()
    await idle.stop()
    driver.close()
    var row = Row(worker.name)
    for samples in [bare, alone, whole] { row.add(samples.median) }
    row.add(whole.median / bare.median, decimals: 2, width: 6)
    row.add(ratios.median, decimals: 2, width: 6)
    row.add(driverCost.median, decimals: 1, width: 6)
    row.add(cost.median, decimals: 1, width: 6)
    row.print()
}

/// The seconds on a processor of this process; they hold on a machine that has other things to do, too.
func processorTime() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// How long it takes until so many are ready, and until all have ended; and what each costs.
func measureMany(_ worker: MeasuredWorker, directSupervisors: Int, workersEach: Int) async throws {
    let count = directSupervisors * workersEach
    let clock = ContinuousClock()
    let before = residentBytes(of: getpid())
    let begin = clock.now
    var starts: CountedStarts?
    let tree = WorkerTree(directSupervisors: directSupervisors, workersEach: workersEach, data: ByteBuffer()) {
        let handler = CountedStarts(processes(worker, $0))
        starts = handler
        return handler
    }
    try await tree.start()
    while starts?.started.load(ordering: .relaxed) ?? 0 < count { try await Task.sleep(for: .milliseconds(1)) }
    let ready = clock.now - begin
    let own = residentBytes(of: getpid()) - before
    let children = childrenOfOurs()
    let (resident, shared) = children.reduce((0, 0)) {
        ($0.0 + residentBytes(of: $1), $0.1 + proportionalBytes(of: $1))
    }
    let end = clock.now
    await tree.stop()
    var row = Row("\(count) times \(worker.name.prefix { $0 != "," })")
    row.add(ready / .milliseconds(1))
    row.add((clock.now - end) / .milliseconds(1))
    row.add(Double(resident) / Double(max(children.count, 1)) / 1024)
    row.add(Double(shared) / Double(max(children.count, 1)) / 1024)
    row.add(Double(own) / Double(count) / 1024)
    row.print()
}

func measureManyOfEach() async throws {
    print("\nmany                    ready, ms  gone, ms  RSS KiB  PSS KiB  own KiB")
    for worker in [workers[0], workers[workers.count - 1]] {
        try await measureMany(worker, directSupervisors: 25, workersEach: 8)
    }
}

let arguments = CommandLine.arguments.dropFirst()
let bytes = arguments.first.map { Int($0) ?? 0 } ?? 225
guard bytes > 0, arguments.count <= 2 else {
    print("usage: WorkerRates [BYTES OF A MESSAGE'S DATA [BEGIN OF A WORKER'S NAME]]")
    exit(2)
}
var template = Array("/tmp/ptr-workers.XXXXXX".utf8CString)
guard let folder = mkdtemp(&template).map({ String(cString: $0) }) else { fatalError("no folder") }
let workers = MeasuredWorker.all(compiledIn: folder)
print("messages a second           driver     alone       ptr  of it  of both  us, and of ptr")
for worker in workers where worker.name.hasPrefix(arguments.dropFirst().first ?? "") {
    try await measureRates(worker, sampleData(bytes))
}
if arguments.count < 2 { try await measureManyOfEach() }
unlink("\(folder)/worker")
rmdir(folder)
