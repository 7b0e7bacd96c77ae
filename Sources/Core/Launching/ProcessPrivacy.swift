import CLaunching

/// Keeps other processes of our user out of ours.
public enum ProcessPrivacy {
    /// From here on none of them may read our memory, our environment or our descriptors by `/proc`, or trace us; root may. What
    /// we start is not concerned: it begins anew with its program.
    ///
    /// It costs the core dump of a crash.
    public static func begin() {
        // It has one way to fail, another number than 0 and 1.
        _ = claunching_be_private()
    }
}
