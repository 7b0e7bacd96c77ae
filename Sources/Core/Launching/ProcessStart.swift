import CLaunching
import Dispatch
import Glibc
import Locking
import ProgramKit
import Writing

/// The thread that starts processes, one after another. They die with it.
final class ProcessStart: Sendable {
    private struct Job: Sendable {
        let specification: LaunchSpecification
        let observer: any ProcessObserver
        let answer: @Sendable (Result<LaunchedProcess, LaunchError>) -> Void
    }

    private struct State {
        var jobs: [Job] = []
        var isEnding = false
    }

    private let state = Locked(State())
    private let alarm = DispatchSemaphore(value: 0)
    private let watch: ProcessWatch

    /// Starts the thread.
    init(_ watch: ProcessWatch) throws(LaunchError) {
        self.watch = watch
        do {
            try OSThread.start(name: "launcher") { [self] in run() }
        } catch {
            throw LaunchError(.process, "no thread can be started to start processes: \(error)")
        }
    }

    /// Asks for a process.
    func add(
        _ specification: LaunchSpecification, _ observer: any ProcessObserver,
        _ answer: @escaping @Sendable (Result<LaunchedProcess, LaunchError>) -> Void
    ) {
        let isTaken = state.withLock { state in
            if !state.isEnding {
                state.jobs.append(Job(specification: specification, observer: observer, answer: answer))
            }
            return !state.isEnding
        }
        if isTaken { alarm.signal() } else { answer(.failure(.closed)) }
    }

    /// Lets the thread end, and with it all that it has started.
    func end() {
        let refused = state.withLock { state in
            state.isEnding = true
            defer { state.jobs = [] }
            return state.jobs
        }
        for job in refused { job.answer(.failure(.closed)) }
        alarm.signal()
    }

    private func run() {
        // Enough for what is done between clone and execve; the kernel adds pages as they are touched.
        let stack = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { stack.deallocate() }
        let denials = DenialCache()
        while true {
            alarm.wait()
            let (job, isEnding) = state.withLock { state in
                (state.jobs.isEmpty ? nil : state.jobs.removeFirst(), state.isEnding)
            }
            if let job {
                job.answer(Result { () throws(LaunchError) in try start(job, stack, denials) })
            } else if isEnding {
                // Only now can nothing more come that must be reaped.
                watch.endWhenEmpty()
                return
            }
        }
    }

    private func start(
        _ job: Job, _ stack: UnsafeMutableRawBufferPointer, _ denials: DenialCache
    ) throws(LaunchError) -> LaunchedProcess {
        let specification = job.specification
        try specification.check()
        let ruleset = try denials.ruleset(denying: specification.deniedPaths)
        var pipes = try ProcessPipes(hasReply: specification.hasReplyDescriptor)
        let group = try Self.openGroup(specification.cgroup)
        defer { if group >= 0 { close(group) } }
        let limits = specification.limits.set.map { limit in
            // SIGXCPU says what the matter was; SIGKILL at the same moment would not.
            claunching_limit(
                resource: limit.resource, soft: limit.value,
                hard: limit.name == .cpu ? limit.value.addingReportingOverflow(1).partialValue : limit.value)
        }
        var child = claunching_child()
        let theirs = pipes.theirs
        let isStarted = CStrings.withArray(specification.command) { arguments in
            CStrings.withArray(specification.environment.map { "\($0)=\($1)" }) { environment in
                CStrings.withOptional(specification.workingDirectory) { directory in
                    limits.withUnsafeBufferPointer { limits in
                        var plan = claunching_plan()
                        plan.arguments = arguments
                        plan.environment = environment
                        plan.directory = directory
                        plan.descriptors = (theirs[0], theirs[1], theirs[2], theirs.count > 3 ? theirs[3] : -1)
                        plan.descriptor_count = Int32(theirs.count)
                        plan.cgroup = group
                        plan.ruleset = ruleset?.descriptor ?? -1
                        plan.mask = specification.umask
                        plan.limits = limits.baseAddress
                        plan.limit_count = Int32(limits.count)
                        return claunching_start(&plan, stack.baseAddress, stack.count, &child)
                    }
                }
            }
        }
        guard isStarted else { throw .setup(child, of: specification) }
        let process = LaunchedProcess(child, pipes.takeOurs(), cgroup: specification.cgroup, watch: watch)
        watch.add(process, job.observer)
        return process
    }

    /// The `cgroup.procs` of a group, open; -1: none is wanted.
    private static func openGroup(_ path: String?) throws(LaunchError) -> Int32 {
        guard let path else { return -1 }
        let descriptor = open("\(path)/cgroup.procs", O_WRONLY | O_CLOEXEC)
        let higher = descriptor < 0 || descriptor > 3 ? descriptor : fcntl(descriptor, F_DUPFD_CLOEXEC, 4)
        let failure = errno
        if higher != descriptor { close(descriptor) }
        guard higher >= 0 else {
            throw LaunchError(
                .cgroup, errno: failure,
                "a process cannot join the cgroup \(path): \(systemMessage(failure)); is Delegate= set in the unit?")
        }
        return higher
    }
}

extension LaunchSpecification {
    /// Finds what no system call would make an error of.
    fileprivate func check() throws(LaunchError) {
        guard let program = command.first, program.hasPrefix("/") else {
            throw LaunchError(.specification, "a command begins with the absolute path of its program")
        }
        for text in command + environment.keys + environment.values + [workingDirectory ?? ""]
        where text.utf8.contains(0) {
            throw LaunchError(.specification, "a command and its environment hold no NUL byte: \"\(program)\"")
        }
        for name in environment.keys where name.isEmpty || name.utf8.contains(UInt8(ascii: "=")) {
            throw LaunchError(.specification, "\"\(name)\" is no name of an environment variable")
        }
    }
}
