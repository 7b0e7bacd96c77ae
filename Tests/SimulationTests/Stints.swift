@testable import Pipeline

/// The time that a stream is in service, from when it is given a place until nothing of it is left.
struct Stint {
    let feed: Int
    /// The last event that it knew of when it began; 0: it began anew.
    let resumed: Int
    /// The position that it began with.
    let position: Int
    /// The event of each ordinal.
    var numbers: [Int] = []
    /// How many ordinals are settled without a gap.
    var prefix = 0

    /// The last event up to which all is settled and after which another one has come.
    var expectedPosition: Int { numbers.last.map { min(settled, $0 - 1) } ?? position }
    /// The event up to which all of it is settled.
    var settled: Int { prefix == 0 ? resumed : numbers[prefix - 1] }
    /// The last event that was admitted.
    var last: Int { numbers.last ?? resumed }
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
            let hasIDs = world.plan.feeds[feed].hasIDs
            let (resumed, position) = hasIDs ? (world.settled(of: feed) ?? 0, world.position(of: feed) ?? 0) : (0, 0)
            latest[world.plan.feeds[feed].name] = all.count
            places.append(all.count)
            isLiving.append(true)
            all.append(Stint(feed: feed, resumed: resumed, position: position))
        }
    }

    subscript(stint: Int) -> Stint {
        get { all[stint] }
        set { all[stint] = newValue }
    }

    var livingNames: Set<String> {
        Set(places.indices.filter { isLiving[$0] }.map { world.plan.feeds[all[places[$0]!].feed].name })
    }

    /// How many places are somebody's.
    var count: Int { places.count { $0 != nil } }

    func last(of feed: Int) -> Stint? { all.last { $0.feed == feed } }

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
    mutating func follow(_ intake: Intake, _ ledger: LedgerStore) -> [String] {
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
            let name = world.plan.feeds[all[places[place]!].feed].name
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
                    world.plan.feeds[all[old].feed].location == status.location,
                    "\(status.location) goes on as another stream")
                continue
            }
            begin(status, at: place, isMoved: moved.contains(status.name), ledger)
        }
        let removed = gone.subtracting(moved)
        for name in removed { absent[name] = world.steps }
        return removed.sorted()
    }

    /// A stream is given a place. It goes on after the newest that is known of it, and one that was moved begins anew.
    private mutating func begin(_ status: StreamStatus, at place: Int, isMoved: Bool, _ ledger: LedgerStore) {
        guard let server = world.server(status.name, status.location) else {
            return world.fail("there is a stream \(status.name) from \(status.location)")
        }
        let (id, position) = ledger.withLock { ($0.streams[place].lastAdmittedID, $0.streams[place].runs.position) }
        repeatedBefore += place < repeated.count ? repeated[place] : 0
        var known = 0
        if isMoved {
            world.sights.insert(.movedStream)
            hasMoved = true
        } else if server.feed.hasIDs {
            known = world.settled(of: server.index) ?? 0
            if let last = latest[status.name], all[last].feed == server.index {
                world.sights.insert(.streamAddedAgain)
                // One that was moved here and got nothing has left what the disk knew of this address.
                if !all[last].numbers.isEmpty { known = all[last].last }
                world.expect(
                    !places.contains(last), "\(status.location) begins beside what is left of it")
            }
        }
        let resumed = server.number(of: id)
        world.expect(
            resumed == known,
            "\(status.location) goes on after \(resumed.map(String.init) ?? "an id of nobody"), but \(known) is known")
        let stint = Stint(
            feed: server.index, resumed: resumed ?? 0, position: server.number(of: position) ?? 0)
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
