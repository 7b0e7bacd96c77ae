import Hummingbird
import Logging
import NIOCore

/// What a request carries along: its connection, and who is at the other end of it.
struct ControlContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel
    /// nil if the kernel does not say.
    var caller: Caller?

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }
}
