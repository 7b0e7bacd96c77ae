import ControlAPI
import Pipeline

/// Carries out what is asked of the tree; what goes wrong with it becomes a refusal.
func attempt<Answer>(_ body: () async throws -> Answer) async -> Result<Answer, ControlFailure> {
    do {
        return .success(try await body())
    } catch {
        return .failure(ControlFailure(error))
    }
}

extension ControlFailure {
    /// What the API says to an error of the tree.
    fileprivate init(_ error: any Error) {
        switch error {
        case StreamCommandError.unknown(let name, let known), PositionError.unknown(let name, let known):
            self.init(.notFound, "there is no stream \(quoted(name))", hint: listing(known))
        case StreamCommandError.stopping:
            self.init(.unavailable, "\(error)", hint: "what was received is being finished")
        case PositionError.unusable:
            self.init(.precondition, "\(error)")
        case CrashInjectionError.notFound:
            self.init(.notFound, "\(error)", hint: "ptrctl tree shows what there is")
        case CrashInjectionError.noProcess:
            self.init(
                .precondition, "\(error)",
                hint: "a signal is for workers that are processes; ptrctl workers shows their pids")
        case is ScaleOutOfBounds:
            self.init(.precondition, "\(error)", hint: "ask for a number in between, or change [scaling] and reload")
        case is PositionError, is CrashInjectionError, is ReplayError:
            self.init(.unavailable, "\(error)")
        case is CancellationError:
            self.init(.unavailable, "the request was given up; what was done until then is")
        default:
            // All else that the tree throws comes from the store, which only dead letters are asked of.
            self.init(.unavailable, "the stored dead letters cannot be read or changed: \(error)")
        }
    }
}

extension ControlQuestion {
    /// Who asks the plane in Swift can say what no query may, and is held to the same rules.
    ///
    /// - Throws: ``ErrorCode/badRequest``, which names the parameter at fault.
    func check() throws(ControlFailure) {
        var query = Query(query)
        _ = try Self(identifier: identifier, query: &query)
    }
}

/// Text from outside as a part of a sentence: in quotes, on one line, and not longer than one.
func quoted(_ text: String) -> String {
    "\"\(text.oneLine(64))\(text.unicodeScalars.count > 64 ? "…" : "")\""
}
