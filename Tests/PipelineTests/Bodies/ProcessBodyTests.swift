import Glibc
import Locking
import Supervision
import TestKit
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("Workers whose bodies are processes")
struct ProcessBodyTests {
    private let clock = ManualClock()

    private func tree(
        _ count: Int, _ handler: ProcessHandler, workers: Int = 1,
        _ change: (inout ApplicationSettings) -> Void = { _ in }
    ) -> VirtualTree {
        var settings = ApplicationSettings.virtual
        settings.scaling = ScalingPolicy(
            min: 1, max: 1, workersPerSupervisor: workers, tick: .milliseconds(100), fastWindow: .milliseconds(500))
        settings.maxAttempts = 2
        change(&settings)
        return VirtualTree([FeedSource("a", count: count)], settings: settings, clock: clock, handler: handler)
    }

    private func worker(_ tree: VirtualTree) -> WorkerSnapshot? { tree.application.directSupervisors[0].workers.first }

    private func events(_ tree: VirtualTree) -> [TreeEvent] { tree.application.events(of: [.worker]).events }

    // MARK: - What is seen

    @Test("are seen with pid, memory, processor time, age and what they have in hand, in the list and in the tree")
    func vitals() throws {
        let gate = Gate()
        let tree = tree(
            1,
            ProcessHandler { hand, _ in
                try await gate.pass()
                hand.settle(.done)
            })
        tree.advance(by: .seconds(3))
        let worker = try #require(self.worker(tree))
        #expect(worker.vitals == BodyVitals(pid: 101, residentBytes: 4 << 20, processorTime: .milliseconds(120)))
        #expect(worker.state == .busy && worker.inHand == 1)
        #expect(worker.age == .seconds(3))
        let snapshot = tree.begin { [application = tree.application] in await application.tree() }
        tree.advance(by: .milliseconds(10))
        let node = try #require(snapshot.value?.find("worker.1.1"))
        #expect(node.vitals?.pid == 101 && node.state == .busy && node.age.map { $0 >= .seconds(3) } == true)
        gate.open()
        #expect(tree.finish() == 0)
    }

    @Test("are starting, back off, are idle and stopping, as the list and the counts of the status say")
    func states() {
        let (starts, ends) = (Gate(), Gate())
        let fails = Locked(true)
        let handler = ProcessHandler(
            start: { _ in
                await starts.passStubbornly()
                if fails.withLock({ $0 }) { throw BodyEnded("no such file") }
            }, end: { _ in await ends.passStubbornly() }, work: ProcessHandler.nothing)
        let tree = tree(0, handler)
        #expect(worker(tree)?.state == .starting)
        #expect((tree.status.startingWorkers, tree.status.stoppingWorkers) == (1, 0))
        ends.open()
        starts.open()
        tree.settle()
        #expect(worker(tree)?.state == .backingOff)
        #expect(worker(tree)?.age == nil)
        #expect((tree.status.backingOffWorkers, tree.status.startingWorkers) == (1, 0))
        fails.withLock { $0 = false }
        tree.advance(by: .seconds(2))
        #expect(worker(tree)?.state == .idle)
        #expect(tree.finish() == 0)
    }

    @Test("that are ended and take their time are stopping")
    func stopping() {
        let ends = Gate()
        let handler = ProcessHandler(end: { _ in await ends.passStubbornly() }, work: ProcessHandler.nothing)
        let tree = tree(0, handler)
        tree.application.stop()
        tree.settle()
        #expect(worker(tree)?.state == .stopping)
        #expect(tree.status.stoppingWorkers == 1)
        ends.open()
        tree.finish()
    }

    // MARK: - How they end

    @Test("leave behind how they ended and their last words: in the crash, among the events, in the log")
    func postMortem() throws {
        let fault = Once()
        let handler = ProcessHandler { hand, body in
            guard fault.take() else { return _ = hand.settle(.done) }
            body.die(.signal(SIGSEGV, dumpedCore: true), .own, saying: ["reading", "bad address"])
            throw BodyEnded("ended by SIGSEGV")
        }
        let tree = tree(2, handler)
        #expect(tree.advance(atMost: .seconds(60)) { tree.messages.processed == 2 })
        let crash = try #require(tree.application.crashes().first)
        #expect(crash.postMortem?.exit == .signal(SIGSEGV, dumpedCore: true))
        #expect(crash.postMortem?.errorLines == ["reading", "bad address"])
        let exits = events(tree).filter { $0.fields["event"] == "exited" }
        #expect(exits.map(\.level) == [.notice])
        #expect(exits.first?.fields["signal"] == "SIGSEGV" && exits.first?.fields["cause"] == "own")
        #expect(exits.first?.fields["pid"] == "101" && exits.first?.fields["stderr"] == "reading\nbad address")
        #expect(
            tree.log.lines(.notice).contains { line in
                line.hasPrefix("worker.1.1 (pid 101) ended by SIGSEGV (core dumped) after ")
                    && line.hasSuffix("the last on its standard error: bad address")
            })
        #expect(tree.finish() == 0)
    }

    @Test("that started and stopped are everyday business, also one that a kill message ended")
    func everyday() {
        let handler = ProcessHandler(work: ProcessHandler.nothing)
        let tree = VirtualTree(
            [FeedSource("a", [#"{"message": panic}"#])], clock: clock, handler: handler)
        #expect(tree.advance(atMost: .seconds(5)) { tree.messages.killed == 1 })
        tree.settle()
        #expect(events(tree).allSatisfy { $0.level == .debug })
        #expect(events(tree).compactMap { $0.fields["cause"] } == ["killed"])
        #expect(events(tree).count { $0.fields["event"] == "started" } == 5)
        #expect(tree.application.crashes().first?.postMortem?.cause == .killed)
        #expect(tree.finish() == 0)
        #expect(tree.log.lines(.debug).contains { $0.hasPrefix("worker.") && $0.contains(" has stopped after ") })
    }

    @Test("that broke the protocol are worth a warning, under a name of their own")
    func protocolBroken() {
        let fault = Once()
        let handler = ProcessHandler { hand, body in
            guard fault.take() else { return _ = hand.settle(.done) }
            body.die(.signal(9), .protocolBroken)
            throw BodyEnded("it said \"hello\"")
        }
        let tree = tree(1, handler)
        #expect(tree.advance(atMost: .seconds(60)) { tree.messages.processed == 1 })
        let broken = events(tree).filter { $0.fields["event"] == "protocol_broken" }
        #expect(broken.map(\.level) == [.warning])
        #expect(tree.log.lines(.warning).contains { $0.hasPrefix("worker.1.1 (pid 101) broke the protocol") })
        #expect(tree.finish() == 0)
    }

    @Test("that take too long say why, and it stands in the reason; how they ended is put down to the time")
    func timedOut() throws {
        let handler = ProcessHandler(delayReason: "it has read all and answered nothing: print with flush=True") {
            _, _ in
            try await Notify().wait()
        }
        let tree = tree(1, handler) { $0.maxAttempts = 1 }
        #expect(tree.advance(atMost: .seconds(60)) { tree.messages.deadLettered == 1 })
        tree.advance(by: .seconds(1))
        #expect(
            tree.store.deadLetters.first?.reason
                == "message 1 took longer than 5.0 seconds: it has read all and answered nothing: print with flush=True"
        )
        #expect(tree.application.crashes().first?.postMortem?.cause == .timedOut)
        #expect(events(tree).contains { $0.fields["cause"] == "timeout" && $0.level == .notice })
        #expect(tree.finish() == 0)
    }

    @Test("that cannot start are an event")
    func cannotStart() {
        let handler = ProcessHandler(start: { _ in throw BodyEnded("no such file") }, work: ProcessHandler.nothing)
        let tree = tree(0, handler)
        #expect(events(tree).map { $0.fields["reason"] } == ["no such file"])
        #expect(events(tree).first?.level == .warning && events(tree).first?.fields["event"] == "cannot_start")
        tree.finish()
    }

    @Test("that end by the hundred are said some times only, and then how many were left out")
    func storm() {
        let handler = ProcessHandler { hand, body in
            guard hand.entries[0].attempt < 2 else { return _ = hand.settle(.done) }
            body.die(.status(1), .own)
            throw BodyEnded("exit status 1")
        }
        let tree = tree(300, handler, workers: 4) { $0.maxAttempts = 5 }
        let isOver = { tree.messages.inFlight == 0 && tree.messages.received == 300 }
        _ = tree.advance(atMost: .seconds(30), until: isOver)
        let exits = events(tree).filter { $0.fields["event"] == "exited" }
        let said = exits.compactMap { $0.fields["unsaid"].flatMap(Int.init) }
        #expect(exits.count < 60 + 10 * 30)
        #expect(tree.log.lines(.notice).count { $0.contains("ended with exit status 1") } == exits.count)
        #expect(said.allSatisfy { $0 > 0 })
        tree.finish()
    }

    // MARK: - Signals

    @Test("end by a signal that an operator sends: no message pays, and the crash is an injected one")
    func signal() throws {
        let wait = Once()
        // It can take more, and has not answered yet.
        let handler = ProcessHandler { hand, _ in if !wait.take() { hand.settle(.done) } }
        let tree = tree(1, handler) { $0.maxAttempts = 1 }
        tree.advance(by: .seconds(1))
        let report = tree.begin { [application = tree.application] in
            try await application.send(SIGSEGV, to: "worker.1.1")
        }
        #expect(tree.advance(atMost: .seconds(10)) { report.value != nil })
        let sent = try #require(report.value)
        #expect(sent.signal == SIGSEGV && sent.pid == 101 && sent.child == "worker.1.1" && sent.sequence == 1)
        #expect(sent.replacement.map { $0 > sent.incarnation } == true && sent.detection != nil)
        let crash = try #require(tree.application.crashes().first)
        #expect(crash.cause == .injected && crash.isCharged && "\(crash.reason)".contains("injected crash: SIGSEGV"))
        #expect(crash.message?.fate == .dealtAgain && crash.message?.attempt == 1)
        #expect(crash.postMortem?.exit == .signal(SIGSEGV))
        #expect(sent.number == crash.id)
        #expect((tree.messages.retried, tree.messages.deadLettered) == (0, 0))
        #expect(tree.finish() == 0)
        #expect(tree.messages.processed == 1)
    }

    @Test("that have not answered yet are replaced at once when an operator ends them: they could perhaps have worked")
    func unproven() throws {
        let tree = tree(0, ProcessHandler(isProven: false, work: ProcessHandler.nothing))
        let report = tree.begin { [application = tree.application] in try await application.send(SIGKILL, to: nil) }
        tree.settle()
        #expect(try #require(report.value).replacement != nil)
        #expect(tree.application.crashes().map(\.cause) == [.injected])
        #expect(worker(tree)?.state == .idle && tree.status.backingOffWorkers == 0)
        tree.finish()
    }

    @Test("end long after a signal that they ignored, by a fault of their own: that is theirs")
    func ignoredSignal() throws {
        let (gate, fault) = (Gate(), Once())
        let handler = ProcessHandler(ignoring: [SIGTERM]) { hand, body in
            guard fault.take() else { return _ = hand.settle(.done) }
            try await gate.pass()
            body.die(.status(3), .own)
            throw BodyEnded("exit status 3")
        }
        let tree = tree(1, handler)
        let report = tree.begin { [application = tree.application] in try await application.send(SIGTERM, to: nil) }
        #expect(tree.advance(atMost: .seconds(10)) { report.value != nil })
        #expect(report.value?.replacement == nil && handler.signals.withLock { $0 } == [SIGTERM])
        tree.advance(by: .milliseconds(500))
        gate.open()
        tree.advance(by: .milliseconds(100))
        #expect(tree.application.crashes().map(\.cause) == [.own])
        tree.finish()
    }

    @Test("that are only stopped by a signal are not waited for")
    func stopSignal() throws {
        let tree = tree(0, ProcessHandler(ignoring: [SIGSTOP], work: ProcessHandler.nothing))
        let report = tree.begin { [application = tree.application] in try await application.send(SIGSTOP, to: nil) }
        tree.settle()
        let sent = try #require(report.value)
        #expect(sent.signal == SIGSTOP && sent.pid == 101 && sent.replacement == nil && sent.detection == nil)
        tree.finish()
    }

    @Test("are what a signal is for: a worker that is none gets no signal, and a name that nobody has neither")
    func noProcess() {
        let tree = VirtualTree([FeedSource("a", count: 0)], clock: clock, handler: DirectedHandler())
        let failures = Locked<[CrashInjectionError]>([])
        for name in ["worker.1.1", nil, "worker.9.9"] {
            _ = tree.begin { [application = tree.application] in
                do {
                    _ = try await application.send(SIGKILL, to: name)
                } catch let error as CrashInjectionError {
                    failures.withLock { $0.append(error) }
                }
            }
            tree.settle()
        }
        #expect(failures.withLock { $0 } == [.noProcess("worker.1.1"), .noProcess(nil), .notFound("worker.9.9")])
        tree.finish()
    }
}

/// Something that is true once.
private final class Once: Sendable {
    private let isLeft = Locked(true)

    func take() -> Bool {
        isLeft.withLock { isLeft in
            defer { isLeft = false }
            return isLeft
        }
    }
}

extension TreeSnapshot {
    /// The node of that name, at any depth.
    fileprivate func find(_ name: String) -> TreeSnapshot? {
        id.name == name ? self : children.lazy.compactMap { $0.find(name) }.first
    }
}
