import Flow
import ScalingModel
import Testing

@Suite("The autoscaler, once it is known how long the work takes")
struct AutoscalerWorkTests {
    /// Messages at an even pace, 200 ms each: at a thousand a second 200 workers are busy, and their root of slack makes 27 of 8.
    private func even(_ seconds: Double, perSecond: (Double) -> Double) -> [Arrival] {
        var (arrivals, now) = ([Arrival](), 0.0)
        while now < seconds {
            arrivals.append(Arrival(time: now, work: 0.2))
            now += 1 / perSecond(now)
        }
        return arrivals
    }

    private func decisions(
        _ seconds: Double, _ policy: ScalingPolicy = ScalingPolicy(), from size: Int? = nil,
        change: (inout Autoscaler.Sample) -> Void = { _ in }, perSecond: (Double) -> Double = { _ in 1000 }
    ) -> [ScalingDecision] {
        var decisions: [ScalingDecision] = []
        _ = PoolModel().run(
            even(seconds, perSecond: perSecond), seconds: seconds, policy: policy, from: size, change: change
        ) { decisions.append($0) }
        return decisions
    }

    /// At 20 s 800 are found to wait, which are gone at the next tick.
    private func backlog(_ sample: inout Autoscaler.Sample) {
        if sample.time == .seconds(20) { sample.work?.waiting = 800 }
    }

    @Test("the size follows from the rate and that time at once, and the reason names both and the backlog")
    func known() throws {
        let decisions = decisions(20)
        let first = try #require(decisions.first { $0.work != nil })
        // Not by doublings.
        #expect(first.to > 2 * first.from && first.reason == .scaledUp)
        #expect(first.description.contains(" a second of ") && first.description.contains(" waiting, ask for "))
        #expect(decisions.prefix { $0.work == nil }.allSatisfy { $0.to <= 2 * $0.from })
        let steady = try #require(decisions.last)
        #expect(steady.raw == 27)
        #expect(steady.work?.description.hasSuffix(" a second of 200 ms") == true)
        // It grew for the backlog of the start, and let that go, but for less than a tenth.
        #expect((27...30).contains(steady.to))
    }

    @Test("a backlog is spread over the drain horizon")
    func horizon() throws {
        func size(_ horizon: Duration?, isHeldBack: Bool = false) throws -> Int {
            let decisions = decisions(
                21, ScalingPolicy(max: 400, drainHorizon: horizon), from: 30,
                change: {
                    backlog(&$0)
                    $0.work?.isHeldBack = isHeldBack
                })
            return try #require(decisions.first { ($0.work?.waiting ?? 0) == 800 }).to
        }
        // 160 workers for one second and 80 for two, beside the 214 for what comes.
        #expect(try size(.seconds(1)) == 47)
        #expect(try size(.seconds(2)) == 37)
        // At once: a worker for each, as for what is held back. More than that have nothing to do.
        for whole in [
            try size(nil), try size(.zero), try size(.milliseconds(1)), try size(.seconds(1), isHeldBack: true),
        ] {
            #expect(whole == 127)
        }
    }

    @Test("what was grown for a backlog goes in one step, after the cool-down: it is not held")
    func afterBacklog() throws {
        let decisions = decisions(
            30, ScalingPolicy(holdWindow: .seconds(60), coolDown: .seconds(4)), from: 27, change: backlog)
        let grown = try #require(decisions.firstIndex { ($0.work?.waiting ?? 0) == 800 })
        #expect(decisions[grown].to == 47)
        #expect(decisions[(grown + 1)..<(grown + 16)].allSatisfy { $0.to == 47 && $0.reason == .coolingDown })
        #expect(decisions[grown + 16].reason == .scaledDown && decisions[grown + 16].to <= 30)
    }

    @Test("a size is held for a twelfth of the time that it was needed, once the first hold window is over")
    func heldForATwelfth() throws {
        func seconds(ofPeak length: Double) throws -> Double {
            let decisions = decisions(
                60 + 2 * length, ScalingPolicy(holdWindow: .seconds(20)),
                perSecond: {
                    (50..<(50 + length)).contains($0) ? 1000 : 100
                })
            let end = Int((50 + length) * 4)
            #expect(decisions[end - 1].to >= 27)
            #expect(
                decisions[end...].filter { $0.reason == .heldByWindow }.allSatisfy {
                    $0.heldUntil != nil && $0.to == $0.from
                })
            return Double(try #require(decisions[end...].firstIndex { $0.to < 10 }) - end) / 4
        }
        // And two seconds until the fast window has forgotten the load, and at most two to cool down from a step before.
        #expect((2.5...5).contains(try seconds(ofPeak: 10)))
        #expect((10...12.5).contains(try seconds(ofPeak: 100)))
        // The hold window is the limit.
        #expect((20...24).contains(try seconds(ofPeak: 400)))
    }

    @Test("less than a tenth fewer are no reason to shrink, and a tenth is")
    func tolerance() throws {
        func last(from size: Int) throws -> ScalingDecision {
            try #require(decisions(10, ScalingPolicy(holdWindow: .seconds(1)), from: size).last)
        }
        // What is to be kept is 28.
        let near = try last(from: 31)
        #expect(near.to == 31 && near.reason == .withinTolerance)
        #expect(try last(from: 32).to == 28)
    }

    @Test("the maximum, a pin, a drain and workers that cannot start limit it as before")
    func limits() throws {
        let atMost = try #require(decisions(10, ScalingPolicy(max: 20)).last)
        #expect(atMost.to == 20 && atMost.reason == .limitedByMax && atMost.raw > 20)
        let pinned = try #require(decisions(10, change: { $0.pinned = 6 }).last)
        #expect(pinned.to == 6 && pinned.reason == .pinned && (pinned.automatic ?? 0) >= 27)
        let failing = try #require(
            decisions(
                10, change: { $0.isStartFailing = $0.time > .seconds(1) && $0.supervisors < 60 },
                perSecond: { $0 < 2 ? 20 : 1000 }
            ).last)
        #expect(failing.to == failing.from && failing.to < 10 && failing.reason == .workersCannotStart)
        let draining = decisions(
            30, ScalingPolicy(holdWindow: .zero), change: { $0.isDraining = $0.time >= .seconds(10) },
            perSecond: { $0 < 15 ? 1000 : 20 })
        #expect(draining.last?.to == draining[40].to && draining.last?.reason == .draining)
    }

    @Test("after the output was blocked it begins anew: by what is in flight, and the size is held for a window")
    func anew() throws {
        let decisions = decisions(
            30, ScalingPolicy(holdWindow: .seconds(5)),
            change: { $0.isOutputBlocked = $0.time >= .seconds(10) && $0.time < .seconds(12) },
            perSecond: { $0 < 10 ? 1000 : 20 })
        let blocked = decisions[42]
        #expect(blocked.to == blocked.from && blocked.reason == .outputBlocked && blocked.work == nil)
        let first = decisions[48]
        #expect(first.work == nil && first.reason == .heldByWindow && first.heldUntil == .seconds(17))
        #expect(decisions[67].to == blocked.to && (decisions.last?.to ?? 99) < 3)
    }
}
