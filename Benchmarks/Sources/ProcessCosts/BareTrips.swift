import Glibc

/// Round trips by a thread that writes and reads the pipes itself and does nothing else: the bound.
enum BareTrips {
    /// Trips a second.
    static func rate(_ echo: Echo, trips: Int, inHand: Int) -> Double {
        var (input, output): ([Int32], [Int32]) = ([0, 0], [0, 0])
        guard pipe(&input) == 0, pipe(&output) == 0 else { fatalError("no pipe") }
        for end in [input[1], output[0]] { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, input[0], 0)
        posix_spawn_file_actions_adddup2(&actions, output[1], 1)
        // In a session of its own, as the launcher's: many systems schedule by sessions.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        posix_spawnattr_setflags(&attributes, 0x80)
        var arguments: [UnsafeMutablePointer<CChar>?] = echo.command.map { strdup($0) } + [nil]
        // As the launcher's: with Python's variables a line would be two writes.
        var environment: [UnsafeMutablePointer<CChar>?] = [nil]
        var pid = pid_t()
        guard posix_spawn(&pid, echo.command[0], &actions, &attributes, &arguments, &environment) == 0 else {
            fatalError("\(echo.command[0]) does not start")
        }
        close(input[0])
        close(output[1])
        let frames = Frames.bytes(inHand)
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        func send(_ count: Int) {
            guard count > 0 else { return }
            guard Glibc.write(input[1], frames, count * Frames.size) > 0 else { fatalError("it reads no more") }
        }
        func receive() -> Int {
            let count = Glibc.read(output[0], &buffer, buffer.count)
            guard count > 0 else { fatalError("it answers no more") }
            return Frames.ends(in: buffer[..<count])
        }
        // The first shows that it is there.
        send(1)
        while receive() == 0 {}
        let begin = ContinuousClock.now
        send(inHand)
        var (sent, received) = (inHand, 0)
        while received < trips {
            let count = receive()
            received += count
            let next = min(count, trips - sent, inHand)
            send(next)
            sent += next
        }
        let seconds = (ContinuousClock.now - begin) / .seconds(1)
        close(input[1])
        close(output[0])
        waitpid(pid, nil, 0)
        return Double(trips) / seconds
    }
}
