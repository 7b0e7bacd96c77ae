import NIOCore

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

/// One life's way to the disk.
struct SimulatedStore: StateStore {
    let life: Life

    private struct DiskFull: Error {}
    private struct Broken: Error {}
    private struct Gone: Error {}

    private var world: World { life.world }

    // MARK: - Writing

    func commit(_ commit: StateCommit) async throws {
        await wait()
        guard !life.isDead else { throw Gone() }
        if world.disk.isFull {
            world.sights.insert(.diskFull)
            throw DiskFull()
        }
        for id in commit.settledReplays { settle(id) }
        for letter in commit.deadLetters { store(letter) }
        for checkpoint in commit.checkpoints { store(checkpoint) }
        await wait()
    }

    /// A write takes its time before it is on the disk, and again before that is known. So does a look.
    private func wait() async {
        guard world.disk.slowness > 0, !life.isDead else { return }
        await life.sleepDeaf(for: world.random.milliseconds(0...world.disk.slowness))
    }

    private func store(_ letter: DeadLetter) {
        world.say("stores dead letter \(letter.sequence)")
        world.note(letter.sequence)
        world.expect(world.disk.store(letter), "dead letter \(letter.sequence) is stored twice")
        world.expect(
            letter.attempts == world.plan.settings.maxAttempts
                || letter.attempts < world.plan.settings.maxAttempts && letter.reason.hasPrefix("rejected"),
            "dead letter after \(letter.attempts) attempts")
    }

    /// A letter goes because its replay was settled otherwise.
    private func settle(_ id: Int64) {
        guard let letter = world.disk.letters.removeValue(forKey: id) else { return }
        let (feed, number) = SimulatedServer.event(of: letter.type)
        world.say("deletes dead letter \(id), which was replayed")
        world.sights.insert(.settledReplay)
        world.expect(
            world.servers[feed].settled[number] != [.deadLettered],
            "dead letter \(id) is deleted, though event \(number) of feed \(feed) was never done")
    }

    private func store(_ checkpoint: Checkpoint) {
        guard let server = world.server(checkpoint.stream, checkpoint.location),
            let known = server.known(by: checkpoint)
        else { return world.fail("a checkpoint of nobody is stored: \(checkpoint)") }
        let number = known.position
        world.say("stores checkpoint \(known) of \(server.feed.location)")
        world.note(UInt64(server.index), UInt64(number))
        let before = world.position(of: server.index) ?? 0
        let old = world.disk.checkpoints.updateValue(checkpoint, forKey: checkpoint.stream)
        if let old, old.location != checkpoint.location, let server = world.server(old.stream, old.location) {
            world.disk.overwritten[server.index] = (server.known(by: old) ?? Known(), world.steps)
        }
        world.expect(
            number >= before || life.watch?.hasBegunAnew(server.index, before: before) ?? false,
            "the checkpoint of \(server.feed.location) goes back from \(before) to \(number)")
        for passed in Array(1..<number + 1) + known.settled.sorted() {
            let bins = server.settled[passed]
            world.expect(
                !bins.isEmpty, "checkpoint \(known) of \(server.feed.location) passes event \(passed), unsettled")
            world.expect(
                bins != [.deadLettered] || world.disk.lettered[server.index].contains(passed),
                "checkpoint \(known) of \(server.feed.location) passes dead letter \(passed), which is not stored")
        }
    }

    // MARK: - Reading

    /// What a look shows, which was so when it was taken: it may be known later.
    private func look<Answer>(_ body: (SimulatedDisk) -> Answer) async throws -> Answer {
        await wait()
        if world.disk.isBroken, life.hasBegun { throw Broken() }
        let answer = body(world.disk)
        await wait()
        return answer
    }

    func checkpoints() async throws -> [Checkpoint] {
        try await look { $0.checkpoints.values.sorted { $0.stream < $1.stream } }
    }

    func deadLetters(_ filter: DeadLetterFilter, limit: Int, maxBytes: Int) async throws -> [StoredDeadLetter] {
        try await look { Array($0.matching(filter).prefix(limit)) }
    }

    func deadLetter(_ id: Int64) async throws -> StoredDeadLetter? {
        try await look { disk in disk.letters[id].map { StoredDeadLetter(id: id, letter: $0) } }
    }

    func newestDeadLetter() async throws -> Int64? {
        try await look { $0.letters.keys.max() }
    }

    func countDeadLetters(_ filter: DeadLetterFilter) async throws -> [String: Int] {
        try await look { Dictionary(grouping: $0.matching(filter), by: \.letter.stream).mapValues(\.count) }
    }

    func removeDeadLetters(_ filter: DeadLetterFilter) async throws -> Int {
        try await remove { $0.matching(filter).map(\.id) }
    }

    func removeDeadLetters(_ ids: [Int64]) async throws -> Int {
        try await remove { disk in ids.filter { disk.letters[$0] != nil } }
    }

    private func remove(_ choose: (SimulatedDisk) -> [Int64]) async throws -> Int {
        await wait()
        guard !life.isDead else { throw Gone() }
        if world.disk.isFull || world.disk.isBroken { throw DiskFull() }
        let ids = choose(world.disk)
        for id in ids { world.disk.letters[id] = nil }
        if !ids.isEmpty { world.sights.insert(.purge) }
        world.say("deletes dead letters \(ids)")
        await wait()
        return ids.count
    }
}
