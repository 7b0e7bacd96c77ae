import Supervision

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

/// An operator, who says at any moment what he may say: also twice at once, and while other things befall the tree.
struct Operator {
    let tree: Tree

    init(_ tree: Tree) {
        self.tree = tree
    }

    private var world: World { tree.life.world }
    private var life: Life { tree.life }
    private var application: Application { tree.application }

    /// Says something.
    func command() {
        switch world.random.below(20) {
        case 0...5: reload()
        case 6, 7: pause()
        case 8, 9: drain()
        case 10...12: resume()
        case 13, 14, 15: replay()
        case 16: purge()
        case 17, 18: scale()
        default: crash()
        }
    }

    /// Puts the last word of everything right, so that the tree can come to rest.
    func calm() {
        if application.flow.mode != .automatic { _ = try? application.scale(to: nil) }
        askToResume(nil)
        askToReload(renewed: [], isStubborn: true)
    }

    // MARK: - Streams

    /// Another configuration: streams come, go, change, and come from elsewhere.
    private func reload() {
        let before = world.configuration
        let renewed = change()
        askToReload(renewed: renewed)
        // Something was wrong with it, so it is taken back; or everything is to begin anew.
        guard world.random.chance(50), world.configuration != before else { return }
        world.configuration = before
        if world.random.chance(50) { world.configuration.shuffle(using: &world.random) }
        let isForAll = world.random.chance(50)
        askToReload(
            renewed: isForAll ? Set(before.map { world.plan.feeds[$0].name }) : [],
            after: world.random.chance(50) ? .zero : world.random.milliseconds(1...1500))
    }

    /// Changes it at one to three places. Returns the names of the streams that are only to begin anew.
    private func change() -> Set<String> {
        var renewed: Set<String> = []
        for _ in 0..<world.random.within(1...3) {
            let configured = world.configuration
            let names = Set(configured.map { world.plan.feeds[$0].name })
            let absent = world.plan.feeds.indices.filter { !names.contains(world.plan.feeds[$0].name) }
            let index = world.random.below(configured.count)
            let name = world.plan.feeds[configured[index]].name
            switch world.random.below(10) {
            case 0...2 where configured.count > 1: world.configuration.remove(at: index)
            case 0...5 where !absent.isEmpty:
                world.configuration.insert(
                    absent[world.random.below(absent.count)], at: world.random.below(configured.count + 1))
            case 6, 7:
                let others = world.plan.feeds.indices.filter {
                    world.plan.feeds[$0].name == name && $0 != configured[index]
                }
                if let other = others.first { world.configuration[index] = other }
            default: renewed.insert(name)
            }
        }
        return renewed
    }

    /// - Parameter isStubborn: whether he asks again until it is done.
    private func askToReload(renewed: Set<String>, after time: Duration = .zero, isStubborn: Bool = false) {
        let configuration = world.configuration
        let sources = configuration.map { SimulatedSource(of: $0, in: life) }
        let settings = world.plan.settings
        world.say(
            "the streams are to be \(configuration.map { world.plan.feeds[$0].location }), renewed \(renewed.sorted())")
        life.hasChanged.formUnion(world.plan.feeds.map(\.name))
        life.reloads += 1
        life.ask { [life, application] in
            defer { life.reloads -= 1 }
            if time > .zero { await life.sleepDeaf(for: time) }
            var isOver = false
            while !isOver {
                do {
                    try await application.reload(settings, sources: sources, renewed: renewed)
                    life.world.say("reloaded")
                    life.world.sights.insert(.reload)
                    isOver = true
                } catch {
                    life.world.say("not reloaded: \(error)")
                    life.world.sights.insert(.refusedReload)
                    isOver = !isStubborn || application.isStopping || life.ending != nil || life.isDead
                    if !isOver { await life.sleepDeaf(for: .milliseconds(200)) }
                }
            }
        }
    }

    // MARK: - Pauses

    private func anyName() -> String {
        world.plan.feeds[world.random.below(world.plan.feeds.count)].name
    }

    private func pause() {
        let name = world.random.chance(70) ? anyName() : nil
        let time = world.random.chance(70) ? world.random.milliseconds(10...2000) : nil
        let end = time.map { life.runtime.elapsed + $0 }
        guard let names = try? application.pause(name, for: time) else { return }
        world.say("\(names) are paused \(time.map { "for \($0)" } ?? "until they are resumed")")
        life.orders.pause(names, until: end)
        world.sights.insert(.pause)
    }

    private func drain() {
        guard (try? application.standDown()) != nil else { return }
        world.say("everything is to be drained")
        life.orders.drain()
        world.sights.insert(.standDown)
    }

    private func resume() {
        askToResume(world.random.chance(60) ? anyName() : nil)
    }

    private func askToResume(_ name: String?) {
        life.ask { [life, application] in
            if let name { life.hasChanged.insert(name) }
            if !application.isStopping {
                life.world.say("resumes \(name ?? "all")")
                life.orders.resume(name, living: life.watch?.livingNames ?? [])
            }
            _ = try? await application.resume(name)
        }
    }

    // MARK: - Dead letters

    private func choice() -> DeadLetterChoice {
        var choice = DeadLetterChoice()
        switch world.random.below(4) {
        case 0: choice.filter.stream = anyName()
        case 1: choice.ids = (0..<3).map { _ in Int64(world.random.within(1...Int(world.disk.newest) + 1)) }
        case 2: choice.limit = world.random.within(1...4)
        default: break
        }
        return choice
    }

    private func replay() {
        let (choice, begun) = (choice(), world.steps)
        world.say("dead letters are to be replayed: \(choice)")
        life.ask { [life, application] in
            let world = life.world
            do {
                let tally = try await application.replay(choice)
                guard !life.isDead else { return }
                world.say("replayed: \(tally)")
                life.replayed += tally.done
                if tally.done > 0 { world.sights.insert(.replay) }
                world.expect(
                    tally.done + tally.refused.count == tally.matched,
                    "a replay of \(tally.matched) says done \(tally.done), refused \(tally.refused)")
                for refusal in tally.refused where refusal.reason.hasPrefix("there is no stream ") {
                    let name = String(refusal.reason.dropFirst("there is no stream ".count).prefix { $0.isNumber })
                    world.expect(
                        life.watch?.wasAbsent(name, since: begun) ?? true,
                        "a replay is refused because \(refusal.reason), but there is one")
                }
            } catch {
                world.say("not replayed: \(error)")
                life.isReplayedKnown = false
            }
        }
    }

    private func purge() {
        let choice = choice()
        world.say("dead letters are to be purged: \(choice)")
        life.ask { [life, application] in
            guard let tally = try? await application.purge(choice), !life.isDead else { return }
            life.world.expect(
                tally.done + tally.refused.count == tally.matched,
                "a purge of \(tally.matched) says done \(tally.done), refused \(tally.refused)")
        }
    }

    // MARK: - The pool

    private func crash() {
        let target: CrashTarget =
            switch world.random.below(4) {
            case 0: .mainSupervisor
            case 1: .flowManager
            case 2: .directSupervisor(tree.anyMember()?.id.name ?? "1")
            default: .receiver(anyName())
            }
        world.say("an operator crashes \(target)")
        life.ask { [application] in _ = try? await application.crash(target) }
    }

    private func scale() {
        let bounds = world.plan.settings.scaling
        let size = world.random.chance(25) ? nil : world.random.within(bounds.min...bounds.max)
        world.say("the pool is to be \(size.map(String.init) ?? "as the load wants it")")
        _ = try? application.scale(to: size)
    }
}
