import ProgramKit
import Testing

@Suite("A time in UTC")
struct UTCTimeTests {
    @Test("is written to the microsecond, to the millisecond, and without separators in a file's name")
    func forms() {
        let time = UTCTime(microseconds: 1_769_851_800_000_789)
        #expect(time.text == "2026-01-31T09:30:00.000789Z")
        #expect(time.textToMilliseconds == "2026-01-31T09:30:00.000Z")
        #expect(time.inFileName == "20260131T093000Z")
        #expect(time.date == "2026-01-31")
        #expect(time.timeOfDay == "09:30:00")
    }

    @Test("before 1970 counts its fraction forwards, too")
    func before1970() {
        #expect(UTCTime(microseconds: -1).text == "1969-12-31T23:59:59.999999Z")
        #expect(UTCTime(microseconds: -1_000_000).text == "1969-12-31T23:59:59.000000Z")
    }

    @Test("has a form at either end of what a number of microseconds can say")
    func extremes() {
        #expect(UTCTime(microseconds: .max).text == "294247-01-10T04:00:54.775807Z")
        #expect(!UTCTime(microseconds: .min).text.isEmpty)
    }
}
