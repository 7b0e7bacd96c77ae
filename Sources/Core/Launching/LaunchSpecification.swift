import CLaunching
public import Glibc

/// What is to be started, and as what.
public struct LaunchSpecification: Sendable, Hashable {
    /// The program, by its absolute path, and its arguments. No shell reads it.
    public var command: [String]
    /// All of its environment; nothing of ours goes along.
    public var environment: [String: String]
    /// Where it works; nil: where we do.
    public var workingDirectory: String?
    /// What it may not give to the files that it makes.
    public var umask: mode_t
    /// What it may use.
    public var limits: ResourceLimits
    /// Whether descriptor 3 is a pipe to us, beside standard output.
    public var hasReplyDescriptor: Bool
    /// The directory of the cgroup that it joins; see ``CgroupTree``. All that is left in there is killed when it has ended.
    public var cgroup: String?
    /// Files and directories that it may neither read nor change, by ``Landlock``. Then it can gain no privileges, and signal
    /// and trace nobody but its own descendants. What is not there is left out.
    public var deniedPaths: [String]

    /// Describes a child.
    public init(
        command: [String], environment: [String: String] = [:], workingDirectory: String? = nil,
        umask: mode_t = 0o077, limits: ResourceLimits = ResourceLimits(), hasReplyDescriptor: Bool = false,
        cgroup: String? = nil, deniedPaths: [String] = []
    ) {
        self.command = command
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.umask = umask
        self.limits = limits
        self.hasReplyDescriptor = hasReplyDescriptor
        self.cgroup = cgroup
        self.deniedPaths = deniedPaths
    }
}

/// What a process may use, by setrlimit(2); nil: what we may.
public struct ResourceLimits: Sendable, Hashable {
    /// Which of them.
    public enum Name: String, Sendable, Hashable {
        /// Open descriptors.
        case openFiles = "open_files"
        /// Memory for data.
        case data
        /// Time on a processor.
        case cpu
        /// The size of a core dump.
        case core
        /// Processes and threads of its user, ours included.
        case processes
    }

    /// Open descriptors, its three or four included.
    public var openFiles: UInt64?
    /// Bytes of memory for data; not its address space, of which many programs reserve more than they ever use.
    public var data: UInt64?
    /// Seconds on a processor, then SIGXCPU, and a second later SIGKILL.
    public var cpu: UInt64?
    /// Bytes of a core dump; 0: none is written.
    public var core: UInt64?
    /// Processes and threads of its user, ours included.
    public var processes: UInt64?

    /// Limits what is given.
    public init(
        openFiles: UInt64? = nil, data: UInt64? = nil, cpu: UInt64? = nil, core: UInt64? = nil,
        processes: UInt64? = nil
    ) {
        self.openFiles = openFiles
        self.data = data
        self.cpu = cpu
        self.core = core
        self.processes = processes
    }

    /// What is limited: its name, its number for setrlimit(2), and the value.
    var set: [(name: Name, resource: Int32, value: UInt64)] {
        let all: [(Name, Int32, UInt64?)] = [
            (.openFiles, Int32(RLIMIT_NOFILE.rawValue), openFiles), (.data, Int32(RLIMIT_DATA.rawValue), data),
            (.cpu, Int32(RLIMIT_CPU.rawValue), cpu), (.core, Int32(RLIMIT_CORE.rawValue), core),
            (.processes, claunching_process_limit, processes),
        ]
        return all.compactMap { name, resource, value in value.map { (name, resource, $0) } }
    }
}
