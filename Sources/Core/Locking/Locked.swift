public import CLocking
public import Synchronization

/// A value behind a lock: `Synchronization.Mutex`, in a form that ThreadSanitizer understands.
///
/// On Linux a contended `Mutex` changes hands in the kernel, where the sanitizer does not see it: it then reports races on
/// what the lock protects. Here it is told. Without the sanitizer this is the mutex and a branch that is never taken.
public struct Locked<Value: ~Copyable>: ~Copyable, Sendable {
    @usableFromInline let mutex: Mutex<Value>
    /// An address for the sanitizer to attach its knowledge to. Never read or written, so it is safe to share.
    @usableFromInline nonisolated(unsafe) let token: UnsafeMutableRawPointer?

    /// Puts a value behind a lock of its own.
    @inlinable public init(_ value: consuming sending Value) {
        mutex = Mutex(value)
        token = ptr_lock_is_annotated() ? UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1) : nil
    }

    @inlinable deinit { token?.deallocate() }

    /// Calls `body` with the value while no one else has it. Must not be called within itself.
    @inlinable public borrowing func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        try mutex.withLock { value throws(Failure) -> sending Result in
            if let token { ptr_lock_acquired(token) }
            defer { if let token { ptr_lock_releasing(token) } }
            return try body(&value)
        }
    }
}
