import Locking
import Supervision
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("The tree is degraded exactly while something is wrong")
struct ProblemTests {
    typealias Kind = ApplicationStatus.Problem.Kind

    /// Streams that do what a test tells them to, in virtual time.
    private struct Scene {
        let sources: [TellingSource]
        let tree: VirtualTree

        init(_ sources: TellingSource...) {
            self.sources = sources
            tree = VirtualTree(sources, handler: DirectedHandler { _, _ in .done })
        }

        func tell(_ index: Int = 0, _ step: @escaping @Sendable (StreamIntake) -> Void) {
            sources[index].tell(step)
            tree.settle()
        }

        /// A try that fails, and the wait after it.
        func fail(_ index: Int = 0, wait: Duration = .seconds(5), because reason: String = "connection refused") {
            tell(index) { $0.connecting() }
            tell(index) { $0.waiting(for: wait, because: reason) }
        }

        /// What is wrong; at each look, the state says whether something is.
        var kinds: [Kind] {
            let status = tree.status
            #expect((status.state == .degraded) == !status.problems.isEmpty)
            #expect((status.degradedBecause == nil) == status.problems.isEmpty)
            return status.problems.map(\.kind)
        }
    }

    @Test("a stream is a problem once it has been down for its own down_after, with tries, next and reason")
    func streamDown() throws {
        let scene = Scene(TellingSource("a", downAfter: .seconds(70)), TellingSource("b"))
        scene.tell(1) { _ = $0.opened() }
        for _ in 0..<14 {
            scene.fail()
            #expect(scene.kinds == [])
            scene.tree.advance(by: .seconds(5))
        }
        scene.fail(wait: .seconds(12))
        #expect(scene.kinds == [.streamDown])
        let problem = try #require(scene.tree.status.problems.first)
        #expect(problem.subject == "a")
        #expect(problem.text == "down 1m10s, try 15, next in 12 s: connection refused")
        // Since it went down, which was at the start: by the wall clock, in microseconds.
        #expect(problem.since == 42)
        scene.tell { $0.connecting() }
        #expect(scene.tree.status.problems.first?.text == "down 1m10s, try 16, connecting: connection refused")
        scene.tell { _ = $0.opened() }
        #expect(scene.kinds == [])
        scene.tree.finish()
    }

    @Test("none open for ten seconds is a problem, also at the start; one that is open ends it")
    func allDown() throws {
        let scene = Scene(TellingSource("a"), TellingSource("b"), TellingSource("c"))
        for index in 0..<3 { scene.fail(index) }
        scene.tree.advance(by: .milliseconds(9_999))
        #expect(scene.kinds == [])
        scene.tree.advance(by: .milliseconds(1))
        #expect(scene.kinds == [.allStreamsDown])
        #expect(scene.tree.status.problems.first?.subject == "streams")
        scene.tell(1) { _ = $0.opened() }
        #expect(scene.kinds == [])
        // Ten seconds after the last of them went down, and not before.
        scene.fail(1, because: "reset")
        scene.tree.advance(by: .seconds(9))
        #expect(scene.kinds == [])
        scene.tree.advance(by: .seconds(1))
        #expect(scene.kinds == [.allStreamsDown])
        let problem = try #require(scene.tree.status.problems.first)
        #expect(problem.text == "none of 3 streams is open; b is down 10 s, try 1, next in 0 s: reset")
        #expect(problem.since == 10_000_042)
        scene.tree.advance(by: .seconds(50))
        #expect(scene.kinds == [.allStreamsDown, .streamDown, .streamDown, .streamDown])
        scene.tree.finish()
    }

    @Test("one that is paused or has ended does not count among those that should be open")
    func pausedAndEnded() throws {
        let scene = Scene(TellingSource("a"), TellingSource("b"))
        scene.fail(0)
        scene.tell(1) { _ = $0.opened() }
        let paused = scene.tree.begin { [application = scene.tree.application] in try await application.pause("a") }
        scene.tree.advance(by: .seconds(3600))
        #expect(paused.value != nil && scene.kinds == [])
        let both = scene.tree.begin { [application = scene.tree.application] in try await application.pause(nil) }
        scene.tree.advance(by: .seconds(60))
        #expect(both.value != nil && scene.kinds == [] && scene.tree.status.state == .paused)
        let resumed = scene.tree.begin { [application = scene.tree.application] in try await application.resume() }
        scene.tree.settle()
        #expect(resumed.value != nil && scene.kinds == [.streamDown])
        scene.tell(0) { $0.failed(because: "204") }
        #expect(scene.kinds == [.streamFailed])
        // The one that should be open is.
        scene.tree.advance(by: .seconds(60))
        #expect(scene.kinds == [.streamFailed])
        scene.tell(1) { $0.failed(because: "204") }
        scene.tree.advance(by: .seconds(60))
        #expect(scene.kinds == [.streamFailed, .streamFailed])
        scene.tree.finish()
    }

    @Test(
        "a feed that ends every thousand events does not flap in an hour, however long its server asks to wait",
        arguments: [Duration.seconds(3), .seconds(45), .seconds(600)])
    func regularEnds(wait: Duration) {
        let scene = Scene(TellingSource("a", downAfter: .seconds(5)))
        scene.tell { $0.connecting() }
        var time = Duration.zero
        while time < .seconds(3600) {
            scene.tell { _ = $0.opened() }
            scene.tree.advance(by: .seconds(2))
            #expect(scene.kinds == [])
            scene.tell { $0.waiting(for: wait, because: "the server ended the stream", inOrder: true) }
            scene.tree.advance(by: wait)
            #expect(scene.kinds == [])
            scene.tell { $0.connecting() }
            // The answer takes its time, too.
            scene.tree.advance(by: .seconds(4))
            #expect(scene.kinds == [])
            time += wait + .seconds(6)
        }
        // But not to come back is not regular.
        scene.tree.advance(by: .seconds(6))
        #expect(scene.kinds == [.allStreamsDown, .streamDown])
        scene.tree.finish()
    }

    @Test("where a long wait is asked for, a connection that is cut is granted it, too; a short one is not")
    func cut() {
        let scene = Scene(TellingSource("a"))
        scene.tell { _ = $0.opened() }
        scene.tell { $0.waiting(for: .seconds(300), because: "reset") }
        scene.tree.advance(by: .seconds(300))
        #expect(scene.kinds == [])
        scene.tree.advance(by: .seconds(10))
        #expect(scene.kinds == [.allStreamsDown])
        scene.tell { _ = $0.opened() }
        scene.tell { $0.waiting(for: .seconds(10), because: "reset") }
        scene.tree.advance(by: .seconds(10))
        #expect(scene.kinds == [.allStreamsDown])
        scene.tree.finish()
    }

    @Test("with no patience at all a stream is a problem as soon as it is down, but not for a regular end")
    func noPatience() {
        let scene = Scene(TellingSource("a", downAfter: .zero))
        scene.tell { _ = $0.opened() }
        scene.tell { $0.waiting(for: .seconds(3), because: "the server ended the stream", inOrder: true) }
        scene.tree.advance(by: .seconds(3))
        #expect(scene.kinds == [])
        scene.tell { _ = $0.opened() }
        scene.tell { $0.waiting(for: .seconds(3), because: "reset") }
        scene.tree.advance(by: .milliseconds(1))
        #expect(scene.kinds == [.streamDown])
        scene.tree.finish()
    }

    @Test("the worst comes first, each since it was first seen, and one that comes back begins anew")
    func timesAndOrder() {
        let state = Locked((output: String?.none, listener: false))
        let tree = VirtualTree(
            [], outputTrouble: { state.withLock(\.output) },
            hostProblems: {
                state.withLock(\.listener)
                    ? [.init(.listenerBroken, of: "control", "gone"), .init(.watchdogLate, of: "watchdog", "late")] : []
            }, handler: DirectedHandler { _, _ in .done })
        #expect(tree.status.problems == [] && tree.status.state == .running)
        state.withLock { $0.listener = true }
        #expect(tree.status.problems.map(\.kind) == [.watchdogLate, .listenerBroken])
        tree.advance(by: .seconds(3))
        state.withLock { $0.output = "full" }
        #expect(tree.status.problems.map(\.kind) == [.watchdogLate, .outputBlocked, .listenerBroken])
        tree.advance(by: .seconds(3))
        #expect(tree.status.problems.map(\.since) == [42, 3_000_042, 42])
        #expect(tree.status.degradedBecause == "late; full; gone")
        state.withLock { $0.listener = false }
        #expect(tree.status.problems.map(\.since) == [3_000_042])
        state.withLock { $0.listener = true }
        #expect(tree.status.problems.map(\.since) == [6_000_042, 3_000_042, 6_000_042])
        tree.finish()
    }

    @Test("of very many problems a sentence names three")
    func manyInOneSentence() {
        let problems = (1...200).map { ApplicationStatus.Problem(.streamDown, of: "s\($0)", "down") }
        #expect(problems.sentence == "stream s1: down; stream s2: down; stream s3: down; and 197 more")
        #expect([ApplicationStatus.Problem]().sentence == nil)
    }

    @Test("books that contradict themselves are a problem", arguments: LedgerInvariant.allCases)
    func wrongBooks(invariant: LedgerInvariant) {
        let tree = VirtualTree([], toleratesBrokenBooks: true, handler: DirectedHandler { _, _ in .done })
        tree.application.ledger.withLock { $0.broken.note(invariant) }
        #expect(tree.status.problems.map(\.kind) == [.booksWrong])
        #expect(tree.status.degradedBecause?.contains(invariant.rawValue) == true)
        tree.finish()
    }
}
