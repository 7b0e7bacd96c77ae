import Dispatch
import Locking
import Testing

@testable import Systemd

@Suite("The last resort")
struct LastResortTests {
    @Test("ends it when the earliest limit is over, and names what is waited for then")
    func ends() async throws {
        let resort = LastResort()
        let ended = OneShot<[String]>()
        try resort.start(kill: {}) { ended.resolve($0) }
        let tree = resort.begin("the tree")
        _ = resort.begin("the state's database")
        resort.finish(tree)
        resort.arm(within: .seconds(3600))
        resort.arm(within: .milliseconds(1))
        resort.arm(within: .seconds(60))
        #expect(await ended.value == ["the state's database"])
    }

    @Test("ends without a word what does not end even then")
    func silence() async throws {
        let resort = LastResort()
        let (gate, killed) = (DispatchSemaphore(value: 0), OneShot<Bool>())
        try resort.start(grace: .milliseconds(1)) {
            killed.resolve(true)
        } end: { _ in
            gate.wait()
        }
        resort.arm(within: .milliseconds(1))
        #expect(await killed.value)
        gate.signal()
    }

    @Test("who did not run while the time went by gets it anew, once")
    func frozen() {
        let resort = LastResort(now: { .seconds(100) })
        resort.arm(within: .zero)
        #expect(!resort.excuses(overslept: .milliseconds(900)))
        #expect(resort.excuses(overslept: .seconds(60)))
        #expect(!resort.excuses(overslept: .seconds(60)))
    }
}
