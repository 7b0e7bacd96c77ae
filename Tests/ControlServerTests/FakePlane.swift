import ControlAPI
import ControlServer

/// A daemon that answers from a script, and tells the test when it is asked.
actor FakePlane: ControlPlane {
    /// What the plane was asked to do, in order.
    private(set) var asked: [String] = []
    private let slow: Gate?

    /// - Parameter slow: If given, `status` waits for it to be opened.
    init(slow: Gate? = nil) {
        self.slow = slow
    }

    func status() async -> Status {
        asked.append("status")
        await slow?.pass()
        return Self.status
    }

    func scale(_ request: ScaleRequest) async throws(ControlFailure) -> ScaleResponse {
        asked.append("\(request)")
        switch request {
        case .target(let target) where (1...8).contains(target):
            return ScaleResponse(mode: .manual, target: target, previousTarget: 1, directSupervisors: 1, min: 1, max: 8)
        case .target(let target):
            throw ControlFailure(
                .precondition, "\(target) direct supervisors are not within min 1 and max 8",
                hint: "set max in [scaling]")
        case .auto:
            return ScaleResponse(mode: .auto, target: 1, previousTarget: 1, directSupervisors: 1, min: 1, max: 8)
        }
    }

    func crash(_ request: CrashRequest) async throws(ControlFailure) -> CrashResponse {
        asked.append("\(request)")
        guard request.id != "worker.9.9" else {
            throw ControlFailure(.notFound, "there is no worker.9.9")
        }
        return CrashResponse(
            target: request.target, id: request.id ?? "worker.1.1", incarnationBefore: 1, incarnationAfter: 2,
            busy: true,
            sequence: 17, replacedInMicroseconds: 85)
    }

    static let status = Status(
        state: .running, version: "1.2.3", pid: 42, uptimeSeconds: 1.5,
        streams: [Status.Stream(name: "tweets-1", url: "http://127.0.0.1:4000/tweets/1", state: .open)],
        messages: Status.Messages(
            received: 10, inFlight: 3, processed: 4, killed: 2, deadLettered: 1, retried: 5, ratePerSecond: 12.3),
        workers: Status.Workers(total: 8, busy: 3, restarts: 2), directSupervisors: 1,
        scaling: Status.Scaling(mode: .auto, target: 1, min: 1, max: 64, reason: "withinTolerance"),
        latency: Status.Latency())
}

/// Holds whoever comes until it is opened, and says when someone has come.
actor Gate {
    private var isOpen = false
    private var waiting: [CheckedContinuation<Void, Never>] = []
    private var arrived = 0
    private var expecting: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []

    func pass() async {
        arrived += 1
        for (count, continuation) in expecting where count == arrived { continuation.resume() }
        guard !isOpen else { return }
        await withCheckedContinuation { waiting.append($0) }
    }

    func open() {
        isOpen = true
        for continuation in waiting { continuation.resume() }
        waiting = []
    }

    func arrivals(_ count: Int) async {
        guard arrived < count else { return }
        await withCheckedContinuation { expecting.append((count, $0)) }
    }
}
