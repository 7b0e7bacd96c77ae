import CLaunching
import Glibc
import ProgramKit

/// Why no process was started. Nothing of it is left.
public struct LaunchError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What failed.
    public enum Step: Sendable, Hashable {
        /// The launcher is closed.
        case closed
        /// The specification makes no sense.
        case specification
        /// To make its pipes.
        case pipes
        /// To make a process.
        case process
        /// To tie its life to ours.
        case parent
        /// To give it a session of its own.
        case session
        /// To join its cgroup.
        case cgroup
        /// To give it its descriptors.
        case descriptors
        /// To limit it.
        case limit(ResourceLimits.Name)
        /// To go to its working directory.
        case workingDirectory
        /// To deny it what it may not read.
        case landlock
        /// To execute its program.
        case execute
    }

    /// What failed.
    public var step: Step
    /// The system's error; 0: it was not the system's.
    public var errno: Int32
    /// What is wrong, and what mends it.
    public var description: String

    init(_ step: Step, errno: Int32 = 0, _ description: String) {
        self.step = step
        self.errno = errno
        self.description = description
    }

    /// Whether the machine has no more to give (processes, descriptors, memory), which may be otherwise soon.
    public var isShortage: Bool {
        switch step {
        case .pipes, .process: true
        default: [EMFILE, ENFILE, ENOMEM, EAGAIN, ETXTBSY].contains(errno)
        }
    }

    static let closed = LaunchError(.closed, "the launcher is closed: ptrd is on its way out")

    static func pipes(errno: Int32) -> LaunchError {
        LaunchError(
            .pipes, errno: errno,
            "no pipe can be made for a process: \(systemMessage(errno)); a higher LimitNOFILE= in the unit helps if that says \"too many open files\""
        )
    }

    static func landlock(errno: Int32, _ path: String) -> LaunchError {
        LaunchError(
            .landlock, errno: errno, "\(path) cannot be denied to a process by Landlock: \(systemMessage(errno))")
    }

    /// Of a child whose set-up has failed.
    static func setup(_ child: claunching_child, of specification: LaunchSpecification) -> LaunchError {
        let (error, program) = (child.error, specification.command[0])
        let words = systemMessage(error)
        switch claunching_step(UInt32(child.step)) {
        case CLAUNCHING_PARENT:
            return LaunchError(.parent, errno: error, "a process cannot be tied to the life of ptrd: \(words)")
        case CLAUNCHING_SESSION:
            return LaunchError(.session, errno: error, "a process gets no session of its own: \(words)")
        case CLAUNCHING_CGROUP:
            return LaunchError(
                .cgroup, errno: error,
                "a process cannot join the cgroup \(specification.cgroup ?? ""): \(words); is Delegate= set in the unit?"
            )
        case CLAUNCHING_DESCRIPTORS:
            return LaunchError(.descriptors, errno: error, "a process cannot be given its pipes: \(words)")
        case CLAUNCHING_LIMIT:
            return limit(specification.limits.set[Int(child.limit)], errno: error)
        case CLAUNCHING_DIRECTORY:
            return LaunchError(
                .workingDirectory, errno: error,
                "\(program) cannot work in \(specification.workingDirectory ?? "."): \(words); make that directory, or name another one as working_directory"
            )
        case CLAUNCHING_LANDLOCK:
            return LaunchError(.landlock, errno: error, "Landlock does not hold a process: \(words)")
        case CLAUNCHING_EXECUTE:
            // The kernel has one error for many causes: a script whose interpreter is missing is "no such file", too.
            let problem = CommandProof.problems(
                of: specification.command, path: specification.environment["PATH"]
            ).first
            return LaunchError(.execute, errno: error, problem ?? "\(program) cannot be executed: \(words)")
        default:
            return LaunchError(
                .process, errno: error,
                "no process can be made for \(program): \(words); TasksMax= of the unit or the memory of the machine is used up"
            )
        }
    }

    private static func limit(
        _ limit: (name: ResourceLimits.Name, resource: Int32, value: UInt64), errno: Int32
    ) -> LaunchError {
        var ours = rlimit()
        getrlimit(__rlimit_resource_t(UInt32(limit.resource)), &ours)
        let key = "limits.\(limit.name.rawValue)"
        let text =
            errno == EPERM && limit.value > ours.rlim_max
            ? "\(key) = \(limit.value) is more than ptrd may have itself, \(ours.rlim_max): lower it, or raise \(limit.name.unitSetting)= in the unit"
            : "\(key) = \(limit.value) cannot be set: \(systemMessage(errno))"
        return LaunchError(.limit(limit.name), errno: errno, text)
    }
}

extension ResourceLimits.Name {
    fileprivate var unitSetting: String {
        switch self {
        case .openFiles: "LimitNOFILE"
        case .data: "LimitDATA"
        case .cpu: "LimitCPU"
        case .core: "LimitCORE"
        case .processes: "LimitNPROC"
        }
    }
}
