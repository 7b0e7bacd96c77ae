import ControlClient

/// The restart budget that crashes on purpose are paid from, and what happens when it is spent.
struct CrashBudget: Sendable {
    /// The supervisor that pays: the first of them, where there are several.
    let payer: TreeNode
    /// How many there are; crashes at random are spread over them.
    let payers: Int
    /// Where the tree ends when the budget of its root is spent.
    let root: TreeNode
    let budget: RestartBudget
    /// The budgets of those above the payer, the root's last.
    private let above: [RestartBudget]

    /// - Returns: nil where the tree does not tell.
    init?(of request: CrashRequest, in tree: Tree) {
        let all = Self.nodes(tree.root)
        let payers: [TreeNode] =
            switch request.target {
            case .mainSupervisor, .flowManager: [tree.root]
            case .directSupervisor: all.filter { $0.id == "main_supervisor" }
            case .receiver: all.filter { $0.id == "stream_supervisor" }
            default:
                all.filter { node in
                    node.id.hasPrefix("direct_supervisor.")
                        && (request.id.map { id in node.children.contains { $0.id == id } } ?? true)
                }
            }
        guard let payer = payers.first, let budget = payer.budget else { return nil }
        self.payer = payer
        self.payers = payers.count
        self.budget = budget
        root = tree.root
        let isUnderMain = payer.id.hasPrefix("direct_supervisor.")
        let chain = (isUnderMain ? all.filter { $0.id == "main_supervisor" } : []) + (payer.id == root.id ? [] : [root])
        above = chain.compactMap(\.budget)
    }

    /// Whether so many crashes at such a pace end ptrd: they spend what is left of the payer's budget, and its own ends and those
    /// above it what is left there. What ends with a part in between is nothing to ask about: it is started again.
    func endsTree(by count: Int, every interval: Duration) -> Bool {
        let period = Duration.seconds(budget.withinSeconds)
        // At once, or as many as fall into one period.
        let together = interval > .zero ? min(Double(count), (period / interval).rounded(.down) + 1) : Double(count)
        guard together > Double(budget.left) * Double(payers) else { return false }
        return Double(count) >= above.reduce(Double(budget.left) + 1) { $0 * (Double($1.left) + 1) }
    }

    /// What is about to happen, for the question before it.
    func warning(for count: Int) -> String {
        let allowed =
            "\(Text.printable(payer.id)) allows \(Text.count(budget.restarts, "restart")) in \(TreePage.period(budget))"
            + (budget.left < budget.restarts ? ", of which \(budget.left) are left" : "")
        let next = Text.ordinal(budget.left + 1)
        guard payer.id != root.id else {
            return "\(allowed); the \(next) ends ptrd, and systemd starts it again"
        }
        return
            "\(allowed); at the \(next) it gives up and is started again itself, and when that happens too often ptrd ends,"
            + " and systemd starts it again"
    }

    /// `more than 5 restarts in 60 s`, of the whole tree.
    var endOfTree: String {
        root.budget.map { "more than \(Text.count($0.restarts, "restart")) in \(TreePage.period($0))" }
            ?? "too many restarts"
    }

    private static func nodes(_ node: TreeNode) -> [TreeNode] {
        [node] + node.children.flatMap(nodes)
    }
}

/// That the tree gave up over the crashes that it was told to make: said, with whether ptrd is back.
struct TreeEnd: Sendable {
    let context: VerbContext
    let budget: CrashBudget
    /// The life of the daemon before.
    let life: DaemonLife

    /// How long it is waited for its being back; systemd waits for a second itself.
    private static let patience: Duration = .seconds(5)

    /// Whether this error alone shows that the daemon ended.
    static func isEnd(_ error: ControlClientError) -> Bool {
        switch error {
        case .brokeOff, .notRunning: true
        default: false
        }
    }

    /// Whether the daemon has ended where this error came. One that refuses may also have a part that does not run, or
    /// be stopped by somebody: it has ended only if it is not the one of before any more.
    func isReached(by error: ControlClientError) async -> Bool {
        guard case .refused(let failure) = error, failure.code == .unavailable else { return Self.isEnd(error) }
        do throws(ControlClientError) {
            let now = try await DaemonLife(context)
            return !now.isSame(as: life)
        } catch {
            return Self.isEnd(error)
        }
    }

    func tell() async {
        context.complain(
            "the tree gave up, as it is meant to after \(budget.endOfTree); systemd starts ptrd again")
        let back = try? await context.wait(every: .milliseconds(250), for: Self.patience) { _ in
            let now = try? await DaemonLife(context)
            return now.flatMap { $0.isSame(as: life) ? nil : .over($0.pid) } ?? .still(nil)
        }
        if let back { return context.say("ptrd is back (pid \(back))") }
        context.complain(
            "ptrd is not back after \(Text.duration(Self.patience))",
            hint:
                "look at it with `systemctl status ptrd` and `journalctl -u ptrd -e`; one that systemd did not start stays away"
        )
    }
}
