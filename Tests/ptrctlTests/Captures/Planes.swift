import ControlAPI

/// The daemons whose pictures are kept.
extension FixedPlane {
    /// All is well, and nothing has a long name.
    static var well: FixedPlane {
        var plane = FixedPlane()
        plane.answer = .example(
            streams: [
                .init(
                    name: "tweets-1", url: "http://127.0.0.1:4000/tweets/1", state: .open, events: 12_345,
                    bytes: 1_258_291, lastEventID: "9981"),
                .init(
                    name: "wikimedia", url: "https://stream.example.org/v2/stream/recentchange", state: .open,
                    events: 88_123, bytes: 92_358_291, reconnects: 2,
                    lastEventID: #"[{"topic":"eqiad.mediawiki.recentchange","partition":0,"timestamp":1769852100}]"#),
            ])
        plane.theTree = .large(busy: 3)
        plane.taps = [.record(.example(1)), .record(.received)]
        plane.reloaded = ReloadResponse(
            changed: [.init(key: "scaling.max", before: "64", after: "32")],
            needsRestart: [.init(key: "metrics.listen", before: "127.0.0.1:9464", after: "127.0.0.1:9465")])
        return plane
    }

    /// The workers are processes, of which one could not be started and one has been ended by a fault.
    static var processes: FixedPlane {
        var plane = FixedPlane.well
        plane.areProcesses = true
        plane.workerStates = [.busy, .idle, .starting, .backingOff]
        plane.inHand = 8
        plane.crashes = [
            Crash(
                id: 19, time: "2026-01-31T09:30:00.123456Z", child: "worker.1.2", supervisor: "direct_supervisor.1",
                incarnation: 14, reason: "it was ended by SIGSEGV", cause: .own, charged: true, action: .restarted,
                replacement: 15, replacedInMicroseconds: 2_150,
                budget: RestartBudget(restarts: 100, withinSeconds: 1, left: 99), pid: 4711, signal: "SEGV",
                dumpedCore: true,
                stderr: ["Fatal Python error: Segmentation fault", "  File \"/srv/score.py\", line 12 in score"])
        ]
        plane.theTree = .processes
        return plane
    }

    /// Every stream is down, and names and reasons are long.
    static var down: FixedPlane {
        var plane = FixedPlane()
        let names = [
            "orders-of-the-warehouse-in-frankfurt-am-main-production", "気象庁-地震速報-リアルタイム配信", "slow",
        ]
        let errors = [
            "cannot connect to feed.warehouse.frankfurt.example:443: connection refused (errno 111)",
            "the server answered 503 Service Unavailable", "connection refused",
        ]
        let streams = zip(names, errors).enumerated().map { index, stream in
            Status.Stream(
                name: stream.0,
                url: "https://feed.warehouse.frankfurt.example/v2/streams/\(index)/events?since=yesterday",
                state: .waiting, events: 1_234, bytes: 5_678_901, reconnects: 12,
                lastEventID: "01J9Z8Y7X6W5V4U3T2S1R0Q9P8-01J9Z8Y7X6W5V4U3T2S1R0Q9P8", error: stream.1,
                downForSeconds: 70.4, attempts: 6, nextAttemptInSeconds: 11.2)
        }
        let problems = zip(names, errors).map { name, error in
            Problem(
                kind: .streamDown, subject: name, since: "2026-01-31T09:33:50.000000Z",
                text: "down 1m10s, try 6, next in 12 s: \(error)")
        }
        plane.answer = Status(
            state: .degraded, problems: problems, needsRestart: ["metrics.listen", "control.socket"], version: "1.2.3",
            pid: 4242, uptimeSeconds: 266_400, streams: streams,
            messages: .init(
                received: 0, inFlight: 0, processed: 0, killed: 0, deadLettered: 0, retried: 0, ratePerSecond: 0),
            workers: .init(total: 8, busy: 0, restarts: 0), directSupervisors: 1,
            scaling: .init(
                mode: .auto, target: 8, min: 1, max: 64,
                reason: "heldByWindow: stays at 8: the hold window remembers more load"),
            latency: .init())
        plane.theTree = .large(busy: 0)
        plane.decided = [
            Decision(
                time: "2026-01-30T23:59:00.123456Z", repeated: 240, from: 8, to: 8, raw: 1, reason: "heldByWindow",
                mean: 3, inFlight: 2, heldForSeconds: 12.5, text: "stays at 8: the hold window remembers more load"),
            Decision(
                time: "2026-01-31T09:31:00.000000Z", repeated: 1, from: 8, to: 16, raw: 24, reason: "limitedByRate",
                mean: 190.25, inFlight: 212,
                text: "scaled up from 8 to 16, at most doubling at once: 212 in flight (mean 190.3) ask for 24"),
        ]
        let long = TapRecord(
            time: "2026-01-31T09:30:00.123456Z", stage: .failed, sequence: 1_234_567, stream: names[0],
            eventID: "01J9Z8Y7X6W5V4U3T2S1R0Q9P8-01J9Z8Y7X6W5V4U3T2S1R0Q9P8", type: "message", attempt: 2,
            worker: "worker.12.7", reason: "the database has refused the record of customer 4711", milliseconds: 12.5,
            data: String(repeating: #"{"text":"日本語とemoji 🙂 in one line"}"#, count: 5), bytes: 300)
        plane.taps = [.record(long), .record(.received)]
        plane.letters = [
            DeadLetterSummary(
                id: 12, stream: names[0], eventID: "01J9Z8Y7X6W5V4U3T2S1R0Q9P8", type: "message",
                time: "2026-01-30T09:30:00.123Z", reason: "the database has refused the record of customer 4711",
                attempts: 3, worker: "worker.1.2", incarnation: 14, sequence: 99, bytes: 2_048,
                preview: #"{"text":"日本語とemoji 🙂 in one line, and more of it"}"#),
            .example,
        ]
        plane.crashes = [
            .example(),
            Crash(
                id: 18, time: "2026-01-30T09:30:00.123456Z", child: "stream.\(names[0])",
                supervisor: "stream_supervisor",
                incarnation: 3, reason: errors[0], cause: .killMessage, charged: true, action: .gaveUp),
        ]
        plane.reloaded = ReloadResponse(
            changed: [], needsRestart: [.init(key: "metrics.listen", before: "127.0.0.1:9464", after: "127.0.0.1:9465")]
        )
        return plane
    }
}

extension Tree {
    /// A direct supervisor whose workers are processes.
    static var processes: Tree {
        let states: [TreeNode.State] = [.busy, .idle, .starting, .backingOff]
        let workers = states.enumerated().map { index, state in
            let pid = state == .backingOff ? nil : 4711 + index
            return TreeNode(
                id: "worker.1.\(index + 1)", kind: .worker, state: state, incarnation: 100, restarts: index,
                holds: state == .busy ? .example : nil, inHand: state == .busy ? 8 : nil, pid: pid,
                residentBytes: pid.map { _ in 9_400_320 }, cpuSeconds: pid.map { _ in 1.25 },
                ageSeconds: pid.map { _ in 184.5 })
        }
        return Tree(
            uptimeSeconds: 266_400,
            root: TreeNode(
                id: "main_supervisor", kind: .supervisor, state: .running, incarnation: 3, restarts: 1,
                strategy: "one_for_one", budget: RestartBudget(restarts: 20, withinSeconds: 10, left: 20),
                children: [
                    TreeNode(
                        id: "direct_supervisor.1", kind: .supervisor, state: .running, incarnation: 4, restarts: 0,
                        strategy: "one_for_one", budget: RestartBudget(restarts: 100, withinSeconds: 1, left: 99),
                        children: workers)
                ]))
    }

    /// 29 direct supervisors with eight workers each, of which some are busy.
    static func large(busy: Int) -> Tree {
        let pools = (1...29).map { pool in
            TreeNode(
                id: "direct_supervisor.\(pool)", kind: .supervisor, state: .running, incarnation: UInt64(pool),
                restarts: 0,
                strategy: "one_for_one", budget: RestartBudget(restarts: 100, withinSeconds: 1, left: 100),
                children: (1...8).map { worker in
                    let isBusy = pool <= busy && worker == 3
                    return TreeNode(
                        id: "worker.\(pool).\(worker)", kind: .worker, state: isBusy ? .busy : .idle,
                        incarnation: 100, restarts: 0, holds: isBusy ? .example : nil)
                })
        }
        return Tree(
            uptimeSeconds: 266_400,
            root: TreeNode(
                id: "application_supervisor", kind: .supervisor, state: .running, incarnation: 1, restarts: 0,
                strategy: "one_for_one", budget: RestartBudget(restarts: 5, withinSeconds: 60, left: 5),
                children: [
                    TreeNode(
                        id: "main_supervisor", kind: .supervisor, state: .running, incarnation: 3, restarts: 1,
                        strategy: "one_for_one", budget: RestartBudget(restarts: 20, withinSeconds: 10, left: 20),
                        children: pools),
                    TreeNode(id: "flow_manager", kind: .worker, state: .running, incarnation: 2, restarts: 0),
                    TreeNode(
                        id: "stream_supervisor", kind: .supervisor, state: .running, incarnation: 4, restarts: 0,
                        children: [
                            TreeNode(
                                id: "stream.tweets-1", kind: .worker, state: .running, incarnation: 9, restarts: 0,
                                note: "waiting")
                        ]),
                ]))
    }
}

extension TapRecord {
    static let received = TapRecord(
        time: "2026-01-31T09:30:01.000000Z", stage: .received, sequence: 18, stream: "tweets-1", eventID: "9982",
        type: "message", data: #"{"text":"short"}"#, bytes: 16)
}
