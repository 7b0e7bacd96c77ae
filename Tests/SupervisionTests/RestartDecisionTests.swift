import Testing

@testable import Supervision

@Suite("Restart decision")
struct RestartDecisionTests {
    @Test(
        "what becomes of a child is OTP's table of restart type and reason",
        arguments: [
            (RestartType.permanent, ExitReason.normal, RestartDecision.restart),
            (.permanent, .shutdown, .restart),
            (.permanent, .crash, .restart),
            (.transient, .normal, .keep),
            (.transient, .shutdown, .keep),
            (.transient, .crash, .restart),
            (.temporary, .normal, .remove),
            (.temporary, .shutdown, .remove),
            (.temporary, .crash, .remove),
        ])
    func table(restart: RestartType, reason: ExitReason, decision: RestartDecision) {
        #expect(RestartDecision(restart, reason) == decision)
    }
}
