import CWriting
import Glibc

/// A thread of the operating system, for work that may block and so has no place on the cooperative pool.
public enum OSThread {
    private final class Body: Sendable {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Starts a detached thread. Whoever needs to know its end lets the last line of `run` tell.
    ///
    /// - Parameters:
    ///   - name: What `ps -L` shows; the kernel keeps 15 bytes.
    ///   - run: The thread's body, kept alive until it returns.
    /// - Throws: ``WriterError/threadUnavailable(errno:)`` when the system has no thread to give (`TasksMax=`, memory).
    public static func start(name: String, run: @escaping @Sendable () -> Void) throws(WriterError) {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        let body = Unmanaged.passRetained(
            Body {
                cwriting_name_thread(name)
                run()
            })
        var thread = pthread_t()
        let failure = pthread_create(
            &thread, &attributes,
            { argument in
                argument.map { Unmanaged<Body>.fromOpaque($0).takeRetainedValue().run() }
                return nil
            }, body.toOpaque())
        guard failure == 0 else {
            body.release()
            throw .threadUnavailable(errno: failure)
        }
    }
}
