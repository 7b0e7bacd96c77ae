import Locking
import Testing

@Suite("A one-shot value", .timeLimit(.minutes(1)))
struct OneShotTests {
    @Test("only the first value counts, whether it is waited for before or after")
    func first() async {
        let value = OneShot<Int>()
        let waiting = Task { await value.value }
        #expect(value.resolve(1))
        #expect(!value.resolve(2))
        #expect(await waiting.value == 1)
        #expect(await value.value == 1)
    }

    @Test("a cancelled task waits on until there is a value")
    func cancelled() async {
        let value = OneShot<Int>()
        let waiting = Task { await value.value }
        waiting.cancel()
        value.resolve(1)
        #expect(await waiting.value == 1)
    }
}
