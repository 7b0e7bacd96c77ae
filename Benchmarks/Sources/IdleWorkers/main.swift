// What an idle worker costs in memory: IdleWorkers DIRECT_SUPERVISORS WORKERS_EACH, before and after it has handled its
// first messages; or IdleWorkers tasks COUNT for bare tasks that wait. Each measurement wants a process of its own.
// docs/performance.md has the figures.

import Glibc
import Logging
import Measurement
import Pipeline
import Supervision
import TreeParts

func report(_ name: String, _ count: Int, _ cost: ProcessMemory) {
    var row = Row(name)
    row.add(Double(cost.allocated) / Double(count))
    row.add(Double(cost.resident) / Double(count))
    row.print()
}

func measureTree(directSupervisors: Int, workersEach: Int) async throws {
    let count = directSupervisors * workersEach
    let (feed, handler) = (MemoryFeed(), BriefHandler())
    var settings = ApplicationSettings()
    settings.scaling = ScalingPolicy(
        min: directSupervisors, max: directSupervisors, workersPerSupervisor: workersEach)
    // Little, so that the books of what is in flight do not show in the figures.
    settings.maxInFlight = 256
    let application = Application(
        settings: settings, sources: [feed], handler: handler, store: ForgetfulStore(), wallClock: { 0 },
        logger: Logger(label: "idle") { _ in SwiftLogNoOpLogHandler() })
    let before = ProcessMemory.now
    let life = Task { await application.run() }
    while application.status.workers < count { try await Task.sleep(for: .milliseconds(20)) }
    // For the last of them to settle, and for what starting them took to be gone.
    try await Task.sleep(for: .seconds(2))
    let name = "\(directSupervisors) x \(workersEach) workers"
    report(name, count, ProcessMemory.now - before)
    // Who has been idle the longest is next: two for everyone.
    feed.bring(2 * count)
    while application.status.messages.processed < 2 * count { try await Task.sleep(for: .milliseconds(20)) }
    try await Task.sleep(for: .seconds(2))
    report("\(name), worked", count, ProcessMemory.now - before)
    application.stop()
    _ = await life.value
}

/// Tasks that wait for something, and nothing else: the bound that the language sets.
func measureTasks(_ count: Int) async throws {
    let waiting = WaitingRoom(capacity: count)
    var tasks: [Task<Void, Never>] = []
    tasks.reserveCapacity(count)
    let before = ProcessMemory.now
    for _ in 0..<count {
        tasks.append(Task { await withCheckedContinuation { waiting.add($0) } })
    }
    while waiting.count < count { try await Task.sleep(for: .milliseconds(20)) }
    try await Task.sleep(for: .seconds(2))
    report("\(count) bare tasks", count, ProcessMemory.now - before)
    waiting.resumeAll()
    for task in tasks { await task.value }
}

let arguments = CommandLine.arguments.dropFirst().map { $0 }
switch (arguments.first, arguments.dropFirst().first.flatMap { Int($0) }) {
case ("tasks"?, let count?) where arguments.count == 2 && count > 0:
    try await measureTasks(count)
case (let first?, let workers?) where arguments.count == 2 && Int(first) ?? 0 > 0 && workers > 0:
    try await measureTree(directSupervisors: Int(first)!, workersEach: workers)
default:
    print("usage: IdleWorkers DIRECT_SUPERVISORS WORKERS_EACH | IdleWorkers tasks COUNT")
    exit(2)
}
