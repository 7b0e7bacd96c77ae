extension Application {
    /// The pool, by number, with all workers.
    public var directSupervisors: [DirectSupervisorLook] {
        let now = runtime.now
        return pool.members.sorted { $0.number < $1.number }.map { member in
            let totals = member.table?.totals
            return DirectSupervisorLook(
                id: member.id, incarnation: member.table?.incarnation ?? 0, isDraining: member.isDraining,
                isRunning: member.table != nil, restarts: totals?.restarts ?? 0, handled: totals?.handled ?? 0,
                workers: member.table?.look(at: now) ?? [])
        }
    }
}
