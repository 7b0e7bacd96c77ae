import ProgramKit

/// Why a ``BoundedWriter`` did not do what it was asked.
public enum WriterError: Error, Equatable, CustomStringConvertible {
    /// The writer has been closed; nothing can be written any more.
    case closed
    /// The writer was closed, and its sink did not take this record in the time given. It may or may not be out.
    case abandoned
    /// The writer's thread lives already: one writer has one thread.
    case alreadyRunning
    /// The system gave no thread.
    case threadUnavailable(errno: Int32)
    /// The sink returned without having decided a single record, and without an error.
    case noProgress

    /// In words, for people.
    public var description: String {
        switch self {
        case .closed: "the writer is closed"
        case .abandoned: "the writer was closed before its sink took the record"
        case .alreadyRunning: "the writer's thread is already running; stop it before starting it again"
        case .threadUnavailable(let errno):
            "no thread for the writer: \(systemMessage(errno)); raise TasksMax= or free memory"
        case .noProgress: "the sink took no record of the batch and gave no reason"
        }
    }
}
