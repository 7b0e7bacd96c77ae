@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

/// The time that a stream is in service, from when it is given a place until nothing of it is left.
struct Stint {
    let feed: Plan.Feed
    /// The feed's index.
    let index: Int
    /// From one refusal of its ids to the next.
    private var segments: [Segment]
    /// The event of each ordinal.
    private(set) var numbers: [Int] = []
    /// How many ordinals are settled without a gap.
    var prefix = 0

    /// The time in which a server goes on where it was asked to. After it has refused all ids, it begins anew.
    private struct Segment {
        /// How many ordinals there were before.
        let start: Int
        /// What was known when it began; nothing: it began anew.
        let known: Known
        /// Its last event.
        var newest: Int?
    }

    /// What was known when the present segment began.
    var known: Known { segments[segments.count - 1].known }
    /// How often the server has refused all ids.
    var refusals: Int { segments.count - 1 }

    /// The last event of the last group that is settled with all before it, and after which one of another group has come.
    var expectedPosition: Int { position(atPrefix: prefix) }

    private func position(atPrefix prefix: Int) -> Int {
        // When all that came before it is settled, the position is that of the segment.
        let segment = segments.last { $0.start <= prefix }!
        guard let newest = segment.newest else { return segment.known.position }
        let settled = segment.known.reach(
            from: prefix == segment.start ? segment.known.position : numbers[prefix - 1])
        let passed = settled == feed.count ? settled : feed.group(of: settled + 1).lowerBound - 1
        return min(passed, feed.group(of: newest).lowerBound - 1)
    }

    /// The last event up to which all were admitted or known.
    var last: Int { known.reach(from: segments[segments.count - 1].newest ?? known.position) }

    /// Whether it began, or began anew, before an event.
    func hasBegun(before number: Int) -> Bool {
        segments.contains { $0.known.reach(from: $0.known.position) < number }
    }

    /// What a stream that follows it knows, when all of it is settled.
    var legacy: Known {
        let position = position(atPrefix: numbers.count)
        return Known(
            position: position, settled: known.settled.filter { $0 > position }.union(position + 1..<last + 1))
    }

    init(of server: SimulatedServer, known: Known) {
        feed = server.feed
        index = server.index
        segments = [Segment(start: 0, known: known)]
    }

    mutating func admit(_ number: Int) {
        numbers.append(number)
        segments[segments.count - 1].newest = number
    }

    /// The server refuses all ids, and begins at its oldest event.
    mutating func refuse() { segments.append(Segment(start: numbers.count, known: Known())) }
}

/// Streams that come and go, as seen from outside: who has which place, and where each went on.
struct Stints {
    private let world: World
    private(set) var all: [Stint] = []
    /// The stint that has each place; nil: nobody has it.
    private(set) var places: [Int?] = []
    /// Whether the stream at each place is configured; else it is about to leave.
    private(set) var isLiving: [Bool] = []
    /// Whether a stream ever took another one's name.
    private(set) var hasMoved = false
    /// How many events were recognised as repeated, of each place and of those that had it before.
    private var repeated: [Int] = []
    private var repeatedBefore = 0
    /// The last stint of each name.
    private var latest: [String: Int] = [:]
    /// The step at which there was last no stream of each name.
    private var absent: [String: Int] = [:]

    init(_ world: World, configured: [Int]) {
        self.world = world
        for feed in configured {
            let server = world.servers[feed]
            latest[server.feed.name] = all.count
            places.append(all.count)
            isLiving.append(true)
            all.append(Stint(of: server, known: server.feed.hasIDs ? world.known(of: feed) : Known()))
        }
    }

    subscript(stint: Int) -> Stint {
        get { all[stint] }
        set { all[stint] = newValue }
    }

    var livingNames: Set<String> {
        Set(places.indices.filter { isLiving[$0] }.map { all[places[$0]!].feed.name })
    }

    /// The server of the stream at a place refuses all ids.
    mutating func refuse(at place: Int) {
        if let stint = places[place] { all[stint].refuse() }
    }

    /// How many places are somebody's.
    var count: Int { places.count { $0 != nil } }

    func last(of feed: Int) -> Stint? { all.last { $0.index == feed } }

    /// Whether there was no stream of a name at some time since then.
    func wasAbsent(_ name: String, since step: Int) -> Bool {
        latest[name] == nil || absent[name, default: -1] >= step || !livingNames.contains(name)
    }

    /// How many events were recognised as repeated in all, as the ledger says.
    mutating func countRepeated(_ ledger: Ledger) -> Int {
        while repeated.count < ledger.streams.count { repeated.append(0) }
        var sum = repeatedBefore
        for place in ledger.streams.indices {
            repeated[place] = Int(ledger.streams[place].repeated)
            sum += repeated[place]
        }
        return sum
    }

    /// Takes in who has come and gone in this step. Returns the names of streams that were removed.
    ///
    /// - Parameter step: since when who comes may have looked at the disk.
    mutating func follow(_ intake: Intake, _ ledger: LedgerStore, since step: Int) -> [String] {
        let streams = intake.state.withLock { $0.streams }
        let isUnchanged =
            streams.count == places.count
            && streams.indices.allSatisfy {
                streams[$0].phase == .living
                    ? isLiving[$0] : !isLiving[$0] && (streams[$0].phase == .free) == (places[$0] == nil)
            }
        if isUnchanged { return [] }
        var gone: Set<String> = []
        for place in places.indices where isLiving[place] || places[place] != nil {
            let name = all[places[place]!].feed.name
            if isLiving[place], streams[place].phase != .living {
                isLiving[place] = false
                gone.insert(name)
            }
            if streams[place].phase == .free { places[place] = nil }
        }
        var moved: Set<String> = []
        for place in streams.indices where streams[place].phase == .living {
            guard place >= places.count || !isLiving[place] else { continue }
            let status = streams[place].status
            if gone.contains(status.name) { moved.insert(status.name) }
            if place < places.count, let old = places[place] {
                // It comes back before it has left.
                world.sights.insert(.revivedStream)
                isLiving[place] = true
                absent[status.name] = world.steps - 1
                world.expect(
                    all[old].feed.location == status.location,
                    "\(status.location) goes on as another stream")
                continue
            }
            begin(status, at: place, isMoved: moved.contains(status.name), ledger, since: step)
        }
        let removed = gone.subtracting(moved)
        for name in removed { absent[name] = world.steps }
        return removed.sorted()
    }

    /// A stream is given a place. It goes on after the newest that is known of it, and one that was moved begins anew.
    private mutating func begin(
        _ status: StreamStatus, at place: Int, isMoved: Bool, _ ledger: LedgerStore, since step: Int
    ) {
        guard let server = world.server(status.name, status.location) else {
            return world.fail("there is a stream \(status.name) from \(status.location)")
        }
        let stream = ledger.withLock { $0.streams[place] }
        repeatedBefore += place < repeated.count ? repeated[place] : 0
        var known = Known()
        if isMoved {
            world.sights.insert(.movedStream)
            hasMoved = true
        } else if server.feed.hasIDs {
            known = world.known(of: server.index)
            if let last = latest[status.name], all[last].index == server.index {
                world.sights.insert(.streamAddedAgain)
                // One that was moved here and got nothing has left what the disk knew of this address.
                if !all[last].numbers.isEmpty { known = all[last].legacy }
                world.expect(
                    !places.contains(last), "\(status.location) begins beside what is left of it")
            }
        }
        let resumed = server.known(after: stream.runs.position, open: stream.runs.open.map { ($0.id, stream.tail) })
        // A look is as old as its reload: since then another one's checkpoint may have taken the place of this one's.
        if !isMoved, let old = world.disk.overwritten[server.index], old.step >= step, resumed == old.known {
            known = old.known
        }
        world.expect(
            resumed == known,
            "\(status.location) goes on after \(resumed.map { "\($0)" } ?? "an id of nobody"), but \(known) is known")
        let stint = Stint(of: server, known: resumed ?? Known())
        latest[status.name] = all.count
        while places.count <= place {
            places.append(nil)
            isLiving.append(false)
        }
        places[place] = all.count
        isLiving[place] = true
        all.append(stint)
        if !isMoved { absent[status.name] = world.steps - 1 }
    }
}
