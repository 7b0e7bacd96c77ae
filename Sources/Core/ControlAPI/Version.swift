import ProgramKit

/// The version of the programs of this package; ptrd reports it in ``Status``, `ptrctl version` prints it.
public enum Version {
    /// The current version, in the notation of Semantic Versioning.
    public static let current = ProgramKit.Version.current
}
