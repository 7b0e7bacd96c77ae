public import Glibc

/// What tells a file from another that has, or had, the same path.
public struct FileIdentity: Hashable, Sendable {
    private let device: UInt64
    private let inode: UInt64

    /// The file with these numbers.
    public init(device: UInt64, inode: UInt64) { (self.device, self.inode) = (device, inode) }

    /// The file that a status is of.
    public init(_ status: stat) { self.init(device: UInt64(status.st_dev), inode: UInt64(status.st_ino)) }

    /// The file that is at a path; nil, and `errno`, if it cannot be found out.
    ///
    /// - Parameter followsLinks: whether what a symbolic link leads to is meant, and not the link.
    public init?(path: String, followsLinks: Bool = false) {
        var status = stat()
        guard (followsLinks ? stat(path, &status) : lstat(path, &status)) == 0 else { return nil }
        self.init(status)
    }

    /// The file that a descriptor is of; nil if there is no such descriptor.
    public init?(descriptor: CInt) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }
}
