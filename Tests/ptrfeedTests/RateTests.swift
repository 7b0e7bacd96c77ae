import Testing

@testable import ptrfeed

@Suite("The rate")
struct RateTests {
    @Test(
        "the total over both streams swings between exactly minimum and maximum",
        arguments: [
            RateRange(minimum: 100, maximum: 1000), RateRange(minimum: 1, maximum: 1000),
            RateRange(minimum: 50, maximum: 60),
        ])
    func swing(rate: RateRange) {
        let streams = [1, 2].map { RateProfile(rate: rate, period: 30, stream: $0) }
        let totals = stride(from: 0, to: 60, by: 0.01).map { time in streams.reduce(0) { $0 + $1.rate(at: time) } }
        #expect(abs(totals.min()! - rate.minimum) < 0.01)
        #expect(abs(totals.max()! - rate.maximum) < 0.01)
        #expect(abs(totals[0] - rate.minimum) < 0.01)
    }

    @Test("each stream has a phase of its own")
    func phases() {
        let rate = RateRange(minimum: 100, maximum: 1000)
        let first = RateProfile(rate: rate, period: 30, stream: 1)
        let second = RateProfile(rate: rate, period: 30, stream: 2)
        #expect(abs(first.rate(at: 7.5) - second.rate(at: 7.5)) > 50)
    }

    @Test("the integral is the sum of the rate")
    func integral() {
        let profile = RateProfile(rate: RateRange(minimum: 100, maximum: 1000), period: 30, stream: 2)
        let step = 0.001
        let sum = stride(from: 3, to: 17, by: step).reduce(0) { $0 + profile.rate(at: $1 + step / 2) * step }
        #expect(abs(profile.integral(from: 3, to: 17) - sum) < 0.01)
        // Over a whole period only the mean is left: a quarter of minimum and maximum together, each second.
        #expect(abs(profile.integral(from: 5, to: 35) - 30 * 275) < 1e-6)
    }

    @Test("one rate is constant, half on each stream")
    func constant() {
        let profile = RateProfile(rate: RateRange(minimum: 1000, maximum: 1000), period: 30, stream: 1)
        #expect(profile.rate(at: 0) == 500)
        #expect(profile.rate(at: 12.3) == 500)
    }

    @Test("irregular ticks lose no event")
    func irregularTicks() {
        var pacer = Pacer(profile: RateProfile(rate: RateRange(minimum: 2000, maximum: 2000), period: 30, stream: 1))
        var sent = 0
        for time in [0, 0.0004, 0.0104, 0.02, 0.5, 0.5001, 1.25, 2] {
            pacer.advance(to: time)
            sent += pacer.due
            pacer.spend(pacer.due)
        }
        #expect(sent == 2000)
    }

    @Test("what nobody takes is bounded by a second's worth")
    func bounded() {
        var pacer = Pacer(profile: RateProfile(rate: RateRange(minimum: 600, maximum: 600), period: 30, stream: 1))
        pacer.advance(to: 0)
        pacer.advance(to: 100)
        #expect(pacer.due == 300)
    }

    @Test("no time passes while the pacer is stopped")
    func stopped() {
        var pacer = Pacer(profile: RateProfile(rate: RateRange(minimum: 600, maximum: 600), period: 30, stream: 1))
        pacer.advance(to: 0)
        pacer.advance(to: 0.5)
        #expect(pacer.due == 150)
        pacer.stop()
        pacer.advance(to: 50)
        #expect(pacer.due == 0)
        pacer.advance(to: 50.1)
        #expect(pacer.due == 30)
    }

    @Test("a rate below one a second sends too")
    func slow() {
        var pacer = Pacer(profile: RateProfile(rate: RateRange(minimum: 0.5, maximum: 0.5), period: 30, stream: 1))
        pacer.advance(to: 0)
        pacer.advance(to: 3.9)
        #expect(pacer.due == 0)
        pacer.advance(to: 4)
        #expect(pacer.due == 1)
    }
}
