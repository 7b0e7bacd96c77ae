public import NIOCore

public struct EventStreamEvent: Sendable, Hashable {
    public var type: ByteBuffer?
    public var data: ByteBuffer
    public var lastEventID: ByteBuffer
    public init(type: ByteBuffer? = nil, data: ByteBuffer, lastEventID: ByteBuffer = ByteBuffer()) {
        self.type = type
        self.data = data
        self.lastEventID = lastEventID
    }
}
