/// The version of the programs of this package; ptrd reports it in its status.
public enum Version {
    /// The current version, in the notation of Semantic Versioning.
    public static let current = "0.2.0"
}
