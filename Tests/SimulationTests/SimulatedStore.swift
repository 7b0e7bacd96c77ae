import NIOCore

@testable import Pipeline

/// The disk: what is on it, and whether it is full.
struct SimulatedDisk {
    struct Letter: Hashable {
        let life: Int
        let sequence: UInt64
    }

    /// The last position of each stream, as a number; nil before the first.
    var checkpoints: [Int?]
    /// The open run that was stored with it.
    var openRuns: [OpenRun?]
    var letters: Set<Letter> = []
    /// Which events of which stream are among the letters.
    var lettered: [Set<Int>]
    var isFull = false
    /// The most that a write takes, in milliseconds.
    var slowness = 0

    init(streams: Int) {
        checkpoints = Array(repeating: nil, count: streams)
        openRuns = Array(repeating: nil, count: streams)
        lettered = Array(repeating: [], count: streams)
    }
}

/// One life's way to the disk.
struct SimulatedStore: StateStore {
    let life: Life

    private struct DiskFull: Error {}
    private struct Gone: Error {}

    func checkpoints() async throws -> [Checkpoint] {
        await wait()
        let world = life.world
        return world.plan.streams.indices.compactMap { index in
            world.disk.checkpoints[index].map {
                Checkpoint(
                    stream: world.plan.streams[index].name, lastEventID: SimulatedServer.id($0),
                    openRun: world.disk.openRuns[index])
            }
        }
    }

    func commit(_ commit: StateCommit) async throws {
        await wait()
        guard !life.isDead else { throw Gone() }
        let world = life.world
        if world.disk.isFull {
            world.sights.insert(.diskFull)
            throw DiskFull()
        }
        for letter in commit.deadLetters { store(letter) }
        for checkpoint in commit.checkpoints { store(checkpoint) }
        await wait()
    }

    /// A write takes its time before it is on the disk, and again before that is known.
    private func wait() async {
        let world = life.world
        guard world.disk.slowness > 0, !life.isDead else { return }
        await life.sleepDeaf(for: world.random.milliseconds(0...world.disk.slowness))
    }

    private func store(_ letter: DeadLetter) {
        let world = life.world
        world.say("stores dead letter \(letter.sequence)")
        world.note(letter.sequence)
        let isNew = world.disk.letters.insert(.init(life: life.number, sequence: letter.sequence)).inserted
        world.expect(isNew, "dead letter \(letter.sequence) is stored twice")
        world.expect(
            letter.attempts == world.plan.settings.maxAttempts, "dead letter after \(letter.attempts) attempts")
        if let index = Int(letter.stream), let type = letter.type {
            world.disk.lettered[index].insert(SimulatedServer.number(of: type))
        }
    }

    private func store(_ checkpoint: Checkpoint) {
        let world = life.world
        let (index, number) = (Int(checkpoint.stream)!, SimulatedServer.number(of: checkpoint.lastEventID))
        let before = world.disk.checkpoints[index] ?? 0
        world.say("stores checkpoint \(number) of stream \(index)")
        world.note(UInt64(index), UInt64(number))
        let tail = checkpoint.openRun.map { SimulatedServer.number(of: $0.lastEventID) }
        world.disk.checkpoints[index] = number
        world.disk.openRuns[index] = checkpoint.openRun
        world.expect(number >= before, "the checkpoint of stream \(index) goes back from \(before) to \(number)")
        world.expect(
            number <= life.watch?.settledPrefix(of: index) ?? 0,
            "checkpoint \(number) of stream \(index) passes an unsettled message")
        world.expect(
            tail == nil || tail == number + 1 && number + 1 == life.watch?.settledPrefix(of: index),
            "event \(tail ?? 0) of stream \(index) is stored as settled behind \(number)")
        for passed in before..<max(before, tail ?? number) {
            let bins = world.servers[index].settled[passed + 1]
            world.expect(
                bins != [.deadLettered] || world.disk.lettered[index].contains(passed + 1),
                "checkpoint \(number) of stream \(index) passes dead letter \(passed + 1), which is not stored")
        }
    }
}
