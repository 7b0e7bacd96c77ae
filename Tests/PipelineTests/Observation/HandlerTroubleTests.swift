import Locking
import TestKit
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("What is seen of a handler that does not get on")
struct HandlerTroubleTests {
    /// Its bodies do what a test says. It wants up to eight messages at once.
    private final class Troubled: Handler {
        struct Conduct {
            /// What it needs is down.
            var isDown = false
            /// It takes hands and does not answer for them.
            var keepsHands = false
            /// The workers whose bodies cannot be started.
            var cannotStart: Set<String> = []
            var kept: [Hand] = []
        }

        let conduct: Locked<Conduct>
        let demand = Demand(batch: 8)

        init(_ conduct: Conduct = Conduct()) { self.conduct = Locked(conduct) }

        func makeBody(of worker: WorkerHandle) -> any WorkerBody { Body(worker.name, self) }

        /// Answers for what it has kept, and keeps nothing from now on.
        func release() {
            let kept = conduct.withLock { conduct in
                conduct.keepsHands = false
                defer { conduct.kept = [] }
                return conduct.kept
            }
            for hand in kept { hand.settle(.done) }
        }

        final class Body: WorkerBody {
            private let worker: String
            private let handler: Troubled

            init(_ worker: String, _ handler: Troubled) { (self.worker, self.handler) = (worker, handler) }

            func start() async throws -> BodyStart {
                if handler.conduct.withLock({ $0.cannotStart.contains(worker) }) { throw BodyEnded("no such file") }
                return .ready
            }

            func handle(_ hand: Hand) async throws {
                let answer = handler.conduct.withLock { conduct -> Outcome? in
                    guard conduct.keepsHands else { return conduct.isDown ? .unavailable("refused") : .done }
                    conduct.kept.append(hand)
                    return nil
                }
                if let answer { hand.settle(answer) }
            }
        }
    }

    private let source = ScriptedSource()

    private func tree(_ handler: Troubled) -> VirtualTree {
        let tree = VirtualTree([source], handler: handler)
        tree.settle()
        return tree
    }

    private func send(_ count: Int, to tree: VirtualTree) {
        for number in 1...count { source.send("\(number)") }
        tree.settle()
    }

    @Test("while it is unavailable that is the problem, an event, and what holds up a replay; the pool keeps its size")
    func unavailable() throws {
        let handler = Troubled(.init(isDown: true))
        let tree = tree(handler)
        send(40, to: tree)
        tree.advance(by: .seconds(3))
        let status = tree.status
        let problem = try #require(status.problems.first)
        #expect(status.problems.map(\.kind) == [.handlerUnavailable] && problem.subject == "handler")
        #expect(problem.text.contains("refused") && tree.application.obstacle == problem.text)
        #expect(status.scaling.lastDecision?.reason == .handlerUnavailable && status.directSupervisors == 2)
        #expect(tree.messages.inFlight == 40 && tree.messages.deadLettered == 0)

        handler.conduct.withLock { $0.isDown = false }
        #expect(tree.advance(atMost: .seconds(30)) { tree.messages.processed == 40 })
        #expect(tree.status.problems == [] && tree.application.obstacle == nil)
        let events = tree.application.events(of: [.handler]).events
        #expect(events.map(\.fields) == [["state": "unavailable"], ["state": "available"]])
        #expect(events.map(\.level) == [.warning, .notice])
        #expect(tree.finish() == 0)
    }

    @Test("when no worker can be started it is unavailable, and each worker is seen to wait")
    func nobodyStarts() throws {
        let all = ["worker.1.1", "worker.1.2", "worker.2.1", "worker.2.2"]
        let handler = Troubled(.init(cannotStart: Set(all)))
        let tree = tree(handler)
        send(3, to: tree)
        let status = tree.status
        #expect(status.problems.map(\.kind) == [.handlerUnavailable])
        #expect(status.problems.first?.text.contains("no such file") == true)
        #expect(tree.application.obstacle == status.problems.first?.text)
        #expect((status.workers, status.busyWorkers, status.backingOffWorkers) == (4, 0, 4))
        #expect(tree.application.directSupervisors.flatMap(\.workers).allSatisfy { $0.isBackingOff })
        let look = tree.begin { [application = tree.application] in await application.tree() }
        tree.settle()
        let workers = try #require(look.value).children[1].children.flatMap(\.children)
        #expect(workers.map(\.id.name) == all && workers.allSatisfy { $0.state == .backingOff })

        handler.conduct.withLock { $0.cannotStart = [] }
        #expect(tree.advance(atMost: .seconds(5)) { tree.messages.processed == 3 })
        #expect(tree.status.problems == [] && tree.application.obstacle == nil)
        #expect(tree.finish() == 0)
    }

    @Test("some workers that cannot be started are a problem from the third time on; the others work")
    func someCannotStart() throws {
        let handler = Troubled(.init(cannotStart: ["worker.1.1"]))
        let tree = tree(handler)
        send(20, to: tree)
        // At once, after a second, and after two more.
        #expect(tree.messages.processed == 20 && tree.status.problems == [])
        tree.advance(by: .milliseconds(2900))
        #expect(tree.status.problems == [])
        tree.advance(by: .milliseconds(100))
        let problem = try #require(tree.status.problems.first)
        #expect(problem.kind == .workersCannotStart && problem.subject == "workers")
        #expect(problem.text.hasPrefix("1 of 4 workers cannot be started") && problem.text.hasSuffix("no such file"))
        #expect(tree.application.obstacle == nil && tree.status.backingOffWorkers == 1)
        handler.conduct.withLock { $0.cannotStart = [] }
        #expect(tree.advance(atMost: .seconds(5)) { tree.status.problems.isEmpty })
        #expect(tree.finish() == 0)
    }

    @Test("a worker with several messages in hand shows the oldest, and how many there are; it is one busy worker")
    func inHand() throws {
        let handler = Troubled(.init(keepsHands: true))
        let tree = tree(handler)
        send(10, to: tree)
        let workers = tree.application.directSupervisors.flatMap(\.workers).filter { $0.holds != nil }
            .sorted { $0.inHand > $1.inHand }
        #expect(workers.map(\.inHand) == [8, 2] && workers.map(\.holds?.sequence) == [1, 9])
        #expect((tree.messages.leased, tree.status.busyWorkers, tree.status.backingOffWorkers) == (10, 2, 0))
        let look = tree.begin { [application = tree.application] in await application.tree() }
        tree.settle()
        let nodes = try #require(look.value).children[1].children.flatMap(\.children)
        #expect(nodes.map(\.inHand).sorted() == [0, 0, 2, 8])
        #expect(nodes.filter { $0.state == .busy }.count == 2)
        handler.release()
        tree.settle()
        #expect(tree.status.busyWorkers == 0)
        #expect(tree.finish() == 0)
    }
}
