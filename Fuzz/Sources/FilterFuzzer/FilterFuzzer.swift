import Templates

/// What libFuzzer calls with every input it thinks of: a filter up to the first line feed, and behind it an event's data. A broken
/// property is a trap, which it reports with the input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = UnsafeBufferPointer(start: start, count: count)
    let end = input.firstIndex(of: UInt8(ascii: "\n")) ?? input.endIndex
    let data = Array(input[end...].dropFirst())
    // What is not UTF-8 is no text of a configuration.
    guard let text = String(validating: input[..<end], as: UTF8.self) else { return 0 }
    do throws(TemplateError) {
        evaluate(try Filter(text), data)
    } catch {
        require(!error.message.isEmpty && !error.mend.isEmpty, "refused without words or a mend")
    }
    return 0
}

private func evaluate(_ filter: Filter, _ data: [UInt8]) {
    for path in filter.paths {
        require((try? FieldPath("\(path)")) == path, "a path that is read otherwise than it is written")
    }
    var evaluator = FilterEvaluator(filter)
    let verdict = evaluator.verdict(data)
    // Other documents between them leave nothing behind.
    for other in [#"{"a":[{"b":1}],"c":"\u0041"}"#, "[", ""] { _ = evaluator.verdict(Array(other.utf8)) }
    require(evaluator.verdict(data) == verdict, "it is judged otherwise again")
    var reader = FieldReader(filter.paths)
    let isJSON = reader.read(data.span)
    require(
        verdict != .notJSON || !isJSON && !filter.paths.isEmpty, "JSON is said to be none, or asked for without need")
    // What is true of an event is not true the other way round.
    guard filter.text.utf8.count + 3 <= Filter.maximumBytes, let opposite = try? Filter("!(\(filter.text))") else {
        return
    }
    var other = FilterEvaluator(opposite)
    switch (verdict, other.verdict(data)) {
    case (.passes, .fails), (.fails, .passes), (.notJSON, .notJSON): break
    default: require(false, "the opposite is true as well")
    }
    // White space around it means nothing, nor do those in the data.
    guard let spaced = try? Filter(" \(filter.text)\n"), isJSON, !filter.text.contains("@data") else { return }
    var again = FilterEvaluator(spaced)
    require(again.verdict(Array(" ".utf8) + data + Array("\n".utf8)) == verdict, "white space means something")
}

extension FilterEvaluator {
    fileprivate mutating func verdict(_ data: [UInt8]) -> Verdict {
        let names = Array("message7stream".utf8)
        return data.withUnsafeBytes { data in
            names.withUnsafeBytes { names in
                judge(
                    data, type: UnsafeRawBufferPointer(rebasing: names[..<7]),
                    id: UnsafeRawBufferPointer(rebasing: names[7..<8]),
                    stream: UnsafeRawBufferPointer(rebasing: names[8...]))
            }
        }
    }
}

/// A precondition that says in an optimized build, too, what is broken.
private func require(_ isKept: Bool, _ complaint: StaticString) {
    if !isKept { fatalError("\(complaint)") }
}
