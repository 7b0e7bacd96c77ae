import ControlAPI
import ControlClient

/// What came of a series of crashes, and how fast it recovered.
struct CrashRecoveries: Sendable {
    private(set) var count = 0
    /// Crashes whose replacement was not there in time.
    private(set) var unreplaced = 0
    /// Crashes that met a part with a message in hand.
    private(set) var busy = 0
    /// Attempts that found the part not running, and were made again.
    private(set) var missed = 0
    /// What ended the series before its time.
    private(set) var failure: ControlClientError?
    private var detected: [Int64] = []
    private var replaced: [Int64] = []

    mutating func add(_ attempt: CrashSeries.Attempt) {
        missed += attempt.missed
        switch attempt.result {
        case .success(let answer): add(answer.value)
        case .failure(let error): failure = failure ?? error
        }
    }

    private mutating func add(_ response: CrashResponse) {
        count += 1
        if response.busy { busy += 1 }
        if let time = response.detectedInMicroseconds { detected.append(time) }
        if let time = response.replacedInMicroseconds { replaced.append(time) } else { unreplaced += 1 }
    }

    func summary(duration: Duration) -> CrashSummary {
        CrashSummary(
            crashes: count, missed: missed, notReplaced: unreplaced, busy: busy, seconds: duration / .seconds(1),
            detected: CrashSummary.Times(detected), replaced: CrashSummary.Times(replaced))
    }
}

/// The last line of a series: for people by its description, for machines as JSON.
struct CrashSummary: Encodable, CustomStringConvertible {
    let crashes: Int
    let missed: Int
    let notReplaced: Int
    let busy: Int
    let seconds: Double
    let detected: Times?
    let replaced: Times?

    private enum CodingKeys: String, CodingKey {
        case crashes, missed, busy, seconds
        case notReplaced = "not_replaced"
        case detected = "detected_in_microseconds"
        case replaced = "replaced_in_microseconds"
    }

    /// Of many times, in microseconds.
    struct Times: Encodable {
        let median: Int64
        let p99: Int64
        let max: Int64

        /// Nil of none.
        init?(_ times: [Int64]) {
            let sorted = times.sorted()
            guard let last = sorted.last else { return nil }
            median = sorted[sorted.count / 2]
            p99 = sorted[Swift.min(sorted.count * 99 / 100, sorted.count - 1)]
            max = last
        }
    }

    /// `{"summary": …}` in one line.
    var line: String {
        let document = (try? ControlJSON.encode(["summary": self])) ?? []
        return Text.line(ofDocument: String(decoding: document, as: UTF8.self))
    }

    var description: String {
        var text = Text.count(crashes, "crash", plural: "crashes") + " in \(Text.milliseconds(seconds * 1000))"
        if let replaced {
            text +=
                ": replaced after \(Text.grouped(replaced.median)) µs in the median, "
                + "\(Text.grouped(replaced.p99)) µs at p99, \(Text.grouped(replaced.max)) µs at most"
        }
        text += "; \(Text.grouped(busy)) met a message"
        if missed > 0 { text += "; \(Text.grouped(missed)) missed and tried again" }
        if notReplaced > 0 { text += "; \(Text.grouped(notReplaced)) not replaced in time" }
        return text
    }
}
