import TestKit

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// A message of a load: when it comes, and how long a worker has to do with it, in seconds.
public struct Arrival: Sendable {
    /// When it comes, in seconds.
    public var time: Double
    /// How long it takes.
    public var work: Double

    /// Makes one.
    public init(time: Double, work: Double) {
        self.time = time
        self.work = work
    }
}

/// How long the work of a message takes, in seconds.
public enum WorkTime: Sendable {
    case between(Double, Double)
    /// Exponential, of this mean.
    case random(mean: Double)

    func draw(_ random: inout SeededGenerator) -> Double {
        switch self {
        case .between(let least, let most): least + (most - least) * random.unit()
        case .random(let mean): -mean * log(random.unit())
        }
    }
}

/// A load in virtual time: Poisson arrivals at a rate that changes, from a seed.
public struct Load: Sendable {
    /// What it is called.
    public var name: String
    /// How long it lasts.
    public var seconds: Double
    /// What the rate never exceeds.
    public var peak: Double
    /// How long it takes.
    public var work: WorkTime
    /// Messages a second, at a time in seconds.
    public var rate: @Sendable (Double) -> Double

    /// Makes one.
    public init(
        _ name: String, seconds: Double, peak: Double = 1000, work: WorkTime = .between(0.05, 0.5),
        rate: @escaping @Sendable (Double) -> Double
    ) {
        self.name = name
        self.seconds = seconds
        self.peak = peak
        self.work = work
        self.rate = rate
    }

    /// The messages, the same ones for the same seed.
    public func arrivals(seed: UInt64) -> [Arrival] {
        var (random, now, arrivals) = (SeededGenerator(seed: seed), 0.0, [Arrival]())
        arrivals.reserveCapacity(Int(peak * seconds / 2))
        while true {
            now -= log(random.unit()) / peak
            guard now < seconds else { return arrivals }
            if random.unit() * peak <= rate(now) { arrivals.append(Arrival(time: now, work: work.draw(&random))) }
        }
    }

    /// The loads that the size of the pool is measured by, with the work of the course: 50 to 500 ms.
    public static let changing = [
        Load("cold start", seconds: 120) { _ in 1000 },
        Load("step", seconds: 300) { (100..<200).contains($0) ? 1000 : 100 },
        Load("sine", seconds: 600) { 550 + 450 * sin($0 * 2 * .pi / 120) },
        Load("slow sine", seconds: 600) { 550 + 450 * sin($0 * 2 * .pi / 300) },
        Load("burst of 20 s", seconds: 300) {
            (50..<70).contains($0.truncatingRemainder(dividingBy: 100)) ? 1000 : 100
        },
        Load("burst of 10 s", seconds: 300) {
            (50..<60).contains($0.truncatingRemainder(dividingBy: 100)) ? 1000 : 100
        },
        Load("saw-tooth", seconds: 300) { $0.truncatingRemainder(dividingBy: 100) * 10 },
    ]

    /// Ten minutes of the same load, from small to large.
    public static let constant = [12.0, 15, 20, 50, 100, 200, 300, 500, 1000].map { rate in
        Load("constant \(Int(rate))/s", seconds: 600, peak: rate) { _ in rate }
    }

    /// Of other kinds of work, for comparison.
    public static let others = [
        Load("constant 1000/s, random work", seconds: 600, work: .random(mean: 0.275)) { _ in 1000 },
        Load("cold start, random work", seconds: 120, work: .random(mean: 0.275)) { _ in 1000 },
        Load("step, work of 3 to 6 s", seconds: 600, peak: 50, work: .between(3, 6)) {
            (200..<400).contains($0) ? 50 : 5
        },
    ]
}
