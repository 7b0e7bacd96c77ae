/// Which messages of the feed are kill messages, `{"message": panic}`.
///
/// The messages of both streams are numbered alternately (stream 1's p-th is 2p − 1, stream 2's is 2p), and every
/// `every`-th number is a kill, so the first n messages hold exactly ⌊n / every⌋ of them however fast either stream
/// runs. With an even `every` all those numbers belong to stream 2; then the pair of messages takes turns: odd kills
/// fall to stream 1, even ones to stream 2.
struct KillSchedule: Equatable, Sendable {
    /// 0 for none.
    let every: Int
    /// How many messages both streams send in total; nil when the feed is endless.
    let total: Int?

    func isKill(stream: Int, position: Int) -> Bool {
        guard every > 0 else { return false }
        let second = 2 * position
        guard every.isMultiple(of: 2) else {
            return (stream == 1 ? second - 1 : second).isMultiple(of: every)
        }
        guard second.isMultiple(of: every) else { return false }
        if (second / every).isMultiple(of: 2) { return stream == 2 }
        // Stream 1 stands in for number `second`; where the feed ends just before that number, there is no kill to
        // stand in for.
        return stream == 1 && second <= total ?? .max
    }
}
