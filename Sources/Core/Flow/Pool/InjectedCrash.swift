import ProgramKit

/// What a part of the tree ends with that an operator lets crash.
package struct InjectedCrash: Error, CustomStringConvertible {
    /// What the worker had in hand that it was meant for.
    package var message: MessageInHand?
    /// The signal that the worker's process was sent; nil: the crash was only said.
    package var signal: Int32?

    package init(message: MessageInHand? = nil, signal: Int32? = nil) {
        self.message = message
        self.signal = signal
    }

    package var description: String { "injected crash" + (signal.map { ": \(SignalName.of($0))" } ?? "") }
}
