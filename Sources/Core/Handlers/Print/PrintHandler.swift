public import Pipeline

/// Prints each message as one line.
///
/// A message is done only when its line has been handed over to where it goes. A slow sink therefore slows the pool,
/// and through it the streams; it never loses a line.
public struct PrintHandler: MessageHandler {
    private let output: any PrintOutput
    private let format: LineFormat
    private let work: SimulatedWork?
    private let watch: FormatWatch?

    /// - Parameters:
    ///   - format: what of the message makes the line; default: its data as it came.
    ///   - watch: sees whether the format finds anything.
    ///   - work: time to spend before printing, for demonstrations and tests of load.
    public init(
        to output: any PrintOutput, format: LineFormat = .rawData, watch: FormatWatch? = nil, work: SimulatedWork? = nil
    ) {
        self.output = output
        self.format = format
        self.watch = watch
        self.work = work
    }

    /// Prints the message's line, after the simulated work if there is any.
    ///
    /// - Returns: `done` once the output has taken the line; `failed` when it could not be printed.
    /// - Throws: `CancellationError`, when the worker was told to stop before that; ``HandoverTooLate``.
    public func handle(_ message: Message, in context: HandlerContext) async throws -> Outcome {
        // The work comes first, so that a worker that is told to stop during it has printed nothing yet.
        if let work { try await work.perform() }
        var (line, renderer, findings) = ([UInt8](), LineRenderer(format), FormatFindings(format))
        renderer.append(message, to: &line, &findings)
        watch?.note(findings) { _ in message.event.data }
        guard context.beginsHandover() else { throw HandoverTooLate() }
        do {
            try await output.print(line, of: message, by: context.worker)
            return .done
        } catch let error as CancellationError {
            throw error
        } catch {
            return .failed("the line could not be printed: \(error)")
        }
    }
}

/// Where printed lines go.
public protocol PrintOutput: Sendable {
    /// Hands over a line, without its line end; returns when it has been taken.
    func print(_ line: [UInt8], of message: Message, by worker: String) async throws
}
