import Supervision
import TestKit
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

/// A tree at work in virtual time: streams `a` and `b` with 60 messages each, 4 workers under 2 direct supervisors that take
/// 50 ms for a message.
final class CrashScene: Sendable {
    let tree: VirtualTree
    let handler: DirectedHandler
    let feeds: [FeedSource]

    static let parts: [CrashTarget] = [
        .worker("worker.1.1"), .directSupervisor("direct_supervisor.1"), .mainSupervisor, .flowManager,
        .streamSupervisor, .receiver("a"), .stateWriter,
    ]

    /// - Parameter behaviour: what the handler does before it is done.
    init(
        _ settings: ApplicationSettings = .fixed, clock: ManualClock = ManualClock(), count: Int = 60,
        abandonmentLimit: Int? = nil, behaviour: @escaping DirectedHandler.Behaviour = { _, _ in .done }
    ) {
        handler = DirectedHandler { data, context in
            try await clock.sleep(for: .milliseconds(50))
            return try await behaviour(data, context)
        }
        feeds = [FeedSource("a", count: count), FeedSource("b", count: count)]
        tree = VirtualTree(
            feeds, settings: settings, clock: clock, abandonmentLimit: abandonmentLimit, handler: handler)
        // In the middle of their work, with messages at the intake, in the queue and with every worker.
        tree.advance(by: .milliseconds(275))
        #expect(tree.messages.leased == tree.status.workers)
        #expect(tree.messages.queued > 0)
        #expect(tree.application.waiting > 0)
    }

    /// Crashes parts in one moment. Each must have been replaced, at the latest after `time`.
    func crash(_ targets: CrashTarget..., within time: Duration = .zero) throws {
        let reports = targets.map { target in
            tree.begin { [tree] in try await tree.application.crash(target) }
        }
        tree.advance(by: time)
        for report in reports {
            let report = try #require(report.value)
            #expect(report.replacement != nil)
            #expect(report.replacement != report.incarnation)
        }
    }

    /// Lets all come to its end, and expects that every message was done once, in its first attempt, by a whole pool.
    func finish(directSupervisors: Int = 2) {
        let all = UInt64(total)
        #expect(tree.advance(atMost: .seconds(60)) { tree.messages.processed == all })
        // Until the pool has the size that is wanted.
        #expect(tree.advance(atMost: .seconds(60)) { tree.status.directSupervisors == directSupervisors })
        #expect(tree.status.workers == 2 * directSupervisors)
        #expect(tree.finish() == 0)
        expectAllDone()
    }

    func expectAllDone() {
        let messages = tree.messages
        #expect(messages.received == UInt64(total) && messages.processed == messages.received)
        #expect(messages.retried == 0 && messages.deadLettered == 0 && messages.inFlight == 0)
        #expect(handler.completions.count == total && handler.completions.values.allSatisfy { $0 == 1 })
        for feed in feeds { #expect(tree.store.checkpoint(of: feed.name) == "\(feed.count)") }
    }

    private var total: Int { feeds.reduce(0) { $0 + $1.count } }
}

extension ApplicationSettings {
    /// As ``virtual``, with a pool that stays as it is and a small window.
    static var fixed: ApplicationSettings {
        var settings = ApplicationSettings.virtual
        settings.maxInFlight = 16
        settings.scaling.min = 2
        settings.scaling.max = 2
        return settings
    }
}
