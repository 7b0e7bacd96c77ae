public import Ledger

/// Where messages come from: the seam for new kinds of input.
public protocol Source: Sendable {
    /// The name of the stream; unique.
    var name: String { get }
    /// Where it comes from, for people: without secrets.
    var location: String { get }
    /// What its ids mean something to: a stream of another identity is another stream, and does not go on from this one's ids. It
    /// may hold secrets, since it is neither shown nor stored, but for a keyed hash.
    var identity: [UInt8] { get }
    /// The same with all in it that ``identity`` leaves out: a position that was stored before something was left out belongs
    /// to this one.
    var fullIdentity: [UInt8] { get }
    /// What the identities of its events are made of, beside its name: the same for every daemon that reads it, and without a key. So
    /// what may be a secret is in it only as a hash that takes long to guess. Such a hash is dear, so it is made when it is needed,
    /// which may be never. The function keeps nothing else of the source.
    var eventLocation: @Sendable () -> [UInt8] { get }
    /// Whether it goes on from the ids of another one of its name, which it takes the place of.
    func continues(_ former: any Source) -> Bool
    /// How its position is kept.
    var positions: PositionPolicy { get }
    /// For how long it may be down before that is a problem.
    var downAfter: Duration { get }
    /// Which of its events are worked on; nil: all. That of the source that a reload has put in its place holds at once, also
    /// where the receiver goes on.
    var filter: EventFilter? { get }
    /// Whether it is told what becomes of its messages that have a receipt, such as to acknowledge them. It never changes.
    var wantsNotices: Bool { get }
    /// Some of its messages are settled: each receipt once, in the order of settlement but for dead letters, which are told when
    /// they are stored. Told until it is taken out of the tree or another one takes its place, also when ``run(_:)`` has
    /// ended; who begins anew after that is told nothing of what it brought before.
    ///
    /// It must not wait: the tree does.
    func settled(_ notices: [SettlementNotice])
    /// Receives, and hands what it received to the intake, until the task is cancelled.
    ///
    /// A throw is a crash: the source is started again, and asks the intake where to go on.
    func run(_ intake: StreamIntake) async throws
}

extension Source {
    /// The location.
    public var identity: [UInt8] { Array(location.utf8) }
    /// The identity, that leaves out nothing.
    public var fullIdentity: [UInt8] { identity }
    /// The location.
    public var eventLocation: @Sendable () -> [UInt8] { { [location] in Array(location.utf8) } }
    /// Whether they have one identity.
    public func continues(_ former: any Source) -> Bool { identity == former.identity }
    /// A minute.
    public var downAfter: Duration { .seconds(60) }
    /// All are worked on.
    public var filter: EventFilter? { nil }
    /// It is told nothing.
    public var wantsNotices: Bool { false }
    /// Nothing follows from it.
    public func settled(_ notices: [SettlementNotice]) {}
    /// The defaults.
    public var positions: PositionPolicy { PositionPolicy() }
}

extension Ledger {
    /// Goes on in a stream with another source that it is to have come from all along.
    mutating func goOn(_ stream: Int, from source: any Source) {
        goOn(stream, from: source.identity, location: source.eventLocation, policy: source.positions)
    }

    /// Notes what a stream comes from.
    package mutating func identify(_ stream: Int, as source: any Source) {
        identify(stream, as: source.identity, location: source.eventLocation)
    }
}
