public import ControlAPI
import ProgramKit

// What the brokers of sources have.
extension ApplicationControl {
    /// It asks the broker, and so may take some seconds.
    ///
    /// - Throws: ``ErrorCode/notFound`` for a source that is not there.
    public func checkSource(_ request: SourceCheckRequest) async throws(ControlFailure) -> SourceCheck {
        if let check = await host.checkSource(request.source) { return check }
        let names = host.sources
        throw ControlFailure(
            .notFound, "there is no source \(quoted(request.source))",
            hint: names.isEmpty ? "no [source.NAME] is configured" : "the sources are \(names.joined(separator: ", "))")
    }
}
