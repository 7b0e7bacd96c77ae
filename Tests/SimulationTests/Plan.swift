import Supervision
import TestKit

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

/// What a seed makes of the world before anything runs: streams, limits, and how bad the weather is.
///
/// Everything is small, so that the edges are met: a window of a few messages, a pool of a few workers.
struct Plan {
    /// What one server sends as a stream. Of one name there may be several: a configuration names one of them at a time.
    struct Feed {
        let name: String
        let location: String
        /// The id before its first: feeds of one name may give different events the same ids.
        let firstID: Int
        /// Whether the server gives ids, and goes on from one.
        let hasIDs: Bool
        /// How many events the server has to send.
        let count: Int
        let largestBatch: Int
        /// The most that an event's data is padded with, in bytes.
        let padding: Int
        /// How many events in a row have one id.
        let groupSize: Int
        /// Whether the server now and then takes no id that it is asked with, as one that has lost what it knew of them.
        let refuses: Bool

        /// The events that have the id of this one.
        func group(of number: Int) -> ClosedRange<Int> {
            let before = (number - 1) / groupSize * groupSize
            return before + 1...min(before + groupSize, count)
        }
    }

    /// How a life of the daemon ends; the last one ends in peace.
    enum Ending: Hashable {
        /// As by `kill -9`.
        case killed
        case drained(within: Duration)
        case stopped
    }

    private(set) var feeds: [Feed] = []
    /// The feeds that are configured at first, by their indices.
    private(set) var configured: [Int] = []
    private(set) var settings = ApplicationSettings()
    private(set) var endings: [Ending] = []
    /// What the handler is like.
    let labour: Labour
    /// Whether restart budgets are so small that a tree may give up.
    let isTight: Bool
    /// How many parts of a tree may hang at once before it gives up; nil: any number.
    let abandonmentLimit: Int?
    /// How many faults and commands strike each life, at most.
    let faults: Int
    /// How many in a hundred of them are an operator's commands.
    let commands: Int
    /// Steps from one fault to the next, at most.
    let faultGap: Int
    /// How many in a hundred attempts of the handler go well at once.
    let ease: Int
    /// Whether most messages take about as long as they may.
    let isLate: Bool
    /// What the disk takes at first, at most, in milliseconds.
    let diskSlowness: Int
    /// In how many of a hundred steps the job that came last runs next.
    let haste: Int
    /// In how many of a thousand steps time passes although something could run.
    let slowness: Int

    init(_ random: inout SeededGenerator) {
        isTight = random.chance(15)
        abandonmentLimit = isTight && random.chance(50) ? random.within(0...2) : nil
        faults = random.chance(15) ? 0 : random.within(1...10)
        commands = random.chance(25) ? 0 : random.within(20...90)
        faultGap = random.chance(30) ? 12 : random.within(20...120)
        ease = random.chance(30) ? 90 : random.within(10...80)
        haste = random.chance(50) ? 0 : random.within(10...80)
        isLate = random.chance(15)
        diskSlowness = random.chance(35) ? random.within(1...2000) : 0
        slowness = random.chance(50) && !isLate ? 0 : random.within(1...60)
        labour = Labour(&random)
        let names = random.within(1...3)
        for name in 0..<names + random.below(2) {
            if name < names { configured.append(feeds.count) }
            for place in 0..<(random.chance(40) ? 2 : 1) {
                feeds.append(Self.feed("\(name)", place, &random))
            }
        }
        if random.chance(45) {
            for _ in 0..<random.within(1...2) { endings.append(Self.ending(&random)) }
        }
        settings = Self.settings(&random, isTight: isTight)
        if isLate { settings.workerTimeout = random.milliseconds(100...500) }
        settings.longestAskedBackoff = .seconds(2)
        settings.balance = random.chance(50) ? nil : Balance.allCases[random.below(Balance.allCases.count)]
    }

    private static func feed(_ name: String, _ place: Int, _ random: inout SeededGenerator) -> Feed {
        let hasIDs = random.chance(70)
        return Feed(
            name: name, location: "simulated/\(name)/\(place)", firstID: random.chance(50) ? 0 : 1000 * place,
            hasIDs: hasIDs, count: random.within(3...16), largestBatch: random.within(1...8),
            padding: random.chance(50) ? 0 : random.within(1...200),
            groupSize: !hasIDs || random.chance(60) ? 1 : random.within(2...4), refuses: hasIDs && random.chance(20))
    }

    private static func ending(_ random: inout SeededGenerator) -> Ending {
        switch random.below(10) {
        case 0..<6: .killed
        case 6..<9: .drained(within: random.milliseconds(50...5000))
        default: .stopped
        }
    }

    private static func settings(_ random: inout SeededGenerator, isTight: Bool) -> ApplicationSettings {
        var settings = ApplicationSettings()
        settings.maxInFlight = random.chance(50) ? random.within(8...16) : random.within(16...64)
        settings.maxInFlightBytes = random.chance(40) ? random.within(200...1500) : 1 << 20
        settings.maxEventBytes = min(300, settings.maxInFlightBytes)
        settings.maxSpan = settings.maxInFlight * random.within(1...4)
        let smallest = random.within(1...2)
        settings.scaling = ScalingPolicy(
            min: smallest, max: random.within(smallest...4), workersPerSupervisor: random.within(1...3),
            tick: random.milliseconds(200...1000), fastWindow: .seconds(1), holdWindow: .seconds(4),
            coolDown: .seconds(1))
        settings.maxAttempts = random.within(1...4)
        settings.initialBackoff = random.milliseconds(1...200)
        settings.maximumBackoff = settings.initialBackoff * 4
        settings.workerTimeout = random.milliseconds(500...5000)
        settings.breaker = breaker(&random)
        settings.storeInterval = random.milliseconds(100...1000)
        let many = RestartBudget(restarts: 100_000, within: .seconds(1))
        settings.directSupervisorBudget =
            isTight ? RestartBudget(restarts: random.within(0...3), within: .seconds(1)) : many
        settings.mainSupervisorBudget =
            isTight ? RestartBudget(restarts: random.within(0...2), within: .seconds(10)) : many
        settings.streamSupervisorBudget =
            isTight ? RestartBudget(restarts: random.within(0...2), within: .seconds(10)) : many
        settings.applicationBudget =
            isTight ? RestartBudget(restarts: random.within(0...2), within: .seconds(60)) : many
        return settings
    }

    /// One that opens after a few failures, or none.
    private static func breaker(_ random: inout SeededGenerator) -> BreakerPolicy {
        guard random.chance(40) else { return .disabled }
        return BreakerPolicy(
            window: random.milliseconds(500...5000), minimum: random.within(3...8),
            initialBackoff: random.milliseconds(20...500), maximumBackoff: .seconds(2))
    }
}
