import CArguments

/// What the process was started with, from where it cannot be lost: Swift reads it from /proc, which a chroot may not have, and
/// a command whose options are gone is another command.
public enum ProgramArguments {
    /// The arguments without the program's name; nil if the process has been given none at all, not even its name. (Since Linux
    /// 5.18 a program that is started so gets an empty name.)
    public static var current: [String]? {
        let all = (0..<carguments_count()).map { carguments_at($0).map { String(cString: $0) } ?? "" }
        guard let name = all.first, !name.isEmpty else { return nil }
        return Array(all.dropFirst())
    }
}
