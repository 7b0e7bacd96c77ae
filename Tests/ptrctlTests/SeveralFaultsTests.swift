import ControlAPI
import Testing

@testable import ptrctl

@Suite("A refusal with several faults")
struct SeveralFaultsTests {
    @Test("has each of them in a line of its own, and nothing in it steers the terminal")
    func lines() async throws {
        let refusal = ControlFailure(.precondition, "a.toml:1: one\u{1B}[2J\na.toml:2: two", hint: "nothing is changed")
        try await withDaemon(FixedPlane(refusal: refusal)) { socket in
            let outcome = await ptrctl(["scale", "7", "--socket", socket])
            #expect(outcome.status == 6)
            #expect(
                outcome.err == """
                    ptrctl: a.toml:1: one\u{FFFD}[2J
                            a.toml:2: two
                            nothing is changed
                    """)
        }
    }
}
