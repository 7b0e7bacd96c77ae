import TestKit

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

/// What a seed makes of the handler: a plain function over one message, or bodies that have a life and take hands of several.
struct Labour {
    let isFunction: Bool
    let demand: Demand
    /// How many in a hundred starts of a body fail, as long as starts may.
    let failingStarts: Int
    /// From when on in a life a start does not fail any more.
    let startsFailUntil: Duration
    /// Whether that is the fate of some workers only.
    let areSomeSpared: Bool
    /// How many in a hundred starts take their time.
    let slowStarts: Int
    /// How many in a hundred bodies show only by their first answer that they work.
    let unproven: Int
    /// How many in a hundred bodies end by themselves at some time.
    let strayEnds: Int
    /// How many in a hundred take their time to end.
    let slowEnds: Int
    /// In how many of a hundred hands it turns out that what the handler needs is down, for a while.
    let outages: Int
    /// Whether some messages find it down all the time.
    let hasStubborn: Bool
    /// Whether some messages bring it about that their worker is ended from outside.
    let hasCursed: Bool

    init(_ random: inout SeededGenerator) {
        isFunction = random.chance(40)
        outages = random.chance(30) ? random.within(1...8) : 0
        hasStubborn = random.chance(25)
        hasCursed = random.chance(15)
        guard !isFunction else {
            (demand, failingStarts, startsFailUntil, areSomeSpared) = (Demand(), 0, .zero, false)
            (slowStarts, unproven, strayEnds, slowEnds) = (0, 0, 0, 0)
            return
        }
        demand = Demand(
            batch: random.chance(70) ? random.within(2...8) : 1,
            batchBytes: random.chance(30) ? random.within(50...600) : 1 << 20,
            within: random.chance(30) ? random.milliseconds(1...300) : .zero,
            prefetch: random.chance(50) ? random.within(2...4) : 1,
            timeout: random.chance(30) ? random.milliseconds(300...6000) : nil)
        failingStarts = random.chance(25) ? random.within(20...100) : 0
        startsFailUntil = random.milliseconds(100...10_000)
        areSomeSpared = random.chance(50)
        slowStarts = random.chance(30) ? random.within(10...100) : 0
        unproven = random.chance(40) ? random.within(10...100) : 0
        strayEnds = random.chance(30) ? random.within(5...60) : 0
        slowEnds = random.chance(40) ? random.within(10...100) : 0
    }
}
