import Flow
import Ledger
public import NIOCore

/// Where a stream stands.
public struct StreamPosition: Sendable, Hashable {
    /// The stream's name.
    public var stream: String
    /// The id after which a restart would go on; empty: there is none, and it would ask without one.
    public var id: ByteBuffer
    /// The id of the events that came last and may go on; nil: none came.
    public var openRun: ByteBuffer?
    /// Messages from the first unsettled one to the last admitted one, which hold the position.
    public var span: Int
}

/// What an operator did to a position.
public struct PositionChange: Sendable, Hashable {
    /// The stream's name.
    public var stream: String
    /// The position before; empty: none.
    public var before: ByteBuffer
    /// The position that holds from now on; empty: none.
    public var after: ByteBuffer
    /// Why it is not stored yet, in words; nil: it is. As soon as the state can be written, it is stored.
    public var unstored: String?
}

/// Why a position was not set; nothing was changed.
public enum PositionError: Error, Sendable, Hashable, CustomStringConvertible {
    /// There is no stream of that name; these there are.
    case unknown(String, known: [String])
    /// It cannot be sent to a server, for this reason.
    case unusable(String)
    /// The tree is stopping.
    case stopping

    /// In words, for people.
    public var description: String {
        switch self {
        case .unknown(let name, let known): "there is no stream \(name); \(listing(known))"
        case .unusable(let reason): "this cannot be the position of a stream: \(reason)"
        case .stopping: "ptrd is stopping"
        }
    }
}

/// What an operator does with the positions of streams.
package struct Positions: Sendable {
    private let topology: Topology
    private var kernel: ErrorKernel { topology.kernel }

    package init(_ topology: Topology) {
        self.topology = topology
    }

    /// Where a stream stands.
    package func position(of name: String) throws(PositionError) -> StreamPosition {
        let place = try place(of: name)
        return kernel.ledger.withLock { ledger in
            let stream = ledger.streams[place]
            return StreamPosition(
                stream: name, id: stream.runs.position, openRun: stream.runs.open?.id, span: stream.span)
        }
    }

    /// Has a stream go on after another id. What it brought before moves the new position no more.
    package func setPosition(of name: String, to id: ByteBuffer) async throws(PositionError) -> PositionChange {
        guard id.readableBytes > 0 else { throw .unusable("it is empty; forget the position instead") }
        guard id.isFieldValue else { throw .unusable("it has control characters, which a header cannot hold") }
        let limit = try kernel.ledger.withLockOfPlace(place(of: name)) { $0.runs.maximumIDBytes }
        guard id.readableBytes <= limit else {
            throw .unusable("it has \(id.readableBytes) bytes, and max_id_bytes of the stream is \(limit)")
        }
        return try await change(name, to: id)
    }

    /// Drops the position of a stream: it begins anew.
    package func forgetPosition(of name: String) async throws(PositionError) -> PositionChange {
        try await change(name, to: ByteBuffer())
    }

    private func change(_ name: String, to id: ByteBuffer) async throws(PositionError) -> PositionChange {
        try await topology.commands.perform { [self] () throws(PositionError) in
            guard !kernel.flow.isDraining else { throw .stopping }
            let place = try place(of: name)
            var (before, after) = (ByteBuffer(), ByteBuffer())
            await topology.streams.restart(.stream(name)) {
                before = kernel.ledger.withLockOfPlace(place) { $0.runs.position }
                kernel.intake.setPosition(place, to: id, at: kernel.runtime.elapsed)
                after = kernel.ledger.withLockOfPlace(place) { $0.runs.position }
            }
            let unstored = await topology.stateWriter.writeInPatience()
            return PositionChange(stream: name, before: before, after: after, unstored: unstored)
        }
    }

    private func place(of name: String) throws(PositionError) -> Int {
        let places = kernel.intake.places
        guard let stream = places.first(where: { $0.name == name }) else {
            throw .unknown(name, known: places.map(\.name))
        }
        return stream.place
    }
}

extension LedgerStore {
    fileprivate func withLockOfPlace<Answer: Sendable>(
        _ place: Int, _ look: @Sendable (StreamLedger) -> Answer
    ) -> Answer {
        withLock { look($0.streams[place]) }
    }
}
