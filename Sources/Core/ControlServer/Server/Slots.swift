import Locking

/// A bounded number of things at once, in all and of one user.
final class Slots: Sendable {
    /// One of them, until nothing holds it any more: whatever becomes of the request that it was taken for, it is given
    /// back.
    final class Slot: Sendable {
        private let slots: Slots
        private let user: UInt32?

        fileprivate init(_ slots: Slots, user: UInt32?) {
            self.slots = slots
            self.user = user
        }

        deinit {
            slots.giveBack(user)
        }
    }

    private let total: Int
    private let perUser: Int
    private let taken = Locked<[UInt32?: Int]>([:])

    init(total: Int, perUser: Int) {
        self.total = total
        self.perUser = perUser
    }

    /// Takes one; nil if there is none for this user. All whom the kernel does not name count as one.
    func take(_ user: UInt32?) -> Slot? {
        let isTaken = taken.withLock { taken in
            guard taken.values.reduce(0, +) < total, taken[user, default: 0] < perUser else { return false }
            taken[user, default: 0] += 1
            return true
        }
        return isTaken ? Slot(self, user: user) : nil
    }

    private func giveBack(_ user: UInt32?) {
        taken.withLock { taken in
            let left = taken[user, default: 0] - 1
            taken[user] = left > 0 ? left : nil
        }
    }
}
