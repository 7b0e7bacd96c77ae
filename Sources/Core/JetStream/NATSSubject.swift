/// What may stand in a subject: tokens with dots between them.
public enum NATSSubject {
    /// Whether something may be published to it: no token is empty, and none has a wildcard, a space or a control character.
    public static func isValid(_ subject: String) -> Bool {
        var subject = subject
        return subject.withUTF8 { isValid($0) }
    }

    static func isValid(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        var isEmpty = true
        for byte in bytes {
            if byte == 0x2E {
                if isEmpty { return false }
                isEmpty = true
            } else {
                guard byte > 0x20, byte != 0x7F, byte != 0x2A, byte != 0x3E else { return false }
                isEmpty = false
            }
        }
        return !isEmpty
    }

    /// Whether it may be the name of a stream, a consumer or a bucket: one token, that may be a file's name as well.
    public static func isName(_ name: String) -> Bool {
        isValid(name) && name.utf8.count <= 255 && !name.utf8.contains { $0 == 0x2E || $0 == 0x2F || $0 == 0x5C }
    }
}
