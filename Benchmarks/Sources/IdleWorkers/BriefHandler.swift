import Pipeline

/// Takes a moment over each message, as one that waits for something does.
struct BriefHandler: MessageHandler {
    func handle(_ message: Message, in context: HandlerContext) async throws -> Outcome {
        try await Task.sleep(for: .milliseconds(1))
        return .done
    }
}
