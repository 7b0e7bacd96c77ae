import NIOCore

// From lines to events: fields, dispatch, and what is over a limit (rules P4 to P9, C9).
extension EventStreamParser {
    /// The names of §9.2.6. All others are ignored. Names are compared byte by byte (P6).
    enum Field {
        case data
        case event
        case id
        case retry
        case comment
    }

    /// Takes one complete line that is within the limit and lies in the chunk.
    @inline(__always)
    mutating func take(
        _ line: LineText, of chunk: ByteBuffer, into events: inout [EventStreamEvent]
    ) throws(EventStreamParserError) {
        guard !line.bytes.isEmpty else { return dispatch(of: chunk, into: &events) }
        // What nearly all lines are.
        guard line.startsWithData, !isOversized else { return try takeField(line, of: chunk) }
        let count = line.bytes.count &- 6
        if dataLines == 0, count <= limits.maximumEventBytes {
            data = .passing(at: line.index &+ 6, count: count)
        } else if case .joined = data, count < limits.maximumEventBytes &- joined.count {
            joined.append(
                line: UnsafeRawBufferPointer(rebasing: line.bytes[6...]),
                readable: chunk.readableBytes &- line.index &- 6)
        } else {
            return try takeField(line, of: chunk)
        }
        dataLines &+= 1
    }

    /// Takes one complete line that is within the limit and not blank.
    @inline(never)
    mutating func takeField(_ line: LineText, of chunk: ByteBuffer) throws(EventStreamParserError) {
        guard let (field, valueStart) = line.field else { return }
        let value = line.dropFirst(valueStart)
        switch field {
        case .data:
            try appendData(value, of: chunk)
        case .event:
            type = value.bytes.isEmpty ? nil : slice(value, of: chunk)
        case .id:
            guard !value.bytes.contains(0) else { return }
            // Of a line that was cut a copy: an ID lives for long, and would keep the block alive.
            uncommittedID = value.isCarried ? ByteBuffer(bytes: value.bytes) : slice(value, of: chunk)
            hasOwnID = true
            if !value.isCarried { idsBorrowChunk = true }
        case .retry:
            if let milliseconds = value.bytes.milliseconds { retry = .milliseconds(milliseconds) }
        case .comment:
            counters.comments += 1
            if comments != nil { report(comment: slice(value, of: chunk)) }
        }
    }

    /// Takes the first bytes, as many as the limit allows, of a line that is over it. The rest will not be seen.
    mutating func takeOverlong(_ line: LineText, of chunk: ByteBuffer) throws(EventStreamParserError) {
        if limits.policy == .fail { throw .lineTooLong(limit: limits.maximumLineBytes) }
        guard let (field, valueStart) = line.field else { return }
        let value = line.dropFirst(valueStart)
        switch (field, limits.policy) {
        case (.data, .truncate):
            try appendData(value, of: chunk)
            isOversized = true
        case (.data, _):
            dataLines += 1
            dropData()
        case (.event, .truncate):
            type = slice(value, of: chunk)
            isOversized = true
        case (.event, _):
            dropData()
        case (.id, _):
            counters.ignoredIDs += 1
        case (.retry, _):
            break
        case (.comment, _):
            counters.comments += 1
            if comments != nil { report(comment: slice(value, of: chunk)) }
        }
    }

    /// The text as a slice of where it lies.
    private mutating func slice(_ text: LineText, of chunk: ByteBuffer) -> ByteBuffer {
        guard !text.bytes.isEmpty else { return ByteBuffer() }
        return text.isCarried
            ? carry.slice(at: text.index, count: text.bytes.count)
            : chunk.slice(at: text.index, count: text.bytes.count)
    }

    private mutating func appendData(_ value: LineText, of chunk: ByteBuffer) throws(EventStreamParserError) {
        dataLines += 1
        guard !isOversized else { return }
        let separator = dataLines == 1 ? 0 : 1
        let room = limits.maximumEventBytes - dataBytes - separator
        guard value.bytes.count <= room else { return try overflow(with: value, of: chunk, room: room) }
        gather(value, of: chunk)
    }

    /// How much data the block has so far.
    var dataBytes: Int {
        switch data {
        case .none: 0
        case .passing(_, let count): count
        case .slice(let first): first.readableBytes
        case .joined: joined.count
        }
    }

    /// Adds a `data` line that fits. `dataLines` counts it already.
    private mutating func gather(_ value: LineText, of chunk: ByteBuffer) {
        switch data {
        case .none:
            data =
                value.isCarried
                ? .slice(slice(value, of: chunk)) : .passing(at: value.index, count: value.bytes.count)
            return
        case .passing(let index, let count):
            chunk.withUnsafeReadableBytes { bytes in
                joined.append(UnsafeRawBufferPointer(rebasing: bytes[index..<index + count]))
            }
            data = .joined
        case .slice(let first):
            first.withUnsafeReadableBytes { joined.append($0) }
            data = .joined
        case .joined:
            break
        }
        joined.append(line: value.bytes, readable: value.bytes.count)
    }

    /// The chunk goes: data that lies in it has to be held from now on.
    @inline(__always)
    mutating func keepData(of chunk: ByteBuffer) {
        guard case .passing(let index, let count) = data else { return }
        data = .slice(chunk.slice(at: index, count: count))
    }

    /// The data of the block, which is over.
    @inline(__always)
    private mutating func takeData(of chunk: ByteBuffer) -> ByteBuffer {
        // Taken, too.
        var data = BlockData.none
        swap(&data, &self.data)
        switch data {
        case .none: return ByteBuffer()
        case .passing(let index, let count): return chunk.slice(at: index, count: count)
        case .slice(let first): return first
        case .joined:
            defer { joined.next() }
            return joined.slice(at: 0, count: joined.count)
        }
    }

    /// A `data` line that would make the event larger than the limit.
    private mutating func overflow(
        with value: LineText, of chunk: ByteBuffer, room: Int
    ) throws(EventStreamParserError) {
        switch limits.policy {
        case .fail:
            throw .eventTooLarge(limit: limits.maximumEventBytes)
        case .skip:
            dropData()
        case .truncate:
            if room >= 0 { gather(value.prefix(room), of: chunk) }
            isOversized = true
        }
    }

    private mutating func dropData() {
        data = .none
        joined.next()
        isOversized = true
    }

    /// A blank line (P8): commits the ID, and dispatches the event if there is data.
    @inline(__always)
    private mutating func dispatch(of chunk: ByteBuffer, into events: inout [EventStreamEvent]) {
        if dataLines == 0 || isOversized { return dispatchSpecially(of: chunk, into: &events) }
        if let id = uncommittedID.take() { lastEventID = id }
        append(to: &events, of: chunk)
        dataLines = 0
    }

    /// Appends the event, and clears what it is made of.
    @inline(__always)
    private mutating func append(to events: inout [EventStreamEvent], of chunk: ByteBuffer) {
        eventCount += 1
        // Taken rather than copied: a copy would be retained here and released below.
        events.append(
            EventStreamEvent(
                type: type.take(), data: takeData(of: chunk), id: lastEventID, hasOwnID: hasOwnID))
        hasOwnID = false
    }

    /// A blank line after a block without data, or over a limit.
    @inline(never)
    private mutating func dispatchSpecially(of chunk: ByteBuffer, into events: inout [EventStreamEvent]) {
        guard dataLines > 0 else {
            if let id = uncommittedID.take() {
                if id != lastEventID { commits.append(committing: id, after: events.count) }
                lastEventID = id
            }
            if type != nil || isOversized { clearBlock() }
            return
        }
        if let id = uncommittedID.take() { lastEventID = id }
        if limits.policy == .truncate {
            counters.truncatedEvents += 1
            append(to: &events, of: chunk)
        } else {
            counters.skippedEvents += 1
            commits.append(
                EventStreamCommit(eventsBefore: events.count, lastEventID: lastEventID, isSkippedEvent: true))
            hasOwnID = false
        }
        clearBlock()
    }

    private mutating func report(comment: ByteBuffer) {
        comments?.append(comment)
        commentPositions.append(eventCount)
    }

    /// Clears data and type, never the ID (P8).
    mutating func clearBlock() {
        type = nil
        data = .none
        joined.next()
        dataLines = 0
        isOversized = false
    }
}

extension LineText {
    /// Whether it begins with `data: `, told by two comparisons.
    @inline(__always)
    fileprivate var startsWithData: Bool {
        guard bytes.count >= 6, let start = bytes.baseAddress else { return false }
        return UInt32(littleEndian: start.loadUnaligned(as: UInt32.self)) == 0x6174_6164
            && UInt16(littleEndian: start.loadUnaligned(fromByteOffset: 4, as: UInt16.self)) == 0x203A
    }

    /// The field of a line that is not blank, and where its value begins; `nil` for names that mean nothing.
    @inline(__always)
    fileprivate var field: (EventStreamParser.Field, valueStart: Int)? {
        let candidate: (field: EventStreamParser.Field, nameLength: Int)
        switch bytes[0] {
        case UInt8(ascii: "d") where starts(with: "data"): candidate = (.data, 4)
        case UInt8(ascii: "e") where starts(with: "event"): candidate = (.event, 5)
        case UInt8(ascii: "i") where starts(with: "id"): candidate = (.id, 2)
        case UInt8(ascii: "r") where starts(with: "retry"): candidate = (.retry, 5)
        case .colon: return (.comment, 1)
        default: return nil
        }
        let nameLength = candidate.nameLength
        // Without a colon the line is the name, and the value empty (P5).
        guard bytes.count > nameLength else { return (candidate.field, nameLength) }
        guard bytes[nameLength] == .colon else { return nil }
        // One space after the colon does not belong to the value; a second one, or a tab, does.
        let hasSpace = bytes.count > nameLength + 1 && bytes[nameLength + 1] == .space
        return (candidate.field, nameLength + (hasSpace ? 2 : 1))
    }

    @inline(__always)
    private func starts(with name: StaticString) -> Bool {
        let length = name.utf8CodeUnitCount
        guard bytes.count >= length else { return false }
        for index in 0..<length where bytes[index] != name.utf8Start[index] { return false }
        return true
    }
}

extension UnsafeRawBufferPointer {
    /// The decimal number that the bytes are if they are ASCII digits, one or more; saturated at the largest `Int64`.
    fileprivate var milliseconds: Int64? {
        guard !isEmpty else { return nil }
        var result: Int64 = 0
        for byte in self {
            guard case UInt8(ascii: "0")...UInt8(ascii: "9") = byte else { return nil }
            let (tens, tensOverflow) = result.multipliedReportingOverflow(by: 10)
            let (sum, sumOverflow) = tens.addingReportingOverflow(Int64(byte - UInt8(ascii: "0")))
            result = tensOverflow || sumOverflow ? .max : sum
        }
        return result
    }
}
