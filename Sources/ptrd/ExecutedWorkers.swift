import Glibc
import Handlers
import Launching
import Logging
import Pipeline
import ProgramKit
import PtrConfiguration
import Supervision

/// The `exec` handler as the daemon has it.
enum ExecutedWorkers {
    /// Makes the handler of some settings.
    ///
    /// - Parameters:
    ///   - state: the state directory, of which workers see nothing but where they work.
    ///   - runtime: that of the tree.
    /// - Throws: why there can be no worker at all.
    static func handler(
        _ settings: ExecSettings, state: String, runtime: SupervisionRuntime, logger: Logger
    ) throws -> ExecHandler {
        if settings.workingDirectory.hasPrefix(state + "/") { _ = mkdir(settings.workingDirectory, 0o700) }
        let cgroups = claimCgroups(settings, logger)
        return try ExecHandler(
            options(
                settings, denied: denied(state, workingIn: settings.workingDirectory),
                limitsMemory: cgroups?.controllers.contains("memory") ?? false),
            cgroups: cgroups, runtime: runtime,
            wallTime: { UTCTime.microsecondsSince1970() - Int64((runtime.now - $0) / .microseconds(1)) },
            logger: logger)
    }

    private static func options(_ settings: ExecSettings, denied: [String], limitsMemory: Bool) -> Handlers.ExecOptions
    {
        let limits = settings.limits
        var data = limits.data
        // What a cgroup would limit for the whole worker, as far as one process can be.
        if let memoryMax = settings.memoryMax, !limitsMemory { data = min(data ?? memoryMax, memoryMax) }
        var options = Handlers.ExecOptions(
            LaunchSpecification(
                command: settings.command, environment: settings.environment,
                workingDirectory: settings.workingDirectory, umask: settings.umask,
                limits: ResourceLimits(
                    openFiles: UInt64(limits.openFiles), data: data.map(UInt64.init),
                    cpu: limits.cpuSeconds.map(UInt64.init), core: UInt64(limits.core),
                    processes: limits.processes.map(UInt64.init)),
                hasReplyDescriptor: settings.replyDescriptor == 3,
                deniedPaths: Landlock.isAvailable ? denied : []))
        options.mode = settings.mode == .oneshot ? .oneshot : .resident
        options.framing = settings.framing == .length ? .length : .lines
        options.waitsForReady = settings.ready == .line
        options.startTimeout = settings.startTimeout
        options.demand = Demand(
            batch: settings.batch.max, batchBytes: settings.batch.maxBytes, within: settings.batch.within,
            prefetch: settings.prefetch, timeout: settings.batch.timeout)
        options.maxAnswerBytes = settings.maxAnswerBytes
        options.heartbeat = settings.heartbeat
        options.maxTime = settings.maxTime
        options.stopGrace = settings.stopGrace
        options.recycleMessages = settings.recycleMessages
        options.recycleAfter = settings.recycleAfter
        options.memoryMax = limitsMemory ? settings.memoryMax : nil
        options.longestErrorLine = settings.stderrMaxLine
        options.errorLinesPerSecond = settings.stderrRate
        return options
    }

    /// Where each worker gets a cgroup; nil where the unit has none to give.
    private static func claimCgroups(_ settings: ExecSettings, _ logger: Logger) -> CgroupTree? {
        do throws(CgroupTree.Unavailable) {
            let tree = try CgroupTree.claim()
            if settings.memoryMax == nil || tree.controllers.contains("memory") { return tree }
            logger.warning(
                """
                handler.exec.memory_max limits only the data of each process: \(tree.path) has no memory controller; \
                Delegate=memory pids cpu in the unit asks for it
                """)
            return tree
        } catch {
            if settings.memoryMax != nil {
                logger.warning("handler.exec.memory_max limits only the data of each process: \(error)")
            } else {
                logger.debug("workers have no cgroups of their own: \(error)")
            }
            return nil
        }
    }

    /// What no worker is to read: the credentials, and the state but for where it works.
    ///
    /// To deny something costs what lies above it: nothing can be made in those folders any more, and what others make there is
    /// not seen. So that is done only where the user could make nothing there in any case, as in /var/lib, and not in a home.
    static func denied(
        _ state: String, workingIn directory: String, credentials: String? = CredentialsDirectory.current.path,
        mayMakeFiles: (String) -> Bool = { access($0, W_OK) == 0 }
    ) -> [String] {
        func isCostly(_ folder: String) -> Bool {
            var parent = folder[...]
            while let slash = parent.lastIndex(of: "/") {
                parent = parent[..<slash]
                if mayMakeFiles(parent.isEmpty ? "/" : String(parent)) { return true }
            }
            return false
        }
        var denied = credentials.map { isCostly($0) ? [] : [$0] } ?? []
        guard directory != state, !isCostly(state) else { return denied }
        guard directory.hasPrefix(state + "/") else { return denied + [state] }
        for name in DirectoryEntries.of(state) ?? [] where !"\(directory)/".hasPrefix("\(state)/\(name)/") {
            denied.append("\(state)/\(name)")
        }
        return denied
    }
}

extension Configuration {
    /// What processes are given, with ptrd's own environment; nil: messages are not given to processes.
    var execSettings: ExecSettings? {
        execSettings { name in getenv(name).map { String(cString: $0) } }
    }
}
