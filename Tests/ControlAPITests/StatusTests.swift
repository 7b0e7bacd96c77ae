import Testing

@testable import ControlAPI

@Suite("The status document")
struct StatusTests {
    static let example = Status(
        state: .running, version: "1.2.3", pid: 42, uptimeSeconds: 1.50049,
        streams: [
            Status.Stream(
                name: "tweets-1", url: "http://127.0.0.1:4000/tweets/1", state: .open, events: 7, bytes: 900,
                reconnects: 1,
                lastEventID: "17")
        ],
        messages: Status.Messages(
            received: 10, inFlight: 3, processed: 4, killed: 2, deadLettered: 1, retried: 5, ratePerSecond: 12.3456),
        workers: Status.Workers(total: 8, busy: 3, restarts: 2), directSupervisors: 1,
        scaling: Status.Scaling(mode: .auto, target: 1, min: 1, max: 64, reason: "withinTolerance"),
        latency: Status.Latency(p50: 0.1234567, p75: 1, p90: 2.5, p95: 3, p99: 4, max: 5))

    @Test("says how the storage is doing, with null while it is well; an older daemon says nothing of it")
    func storage() throws {
        let storage = Status.Storage(
            storedDeadLetters: 1, waitingDeadLetters: 2, droppedDeadLetters: 3, evictedDeadLetters: 4, replaying: 5,
            lastWriteError: nil)
        #expect(
            String(decoding: try ControlJSON.encode(storage), as: UTF8.self) == """
                {
                  "dropped_dead_letters" : 3,
                  "evicted_dead_letters" : 4,
                  "last_write_error" : null,
                  "replaying" : 5,
                  "stored_dead_letters" : 1,
                  "waiting_dead_letters" : 2
                }

                """)
        #expect(Self.example.storage == nil)
    }

    @Test("has the fields of the contract, sorted, with null where a stream has no error")
    func golden() throws {
        let document = String(decoding: try ControlJSON.encode(Self.example), as: UTF8.self)
        #expect(
            document == """
                {
                  "direct_supervisors" : 1,
                  "latency_ms" : {
                    "max" : 5,
                    "p50" : 0.123,
                    "p75" : 1,
                    "p90" : 2.5,
                    "p95" : 3,
                    "p99" : 4
                  },
                  "messages" : {
                    "dead_lettered" : 1,
                    "in_flight" : 3,
                    "killed" : 2,
                    "processed" : 4,
                    "rate_per_second" : 12.3,
                    "received" : 10,
                    "retried" : 5
                  },
                  "pid" : 42,
                  "scaling" : {
                    "max" : 64,
                    "min" : 1,
                    "mode" : "auto",
                    "reason" : "withinTolerance",
                    "target" : 1
                  },
                  "state" : "running",
                  "streams" : [
                    {
                      "bytes" : 900,
                      "error" : null,
                      "events" : 7,
                      "last_event_id" : "17",
                      "name" : "tweets-1",
                      "possible_gaps" : 0,
                      "reconnects" : 1,
                      "skipped" : 0,
                      "state" : "open",
                      "url" : "http://127.0.0.1:4000/tweets/1"
                    }
                  ],
                  "uptime_seconds" : 1.5,
                  "version" : "1.2.3",
                  "workers" : {
                    "busy" : 3,
                    "restarts" : 2,
                    "total" : 8
                  }
                }

                """)
    }

    @Test("is read back as it was written")
    func roundTrip() throws {
        let read = try ControlJSON.decode(Status.self, from: try ControlJSON.encode(Self.example))
        #expect(read == Self.example)
    }

    @Test("carries the optional additions under their names")
    func additions() throws {
        let messages = Status.Messages(
            received: 0, inFlight: 0, processed: 0, killed: 0, deadLettered: 0, retried: 0, ratePerSecond: 0,
            delayed: 1,
            lateOutcomes: 2, inFlightBytes: 3)
        let document = String(decoding: try ControlJSON.encode(messages), as: UTF8.self)
        for field in ["\"delayed\" : 1", "\"late_outcomes\" : 2", "\"in_flight_bytes\" : 3"] {
            #expect(document.contains(field))
        }
        let scaling = Status.Scaling(mode: .manual, target: 5, min: 1, max: 8, reason: "pinned", pinned: 5)
        #expect(String(decoding: try ControlJSON.encode(scaling), as: UTF8.self).contains("\"pinned\" : 5"))
    }

    @Test("of a newer daemon is read, unknown keys, states and all")
    func newerDaemon() throws {
        var document = String(decoding: try ControlJSON.encode(Self.example), as: UTF8.self)
        document = document.replacing("\"running\"", with: "\"hibernating\", \"mood\": \"calm\"")
        let read = try ControlJSON.decode(Status.self, from: document.utf8)
        #expect(read.state.rawValue == "hibernating")
        #expect(read.messages == Self.example.messages)
    }

    @Test("never holds a number that JSON cannot write", arguments: [Double.nan, .infinity, -.infinity])
    func notFinite(value: Double) throws {
        let latency = Status.Latency(p50: value, max: value)
        #expect(latency.p50 == 0)
        _ = try ControlJSON.encode(latency)
    }

    @Test("keeps numbers too large to be rounded")
    func hugeNumber() {
        #expect(Double.greatestFiniteMagnitude.presented(decimals: 3) == .greatestFiniteMagnitude)
    }
}
