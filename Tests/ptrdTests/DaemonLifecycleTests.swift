import Pipeline
import Systemd
import Testing

@testable import ptrd

@Suite("The life of the daemon: state × event")
struct DaemonLifecycleTests {
    private typealias Event = DaemonLifecycle.Event
    private typealias Action = DaemonLifecycle.Action

    private static let timeout = Duration.seconds(30)
    private static let all = UnstoredState()

    /// A stop signal so many milliseconds after the first one could have come.
    private static func stop(_ milliseconds: Int, _ name: String = "SIGTERM") -> Event {
        .stopSignal(name, at: .milliseconds(milliseconds), drainTimeout: timeout)
    }

    /// Lives through events. Returns the life, and what it wanted done at the last of them.
    private func after(_ events: [Event]) -> (life: DaemonLifecycle, actions: [Action]) {
        var life = DaemonLifecycle()
        var actions: [Action] = []
        for event in events { actions = life.handle(event) }
        return (life, actions)
    }

    private static let toRunning: [Event] = [.listening]
    private static let toDraining: [Event] = [.listening, stop(0)]
    private static let toStopping: [Event] = [.listening, stop(0), .drained(left: 0)]
    private static let toLeaving: [Event] = toStopping + [.treeEnded(gaveUp: nil, unstored: all)]

    @Test("a start, a stop and its end, in their order")
    func whole() {
        #expect(after(Self.toRunning).actions == [.begin])
        #expect(
            after(Self.toDraining).actions == [
                .say(.stopping(signal: "SIGTERM")), .announceStop(extendBy: .seconds(40)), .endWithin(.seconds(35)),
                .drain(within: .seconds(30)),
            ])
        #expect(after(Self.toStopping).actions == [.lastWords("stopped"), .endWithin(.seconds(5)), .stopTree])
        let (life, actions) = after(Self.toLeaving)
        #expect(actions == [.endWithin(.seconds(5)), .leave])
        #expect(life.phase == .leaving && life.status == 0)
    }

    // MARK: Signals

    @Test("further stop signals within a second of the first belong to it", arguments: [0, 20, 999, 1000])
    func sameStop(_ milliseconds: Int) {
        for before in [Self.toDraining, Self.toStopping, Self.toLeaving] {
            let (life, actions) = after(before + [Self.stop(milliseconds, "SIGINT")])
            #expect(actions == [] && life.status == 0)
        }
    }

    @Test("a later one ends the drain at once with 1, and what still closes after it")
    func laterSignal() {
        let (life, actions) = after(Self.toDraining + [Self.stop(20, "SIGINT"), Self.stop(1001, "SIGINT")])
        #expect(
            actions == [.lastWords("stopped at once by a second SIGINT"), .endWithin(.seconds(3)), .stopTree])
        #expect(life.phase == .stopping(hasSpoken: true) && life.status == 1)
        for before in [Self.toStopping, Self.toLeaving] {
            let (life, actions) = after(before + [Self.stop(1001)])
            #expect(actions == [.endWithin(.zero)] && life.status == 1)
        }
    }

    @Test("one during the start ends it with 0: nothing was received")
    func stopDuringStart() {
        let (life, actions) = after([Self.stop(0)])
        #expect(actions == [.say(.stopping(signal: "SIGTERM")), .endWithin(.seconds(5)), .leave])
        #expect(life.phase == .leaving && life.status == 0)
        #expect(after([Self.stop(0), .listening]).actions == [])
    }

    @Test("the first one after the tree gave up is no second one")
    func stopAfterTheTree() {
        let (life, actions) = after(Self.toRunning + [.treeEnded(gaveUp: "why", unstored: Self.all), Self.stop(5000)])
        #expect(actions == [] && life.status == 1)
    }

    @Test("SIGHUP reads the configuration again until the stop, SIGUSR1 opens the printed file anew until the end")
    func others() {
        #expect(after([.hangup]).actions == [.reload])
        #expect(after(Self.toRunning + [.hangup]).actions == [.reload])
        #expect(after(Self.toRunning + [.reopenSignal]).actions == [.reopenOutput])
        #expect(after(Self.toDraining + [.reopenSignal]).actions == [.reopenOutput])
        for before in [Self.toDraining, Self.toStopping, Self.toLeaving] {
            #expect(after(before + [.hangup]).actions == [])
        }
        #expect(after(Self.toLeaving + [.reopenSignal]).actions == [])
    }

    // MARK: The tree and the drain

    @Test("a drain that leaves something ends with 1, and says how long it took")
    func drainTimedOut() {
        let (life, actions) = after(Self.toDraining + [.drained(left: 3)])
        #expect(actions.first == .lastWords("the drain timed out after 30.0 seconds"))
        #expect(life.status == 1)
    }

    @Test("a tree that gives up ends it with 1: running, in a drain, and while it stops")
    func gaveUp() {
        let end = Event.treeEnded(gaveUp: "why", unstored: Self.all)
        let running = after(Self.toRunning + [end])
        #expect(
            running.actions == [
                .announceStop(extendBy: nil), .say(.gaveUp("why")), .lastWords("ended"), .endWithin(.seconds(5)),
                .leave,
            ])
        #expect(running.life.status == 1)
        let draining = after(Self.toDraining + [end])
        #expect(draining.actions == [.say(.gaveUp("why")), .lastWords("ended"), .endWithin(.seconds(5)), .leave])
        #expect(draining.life.status == 1)
        // The answer to the drain comes too late to be heard.
        #expect(after(Self.toDraining + [end, .drained(left: 0)]).actions == [])
        let stopping = after(Self.toStopping + [end])
        #expect(stopping.actions == [.say(.gaveUp("why")), .endWithin(.seconds(5)), .leave])
        #expect(stopping.life.status == 1)
    }

    @Test("what could not be stored is said, and ends it with 1")
    func unstored() {
        let amount = UnstoredState(deadLetters: 2, streams: 1)
        let (life, actions) = after(Self.toStopping + [.treeEnded(gaveUp: nil, unstored: amount)])
        #expect(actions == [.say(.unstored(amount)), .endWithin(.seconds(5)), .leave])
        #expect(life.status == 1)
        #expect("\(amount)" == "2 dead letters, the checkpoint of 1 stream")
    }

    // MARK: What cannot be had

    @Test("what cannot be had at the start ends it with 1; a watchdog that cannot, stops the tree first")
    func cannotStart() {
        let event = Event.cannotStart("no socket", .startFailed)
        let starting = after([event])
        #expect(starting.actions == [.say(.cannotStart("no socket", .startFailed)), .endWithin(.seconds(5)), .leave])
        #expect(starting.life.phase == .leaving && starting.life.status == 1)
        let running = after(Self.toRunning + [event])
        #expect(
            running.actions == [
                .say(.cannotStart("no socket", .startFailed)), .announceStop(extendBy: nil), .endWithin(.seconds(5)),
                .stopTree,
            ])
        #expect(running.life.phase == .stopping(hasSpoken: false) && running.life.status == 1)
        for before in [Self.toDraining, Self.toStopping, Self.toLeaving] {
            #expect(after(before + [event]).actions == [])
        }
    }

    @Test("every way out of every phase has a limit before anything is waited for")
    func limits() {
        let ways: [Event] = [
            Self.stop(0), Self.stop(2000), .drained(left: 1), .cannotStart("", .startFailed),
            .treeEnded(gaveUp: nil, unstored: Self.all), .treeEnded(gaveUp: "why", unstored: Self.all),
        ]
        for before in [[], Self.toRunning, Self.toDraining, Self.toStopping, Self.toLeaving] {
            for way in ways {
                let actions = after(before + [way]).actions
                let wait = actions.firstIndex { [.leave, .stopTree, .drain(within: Self.timeout)].contains($0) }
                guard let wait else { continue }
                #expect(
                    actions[..<wait].contains { if case .endWithin = $0 { true } else { false } },
                    "\(before) and then \(way)")
            }
        }
    }
}
