import Locking
public import Pipeline
import Synchronization

/// The formats of printed lines: one for all streams, and those of streams that have one of their own. Others may take their place
/// at any time; what is printed from then on has those.
public final class PrintFormats: Sendable {
    /// A format, and who sees whether it finds anything.
    struct Watched: Sendable {
        let format: LineFormat
        let watch: FormatWatch?
        /// Those that are the same have one number, and one renderer in each worker.
        var number = 0
    }

    /// What there is at a time.
    struct Table: Sendable {
        /// Another one has another.
        var version: UInt64
        /// The one for all comes first.
        var formats: [Watched]
        var ofStream: [String: Int] = [:]
        /// The streams that there are: who has gone keeps its format for what it has brought, until the next change.
        var streams: Set<String> = []
        /// How many numbers there are.
        var count = 1

        /// The place of a stream's format.
        func place(of stream: StreamName) -> Int { ofStream.isEmpty ? 0 : ofStream[stream.name] ?? 0 }

        /// What a stream that has one of its own has, for the next table.
        func own(_ stream: String) -> Watched? { ofStream[stream].map { formats[$0] } }
    }

    private let state: Locked<Table>
    /// That of the table.
    private let number = Atomic<UInt64>(1)
    private let makeWatch: @Sendable (LineFormat, _ stream: String?) -> FormatWatch?

    /// - Parameters:
    ///   - standard: for streams that have none of their own.
    ///   - own: the others', by their names.
    ///   - streams: the names of all.
    ///   - watch: makes who sees whether a format finds anything; of a stream, or of all that have none of their own.
    public init(
        _ standard: LineFormat, own: [String: LineFormat] = [:], streams: [String] = [],
        watch: @escaping @Sendable (_ format: LineFormat, _ stream: String?) -> FormatWatch? = { _, _ in nil }
    ) {
        makeWatch = watch
        let empty = Table(version: 0, formats: [Watched(format: standard, watch: watch(standard, nil))])
        state = Locked(Self.table(after: empty, standard, own: own, streams: streams, watch))
    }

    /// From now on there are these formats. One that stays goes on to be watched where it was.
    public func replace(_ standard: LineFormat, own: [String: LineFormat], streams: [String]) {
        // Before the number: who sees the new one finds the table.
        let version = state.withLock { table in
            table = Self.table(after: table, standard, own: own, streams: streams, makeWatch)
            return table.version
        }
        number.store(version, ordering: .releasing)
    }

    /// What is wrong at present: the key of the first format that finds nothing, and words.
    public var complaint: (key: String, text: String)? {
        let complaints = state.withLock { table in
            let living = table.ofStream.filter { table.streams.contains($0.key) }.sorted { $0.key < $1.key }
            return ([0] + living.map(\.value)).compactMap { place in
                table.formats[place].watch.flatMap { watch in watch.complaint.map { (key: watch.key, text: $0) } }
            }
        }
        guard let first = complaints.first, complaints.count > 1 else { return complaints.first }
        let (more, formats) = (complaints.count - 1, complaints.count == 2 ? "format finds" : "formats find")
        return (first.key, "\(first.text); \(more) more \(formats) nothing, too")
    }

    /// What there is, unless it is what somebody has already.
    func table(after version: UInt64) -> Table? {
        number.load(ordering: .acquiring) == version ? nil : state.withLock(\.self)
    }

    var table: Table { state.withLock(\.self) }

    private static func table(
        after old: Table, _ standard: LineFormat, own: [String: LineFormat], streams: [String],
        _ watch: (LineFormat, String?) -> FormatWatch?
    ) -> Table {
        var numbers = [standard.kind: 0]
        func watched(_ format: LineFormat, _ known: Watched?, _ stream: String?) -> Watched {
            let number = numbers[format.kind] ?? numbers.count
            numbers[format.kind] = number
            if let known, known.format.kind == format.kind {
                return Watched(format: format, watch: known.watch, number: number)
            }
            return Watched(format: format, watch: watch(format, stream), number: number)
        }
        let names = Set(streams)
        var table = Table(
            version: old.version + 1, formats: [watched(standard, old.formats[0], nil)], streams: names)
        for name in old.streams.subtracting(names) {
            guard let last = old.own(name) else { continue }
            table.ofStream[name] = table.formats.count
            table.formats.append(watched(last.format, last, name))
        }
        for (name, format) in own {
            table.ofStream[name] = table.formats.count
            table.formats.append(watched(format, old.own(name), name))
        }
        table.count = numbers.count
        return table
    }
}
