import ControlAPI

@testable import ptrctl

extension HeldMessage {
    static let example = HeldMessage(
        sequence: 17, stream: "tweets-1", eventID: "9981", attempt: 2, heldForMilliseconds: 120)
}

extension Tree {
    static let example = Tree(
        uptimeSeconds: 7_985,
        root: TreeNode(
            id: "application_supervisor", kind: .supervisor, state: .running, incarnation: 1, restarts: 0,
            strategy: "one_for_one", budget: RestartBudget(restarts: 5, withinSeconds: 60, left: 4),
            children: [
                TreeNode(
                    id: "main_supervisor", kind: .supervisor, state: .running, incarnation: 3, restarts: 1,
                    children: [
                        TreeNode(
                            id: "direct_supervisor.1", kind: .supervisor, state: .draining, incarnation: 4, restarts: 0,
                            children: [
                                TreeNode(
                                    id: "worker.1.1", kind: .worker, state: .busy, incarnation: 1_014, restarts: 2,
                                    holds: .example),
                                TreeNode(
                                    id: "worker.1.2", kind: .worker, state: .restarting, incarnation: 0, restarts: 0),
                            ])
                    ]),
                TreeNode(
                    id: "stream.tweets-1", kind: .worker, state: .running, incarnation: 9, restarts: 0,
                    note: "open\u{1B}[2J"),
            ]))
}

extension Top {
    static func example(_ status: Status, handled: UInt64 = 1_200, workers: [Worker]? = nil) -> Top {
        Top(
            status: status,
            supervisors: [
                SupervisorLoad(
                    id: "direct_supervisor.1", incarnation: 4, state: .running, workers: 8, busy: 4, restarts: 2,
                    handled: handled),
                SupervisorLoad(
                    id: "direct_supervisor.2", incarnation: 5, state: .draining, workers: 8, busy: 8, restarts: 0,
                    handled: 30),
            ],
            slowest: [HeldBy(worker: "worker.1.1", message: .example)],
            history: History(
                intervalSeconds: 1, inFlight: [0, 1, 40, 80], ratePerSecond: [1, 2, 3, 4],
                directSupervisors: [1, 1, 2, 2]),
            workers: workers)
    }
}

extension Event {
    static func example(
        id: UInt64, kind: Kind = .crash, level: Level = .warning,
        message: String = "worker.1.2 crashed: no such user\u{1B}[2J"
    ) -> Event {
        Event(
            id: id, time: "2026-01-31T09:30:00.123456Z", kind: kind, level: level, message: message,
            fields: ["child": "worker.1.2"])
    }
}

extension Crash {
    static func example(id: UInt64 = 17) -> Crash {
        Crash(
            id: id, time: "2026-01-31T09:30:00.123456Z", child: "worker.1.2", supervisor: "direct_supervisor.1",
            incarnation: 14, reason: "no such user", cause: .message, charged: false, action: .restarted,
            replacement: 15, replacedInMicroseconds: 1_850,
            budget: RestartBudget(restarts: 100, withinSeconds: 1, left: 99),
            message: CrashMessage(
                sequence: 12, stream: "tweets-1", eventID: "9981", attempt: 3, maxAttempts: 3, fate: .deadLettered))
    }
}

extension DeadLetterSummary {
    static let example = DeadLetterSummary(
        id: 12, stream: "tweets-1", eventID: "", type: "message", time: "2026-01-31T09:30:00.123456Z",
        reason: "no such user", attempts: 3, worker: "worker.1.2", incarnation: 14, sequence: 99, bytes: 2_048,
        preview: "{\"text\": \"\u{1B}]0;gotcha\"}")
}

extension TapRecord {
    static func example(_ sequence: UInt64) -> TapRecord {
        TapRecord(
            time: "2026-01-31T09:30:00.123456Z", stage: .failed, sequence: sequence, stream: "tweets-1",
            eventID: "9981",
            type: "tweet", attempt: 2, worker: "worker.1.2", reason: "no such user", milliseconds: 12.5,
            data: "{\"text\":\n\"\u{1B}[2J\"}", bytes: 20)
    }
}

extension WallClock {
    /// 09:35 of the day of the examples, in a place where it is as late as in UTC.
    static let example = WallClock {
        1_769_852_100
    } offset: { _ in
        0
    }
}

extension Style {
    /// As in a file, or on a terminal of so many columns.
    static func plain(_ columns: Int? = nil, isASCII: Bool = false) -> Style {
        Style(colours: false, columns: columns, isASCII: isASCII, clock: .example, isTerminal: columns != nil)
    }
}
