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

    /// Takes one complete line that is within the limit.
    mutating func take(
        _ line: LineText, of buffer: ByteBuffer, into events: inout [EventStreamEvent]
    ) throws(EventStreamParserError) {
        guard !line.bytes.isEmpty else { return dispatch(into: &events) }
        guard let (field, valueStart) = line.field else { return }
        let value = line.dropFirst(valueStart)
        switch field {
        case .data:
            try appendData(value, of: buffer)
        case .event:
            type = value.bytes.isEmpty ? nil : value.slice(of: buffer)
        case .id:
            guard value.bytes.firstIndex(of: 0, in: 0..<value.bytes.count) == value.bytes.count else { return }
            idBuffer = value.slice(of: buffer)
            hasUncommittedID = true
            hasOwnID = true
            idsBorrowChunk = true
        case .retry:
            if let milliseconds = value.bytes.milliseconds { retry = .milliseconds(milliseconds) }
        case .comment:
            counters.comments += 1
            if comments != nil { report(comment: value.slice(of: buffer)) }
        }
    }

    /// Takes the first bytes, as many as the limit allows, of a line that is over it. The rest will not be seen.
    mutating func takeOverlong(_ line: LineText, of buffer: ByteBuffer) throws(EventStreamParserError) {
        if limits.policy == .fail { throw .lineTooLong(limit: limits.maximumLineBytes) }
        guard let (field, valueStart) = line.field else { return }
        let value = line.dropFirst(valueStart)
        switch (field, limits.policy) {
        case (.data, .truncate):
            try appendData(value, of: buffer)
            isOversized = true
        case (.data, _):
            dataLines += 1
            dropData()
        case (.event, .truncate):
            type = value.slice(of: buffer)
            isOversized = true
        case (.event, _):
            dropData()
        case (.id, _):
            counters.ignoredIDs += 1
        case (.retry, _):
            break
        case (.comment, _):
            counters.comments += 1
            if comments != nil { report(comment: value.slice(of: buffer)) }
        }
    }

    private mutating func appendData(_ value: LineText, of buffer: ByteBuffer) throws(EventStreamParserError) {
        dataLines += 1
        guard !isOversized else { return }
        let separator = dataLines == 1 ? 0 : 1
        let room = limits.maximumEventBytes - (data?.readableBytes ?? 0) - separator
        guard value.bytes.count <= room else { return try overflow(with: value, of: buffer, room: room) }
        gather(value, of: buffer)
    }

    /// Adds a `data` line that fits. `dataLines` counts it already.
    private mutating func gather(_ value: LineText, of buffer: ByteBuffer) {
        switch dataLines {
        case 1:
            data = value.slice(of: buffer)
        case 2:
            // Only now a buffer of its own: most events have one line.
            let first = data.take() ?? ByteBuffer()
            // As large as the last one had to be, since the events of a stream are alike.
            let capacity = max(2 * (first.readableBytes + value.bytes.count) + 1, lastJoinedBytes)
            var joined = ByteBufferAllocator().buffer(capacity: capacity)
            joined.writeImmutableBuffer(first)
            data = joined
            fallthrough
        default:
            // One write for both: each one looks whether the buffer is shared, and whether it has room.
            data?.writeWithUnsafeMutableBytes(minimumWritableBytes: value.bytes.count + 1) { space in
                space[0] = .lineFeed
                UnsafeMutableRawBufferPointer(rebasing: space[1...]).copyMemory(from: value.bytes)
                return value.bytes.count + 1
            }
        }
    }

    /// A `data` line that would make the event larger than the limit.
    private mutating func overflow(
        with value: LineText, of buffer: ByteBuffer, room: Int
    ) throws(EventStreamParserError) {
        switch limits.policy {
        case .fail:
            throw .eventTooLarge(limit: limits.maximumEventBytes)
        case .skip:
            dropData()
        case .truncate:
            if room >= 0 { gather(value.prefix(room), of: buffer) }
            isOversized = true
        }
    }

    private mutating func dropData() {
        data = nil
        isOversized = true
    }

    /// A blank line (P8): commits the ID, and dispatches the event if there is data.
    private mutating func dispatch(into events: inout [EventStreamEvent]) {
        guard dataLines > 0 else {
            if hasUncommittedID, idBuffer != lastEventID { commits.append(committing: idBuffer, after: events.count) }
            commitID()
            if type != nil || isOversized { clearBlock() }
            return
        }
        commitID()
        if dataLines > 1 { lastJoinedBytes = min(data?.readableBytes ?? 0, 64 << 10) }
        switch (isOversized, limits.policy) {
        case (true, .skip), (true, .fail):
            counters.skippedEvents += 1
            commits.append(
                EventStreamCommit(eventsBefore: events.count, lastEventID: lastEventID, isSkippedEvent: true))
        case (true, .truncate):
            counters.truncatedEvents += 1
            fallthrough
        case (false, _):
            eventCount += 1
            // Taken rather than copied: a copy would be retained here and released below.
            events.append(
                EventStreamEvent(
                    type: type.take(), data: data.take() ?? ByteBuffer(), lastEventID: lastEventID, hasOwnID: hasOwnID))
        }
        hasOwnID = false
        clearBlock()
    }

    private mutating func commitID() {
        guard hasUncommittedID else { return }
        lastEventID = idBuffer
        hasUncommittedID = false
    }

    private mutating func report(comment: ByteBuffer) {
        comments?.append(comment)
        commentPositions.append(eventCount)
    }

    /// Clears data and type, never the ID (P8).
    mutating func clearBlock() {
        type = nil
        data = nil
        dataLines = 0
        isOversized = false
    }
}

extension LineText {
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
