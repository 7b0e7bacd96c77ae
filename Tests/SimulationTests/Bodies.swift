@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

/// The bodies that live, and what each has in hand, as they see it themselves.
struct Bodies {
    /// A hand that a body was given, until all of it is answered for.
    struct Frame {
        let hand: Hand
        /// What is not answered for, by its place in the hand.
        var open: Set<Int>
        var isHandingOver = false
    }

    /// Why a body ends.
    enum Cause {
        case stopped
        /// What it had in hand may be to blame.
        case crashed
        /// Nothing that it had in hand is to blame.
        case fromOutside
        /// It had answered for nothing yet.
        case unproven
    }

    struct Body {
        let name: String
        let holder: Holder
        /// The oldest first.
        var frames: [Frame] = []
        /// Since when it has been silent over the oldest; nil: its time does not run.
        var clock: Duration?
        /// Whether its start or an answer has shown that it works.
        var isProven = false
        var cause: Cause?
        var isEnding = false
        /// Whether it took too long, and that was judged.
        var isGivenUp = false
    }

    private(set) var made = 0
    var living: [Int: Body] = [:]
    /// Which body has a message in hand and has not answered for it, by its number.
    var carriers: [Int: Int] = [:]
    /// Which body took too long over a message that was answered for since, and when that was.
    var overstayed: [Int: (body: Int, at: Duration)] = [:]
    /// Those that were left to themselves while they had something in hand.
    var abandoned: Set<Int> = []
    /// Starts that have failed, by worker: how many in a row, and when the last one did.
    var failedStarts: [Holder: (count: Int, at: Duration)] = [:]

    mutating func add(_ body: Body) -> Int {
        made += 1
        living[made] = body
        return made
    }

    /// A message of a hand is answered for.
    mutating func close(_ index: Int, of hand: Hand, by number: Int, at now: Duration) {
        carriers[Int(hand.entries[index].message.sequence)] = nil
        guard let frame = living[number]?.frames.firstIndex(where: { $0.hand === hand }) else { return }
        living[number]!.frames[frame].open.remove(index)
        if frame == 0, !living[number]!.frames[0].isHandingOver { living[number]!.clock = now }
        guard living[number]!.frames[frame].open.isEmpty else { return }
        living[number]!.frames.remove(at: frame)
        guard frame == 0 else { return }
        living[number]!.clock = living[number]!.frames.first.flatMap { $0.isHandingOver ? nil : now }
    }

    /// When a start of this worker's body may be tried again: 1 s after the first that failed, then twice as long each time.
    func earliestStart(of holder: Holder) -> Duration? {
        failedStarts[holder].map { $0.at + .seconds(min(1 << min($0.count - 1, 6), 60)) }
    }
}

/// Whether what the handler needs is down, and which message is tried meanwhile.
struct Outage {
    /// The first wait, and the longest.
    private static let (first, longest) = (Duration.milliseconds(250), Duration.seconds(30))

    /// Until when nothing may be dealt; nil: there is none.
    private(set) var until: Duration?
    /// The number of the last hand that was tried.
    private(set) var trial: UInt64 = 0
    private var wait = first
    /// The longest that a handler may ask for.
    let longestAsked: Duration
    /// What was handed out up to here says nothing new.
    private var heard: UInt64 = 0

    init(longestAsked: Duration) { self.longestAsked = longestAsked }

    mutating func begin(trial number: UInt64) { trial = number }

    /// - Parameter last: the number of the last hand that was dealt.
    mutating func unavailable(_ number: UInt64, after: Duration?, last: UInt64, at now: Duration) {
        if let until {
            if number == trial {
                hold(after, last, at: now)
            } else if let after, trial <= heard {
                self.until = max(until, now + min(after, longestAsked))
            }
        } else if number > heard {
            wait = Self.first
            hold(after, last, at: now)
        }
    }

    /// A worker ended over a message.
    mutating func ended(_ number: UInt64, last: UInt64, at now: Duration) {
        if until != nil, number == trial { hold(nil, last, at: now) }
    }

    /// The handler was reached. True: there was an outage, which is over.
    mutating func reached(_ number: UInt64, last: UInt64) -> Bool {
        guard until != nil, number == trial else { return false }
        until = nil
        heard = last
        return true
    }

    private mutating func hold(_ after: Duration?, _ last: UInt64, at now: Duration) {
        until = now + max(wait, min(after ?? .zero, longestAsked))
        trial = 0
        wait = min(wait * 2, Self.longest)
        heard = last
    }
}
