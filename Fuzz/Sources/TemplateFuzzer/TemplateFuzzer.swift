import Templates

/// What libFuzzer calls with every input it thinks of: a template up to the first line feed, and behind it an event's data. A
/// broken property is a trap, which it reports with the input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = UnsafeBufferPointer(start: start, count: count)
    let end = input.firstIndex(of: UInt8(ascii: "\n")) ?? input.endIndex
    let data = Array(input[end...].dropFirst())
    lookInto(data)
    // What is not UTF-8 is no text of a configuration.
    guard let text = String(validating: input[..<end], as: UTF8.self) else { return 0 }
    do throws(TemplateError) {
        fill(try Template(text), data)
    } catch {
        require(!error.message.isEmpty && !error.mend.isEmpty, "refused without words or a mend")
    }
    return 0
}

private func fill(_ template: Template, _ data: [UInt8]) {
    for path in template.paths {
        require((try? FieldPath("\(path)")) == path, "a path that is read otherwise than it is written")
    }
    var renderer = TemplateRenderer(template)
    var (text, again): ([UInt8], [UInt8]) = ([], [])
    let isFilled = renderer.render(data.span, into: &text) { $1.append(contentsOf: $0.rawValue.utf8) }
    // Another document between them leaves nothing behind.
    _ = renderer.render(Array("{\"a\":[{\"b\":1}]}".utf8).span, into: &again) { _, _ in }
    again = []
    let isFilledAgain = renderer.render(data.span, into: &again) { $1.append(contentsOf: $0.rawValue.utf8) }
    require(isFilled == isFilledAgain && text == again, "it is filled otherwise again")
    require(isFilled || text.isEmpty, "something was appended of what is no JSON")
    require(isFilled || !template.paths.isEmpty, "JSON was asked for without need")
    // Each placeholder has three characters at least, and gives no more than the data, a hash, or the name of a field.
    let length = template.text.utf8.count
    require(text.count <= length + length / 3 * max(data.count, 16), "it is longer than what it is made of")
}

private func lookInto(_ data: [UInt8]) {
    let names = ["a", "a.b", "a[0]", "0", "0[0]", "a[1].b", #""""#, #""\"""#]
    let paths = names.compactMap { try? FieldPath($0) }
    var reader = FieldReader(paths)
    guard reader.read(data.span) else { return }
    require(String(validating: data, as: UTF8.self) != nil, "JSON that is no text")
    require(FieldReader.names(of: data.span, atMost: 10).count <= 10, "more names than were asked for")
    for place in paths.indices {
        var value: [UInt8] = []
        guard let kind = reader.append(place, of: data.span, to: &value) else {
            require(value.isEmpty, "a value that is not there")
            continue
        }
        require(kind == reader.kind(at: place), "two kinds of one value")
        require(value.count <= data.count && String(validating: value, as: UTF8.self) != nil, "a value that is no text")
        guard kind != .string, kind != .null else { continue }
        var inner = FieldReader([])
        require(inner.read(value.span) && inner.kindOfDocument == kind, "a value that is no JSON")
    }
}

/// A precondition that says in an optimized build, too, what is broken.
private func require(_ isKept: Bool, _ complaint: StaticString) {
    if !isKept { fatalError("\(complaint)") }
}
