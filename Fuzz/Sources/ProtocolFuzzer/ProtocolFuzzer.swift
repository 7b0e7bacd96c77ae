import NIOCore
import Templates
import WorkerProtocol

/// What libFuzzer calls with every input it thinks of: behind the first line, which says how it comes, either a message's data
/// or what a worker writes. A broken property is a trap, which it reports with the input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = UnsafeBufferPointer(start: start, count: count)
    let end = input.firstIndex(of: UInt8(ascii: "\n")) ?? input.endIndex
    let (line, rest) = (Array(input[..<end]), Array(input[end...].dropFirst()))
    let framing: Framing = line.contains(UInt8(ascii: "l")) ? .length : .lines
    if line.first == UInt8(ascii: "m") {
        encode(rest, type: Array(line.dropFirst()), framing)
    } else {
        hear(rest, framing, pieceSize: line.count { $0 == UInt8(ascii: ".") } + 1)
    }
    return 0
}

// MARK: Frames

private func encode(_ data: [UInt8], type: [UInt8], _ framing: Framing) {
    var (encoder, buffer) = (FrameEncoder(framing: framing), ByteBuffer())
    let message = FrameMessage(
        identity: .text("id"), stream: "s", type: ByteBuffer(bytes: type), data: ByteBuffer(bytes: data), time: 1,
        sequence: 7, eventID: ByteBuffer(bytes: data), key: ByteBuffer(bytes: type))
    encoder.append(message, to: &buffer)
    let single = take(&buffer, framing)
    require(buffer.readableBytes == 0, "more than a frame")
    check(single, ["data", "type", "eventid", "datacontenttype"], data, type)
    encoder.beginBatch(in: &buffer)
    encoder.appendToBatch(message, in: &buffer)
    encoder.appendToBatch(message, in: &buffer)
    encoder.endBatch(frame: 9, in: &buffer)
    let batch = take(&buffer, framing)
    check(batch, ["batch[1].data", "batch[1].type", "batch[0].eventid", "batch[0].datacontenttype"], data, type)
}

/// A frame without what separates it from others.
private func take(_ buffer: inout ByteBuffer, _ framing: Framing) -> [UInt8] {
    let frame =
        framing == .lines
        ? buffer.readSlice(length: buffer.readableBytes)
        : buffer.readLengthPrefixedSlice(as: UInt32.self)
    var bytes = Array((frame ?? ByteBuffer()).readableBytesView)
    if framing == .lines { require(bytes.popLast() == UInt8(ascii: "\n"), "a line without an end") }
    return bytes
}

private func check(_ frame: [UInt8], _ paths: [String], _ data: [UInt8], _ type: [UInt8]) {
    require(!frame.contains { $0 == 0x0A || $0 == 0x0D }, "a line end in a frame")
    var reader = FieldReader(paths.compactMap { try? FieldPath($0) })
    require(reader.read(frame.span), "a frame that is no JSON")
    func text(_ path: Int) -> [UInt8] {
        var text: [UInt8] = []
        reader.append(path, of: frame.span, to: &text)
        return text
    }
    require(text(1) == repaired(type) && text(2) == (data.isEmpty ? [] : repaired(data)), "another type or ID")
    var own = FieldReader([try? FieldPath("a")].compactMap(\.self))
    let isJSON = own.read(data.span)
    // What is in a frame is deeper than what came.
    require(text(3) == Array((isJSON ? "application/json" : "text/plain").utf8), "another type of content")
    if !isJSON { require(reader.kind(at: 0) == .string && text(0) == repaired(data), "another text") }
}

private func repaired(_ bytes: [UInt8]) -> [UInt8] { Array(String(decoding: bytes, as: UTF8.self).utf8) }

// MARK: Answers

private func hear(_ bytes: [UInt8], _ framing: Framing, pieceSize: Int) {
    let (whole, fault) = answers(bytes, framing, pieceSize: max(bytes.count, 1))
    let (pieces, otherFault) = answers(bytes, framing, pieceSize: pieceSize)
    require(whole == pieces && (fault == nil) == (otherFault == nil), "it is understood otherwise in pieces")
    for case let fault? in [fault, otherFault] { check(fault) }
    var conversation = Conversation(prefetch: 8)
    var frames: [UInt64: [Bool]] = [:]
    for sequence in 1...3 as ClosedRange<UInt64> { frames[conversation.sent(sequence)] = [false] }
    frames[conversation.sent(batch: 10...13)] = Array(repeating: false, count: 4)
    for answer in whole {
        do throws(ProtocolFault) {
            guard case .answered(let resolution) = try conversation.take(answer) else { continue }
            settle(resolution, &frames)
            let open = frames.values.reduce(0) { $0 + $1.count { !$0 } }
            require(open == conversation.messagesInHand, "it owes another number of messages")
        } catch {
            return check(error)
        }
    }
}

private func settle(_ resolution: Resolution, _ frames: inout [UInt64: [Bool]]) {
    guard var isAnswered = frames.removeValue(forKey: resolution.frame) else { fatalError("a frame that there is not") }
    func answer(_ index: Int) {
        require(isAnswered.indices.contains(index) && !isAnswered[index], "a message that is not owed")
        isAnswered[index] = true
    }
    switch resolution.part {
    case .message(let index, _): answer(index)
    case .exceptions(let exceptions):
        for exception in exceptions { answer(exception.index) }
        isAnswered = isAnswered.map { _ in true }
    case .rest: isAnswered = isAnswered.map { _ in true }
    }
    require(resolution.completesFrame == !isAnswered.contains(false), "a frame that is complete, and is not")
    if !resolution.completesFrame { frames[resolution.frame] = isAnswered }
}

private func answers(_ bytes: [UInt8], _ framing: Framing, pieceSize: Int) -> ([WorkerAnswer], ProtocolFault?) {
    var (reader, answers) = (AnswerReader(framing: framing, maximumAnswerBytes: 512), [WorkerAnswer]())
    do throws(ProtocolFault) {
        for start in stride(from: 0, to: bytes.count, by: pieceSize) {
            reader.take(ByteBuffer(bytes: bytes[start..<min(start + pieceSize, bytes.count)]))
            while let answer = try reader.next() { answers.append(answer) }
        }
        try reader.finish()
    } catch {
        return (answers, error)
    }
    return (answers, nil)
}

private func check(_ fault: ProtocolFault) {
    require(!fault.what.isEmpty && !fault.mend.isEmpty, "a fault without words or a mend")
    require(!fault.description.utf8.contains { $0 < 0x20 || $0 == 0x7F }, "a fault with control characters")
    // Each of 120 bytes may have become an escape of six, or three bytes.
    require(fault.description.utf8.count < 1200, "a long fault")
}

/// A precondition that says in an optimized build, too, what is broken.
private func require(_ isKept: Bool, _ complaint: StaticString) {
    if !isKept { fatalError("\(complaint)") }
}
