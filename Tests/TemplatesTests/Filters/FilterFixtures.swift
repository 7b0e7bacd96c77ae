@testable import Templates

extension FilterEvaluator {
    /// What is said of an event with these data.
    mutating func judge(
        _ data: [UInt8], type: String = "message", id: String = "", stream: String = "s"
    ) -> Verdict {
        var (type, id, stream) = (type, id, stream)
        return data.withUnsafeBytes { data in
            type.withUTF8 { type in
                id.withUTF8 { id in
                    stream.withUTF8 { stream in
                        judge(
                            data, type: UnsafeRawBufferPointer(type), id: UnsafeRawBufferPointer(id),
                            stream: UnsafeRawBufferPointer(stream))
                    }
                }
            }
        }
    }
}

extension Filter {
    /// What is said of an event with these data by an evaluator that has seen nothing else.
    func verdict(
        _ data: String, type: String = "message", id: String = "", stream: String = "s"
    ) -> FilterEvaluator.Verdict {
        var evaluator = FilterEvaluator(self)
        return evaluator.judge(Array(data.utf8), type: type, id: id, stream: stream)
    }
}
