// SPDX-License-Identifier: Apache-2.0

package import OcellusModel
package import OcellusPlan
import OcellusTensor
import Synchronization

/// Choices of one machine that outlive the process.
package protocol AlgorithmCache: Sendable {
    /// What is kept; what cannot be used counts as empty.
    ///
    /// - Returns: Choices by ``ConvolutionTask/key``, and what a person should know when a file was of no use.
    func read() -> (choices: [String: String], notice: String?)
    /// Keeps a choice unless another process has kept one of the candidates for the key meanwhile.
    ///
    /// - Parameter seconds: What was measured, by candidate.
    /// - Returns: The choice that is now kept.
    func add(_ algorithm: String, for key: String, seconds: [String: Double]) throws -> String
}

/// Seconds of each candidate.
package typealias AlgorithmTimer =
    @Sendable (_ task: ConvolutionTask, _ candidates: [ConvolutionAlgorithm]) throws(PlanError) ->
    [ConvolutionAlgorithm: Double]

/// Decides which algorithm each direction of each convolution takes, and remembers it.
///
/// What is stored in a run or a model comes first, then what this process or another measured before; then it is measured.
/// So a choice is made once: copies of a backend share their book, and books made of another ask that for what they do not
/// hold themselves.
package final class AlgorithmBook: Sendable {
    /// The rule's choice stays unless another takes less than this share of its time: noise must not decide, and the bits
    /// of results should not change for nothing.
    package static let threshold = 0.95

    package let policy: AlgorithmPolicy
    /// Processor, libraries and kernels; a table of another machine is not used.
    package let machine: String
    /// Whether choices of runs and models are used; not where a person asks for the rule.
    private let reuses: Bool
    private let cache: (any AlgorithmCache)?
    private let timer: AlgorithmTimer?
    private let parent: AlgorithmBook?
    /// Of a run or a model.
    private let stored: [String: String]
    private let keep: (@Sendable (AlgorithmTable) throws -> Void)?
    private let state: Mutex<State>

    private struct State {
        /// Read from the cache or measured; of a book with a parent what it was asked for.
        var known: [String: String] = [:]
        var hasReadCache = false
        var notices: [String] = []
        var measured = 0
        var seconds = 0.0
    }

    /// - Parameters:
    ///   - reuses: Whether choices that a run or a model keeps are used.
    ///   - timer: Replaces the backend's own in tests.
    package init(
        _ policy: AlgorithmPolicy, machine: String, reuses: Bool = true, cache: (any AlgorithmCache)? = nil,
        timer: AlgorithmTimer? = nil
    ) {
        self.policy = policy
        self.machine = machine
        self.reuses = reuses
        self.cache = cache
        self.timer = timer
        parent = nil
        stored = [:]
        keep = nil
        state = Mutex(State())
    }

    private init(
        _ parent: AlgorithmBook, policy: AlgorithmPolicy, stored: [String: String], notice: String?,
        keep: (@Sendable (AlgorithmTable) throws -> Void)?
    ) {
        self.parent = parent
        self.policy = policy
        machine = parent.machine
        reuses = parent.reuses
        cache = nil
        timer = nil
        self.stored = stored
        self.keep = keep
        state = Mutex(State(notices: notice.map { [$0] } ?? []))
    }

    /// A book that takes the choices of a run or a model first.
    ///
    /// - Parameters:
    ///   - table: `nil` when there is none.
    ///   - policy: For what the table does not hold; this book's when left out.
    ///   - keep: Gets all choices that were asked for whenever one is added.
    package func reusing(
        _ table: AlgorithmTable?, policy: AlgorithmPolicy? = nil,
        keep: (@Sendable (AlgorithmTable) throws -> Void)? = nil
    ) -> AlgorithmBook {
        guard reuses, table != nil || keep != nil else { return self }
        var notice: String?
        if let table, table.machine != machine {
            notice =
                "the algorithms were chosen on another machine (\(table.machine)) than this (\(machine)); they are chosen "
                + "anew, so results differ in their last bits"
        }
        return AlgorithmBook(
            self, policy: policy ?? self.policy, stored: notice == nil ? table?.choices ?? [:] : [:], notice: notice,
            keep: keep)
    }

    /// Whether anything but the rule may decide.
    package var isActive: Bool { policy == .measured || !stored.isEmpty }

    /// What the run or the model held and what was chosen through this book; `nil` where the rule decided everything.
    package var table: AlgorithmTable? {
        let known = parent == nil ? [:] : state.withLock { $0.known }
        let choices = stored.merging(known) { _, new in new }
        return choices.isEmpty ? nil : AlgorithmTable(machine: machine, choices: choices)
    }

    /// A book that keeps track of what is chosen through it, after the choices of a run.
    ///
    /// - Parameter table: Of the run; `nil` when it begins.
    package func tracking(_ table: AlgorithmTable?) -> AlgorithmBook {
        reusing(table ?? AlgorithmTable(machine: machine, choices: [:]))
    }

    /// What a person should know; each is told once.
    ///
    /// - Parameter ofOthers: Also what the books say that this one was made of.
    package func takeNotices(ofOthers: Bool = true) -> [String] {
        let own = state.withLock { state in
            defer { (state.notices, state.measured, state.seconds) = ([], 0, 0) }
            guard state.measured > 0 else { return state.notices }
            let seconds = (10 * state.seconds).rounded() / 10
            return state.notices + [
                "measured the algorithms of \(state.measured) convolutions and gradients in \(seconds) s"
            ]
        }
        return own + (ofOthers ? parent?.takeNotices() ?? [] : [])
    }

    // MARK: Choosing

    /// - Parameters:
    ///   - candidates: What can be made here, the rule's choice first.
    ///   - time: Measures them, unless the book has a timer of its own.
    package func choose(
        _ task: ConvolutionTask, among candidates: [ConvolutionAlgorithm], _ time: @escaping AlgorithmTimer
    ) throws(PlanError) -> AlgorithmChoice {
        guard let rule = candidates.first else {
            throw PlanError(.invalid, "there is no algorithm to choose from.", received: task.key)
        }
        guard isActive, candidates.count > 1 else { return AlgorithmChoice(rule, .fixed) }
        if let name = stored[task.key] {
            let algorithm = ConvolutionAlgorithm(rawValue: name)
            if candidates.contains(algorithm) {
                remember(algorithm, task.key)
                return AlgorithmChoice(algorithm, .stored)
            }
            say(
                "the stored algorithm \"\(name)\" cannot be made here (\(task.key)); it is chosen anew, so results differ in "
                    + "their last bits")
        }
        guard policy == .measured else { return AlgorithmChoice(rule, .fixed) }
        guard let parent else { return AlgorithmChoice(try measured(task, candidates, time), .measured) }
        let choice = try parent.choose(task, among: candidates, time)
        remember(choice.algorithm, task.key)
        return choice
    }

    private func measured(
        _ task: ConvolutionTask, _ candidates: [ConvolutionAlgorithm], _ time: @escaping AlgorithmTimer
    ) throws(PlanError) -> ConvolutionAlgorithm {
        readCache()
        let key = task.key
        if let known = state.withLock({ $0.known[key] }).map(ConvolutionAlgorithm.init), candidates.contains(known) {
            return known
        }
        let clock = ContinuousClock()
        let start = clock.now
        let seconds = try (timer ?? time)(task, candidates)
        let duration = clock.now - start
        var algorithm = Self.fastest(seconds, rule: candidates[0])
        if let cache {
            do {
                let names = Dictionary(uniqueKeysWithValues: seconds.map { ($0.key.rawValue, $0.value) })
                let kept = try cache.add(algorithm.rawValue, for: key, seconds: names)
                // Another process may know more algorithms.
                let known = ConvolutionAlgorithm(rawValue: kept)
                if candidates.contains(known) { algorithm = known }
            } catch {
                say("measured algorithms cannot be kept for the next run: \(Self.summary(of: error))")
            }
        }
        state.withLock {
            $0.known[key] = algorithm.rawValue
            $0.measured += 1
            $0.seconds += Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
        }
        return algorithm
    }

    /// The fastest that was timed, if it beats the rule's choice clearly.
    package static func fastest(
        _ seconds: [ConvolutionAlgorithm: Double], rule: ConvolutionAlgorithm
    ) -> ConvolutionAlgorithm {
        // By name among equals, so that the order of a dictionary decides nothing.
        let order = seconds.sorted { ($0.value, $0.key.rawValue) < ($1.value, $1.key.rawValue) }
        guard let best = order.first, let own = seconds[rule] else { return rule }
        return best.value < threshold * own ? best.key : rule
    }

    private func readCache() {
        guard let cache, !state.withLock({ $0.hasReadCache }) else { return }
        let (choices, notice) = cache.read()
        state.withLock { state in
            state.hasReadCache = true
            state.known.merge(choices) { own, _ in own }
            if let notice { state.notices.append(notice) }
        }
    }

    private func remember(_ algorithm: ConvolutionAlgorithm, _ key: String) {
        let known = state.withLock { state -> [String: String]? in
            state.known.updateValue(algorithm.rawValue, forKey: key) == algorithm.rawValue ? nil : state.known
        }
        guard let keep, let known else { return }
        do {
            // What was stored stays, also what this process has no use for.
            try keep(AlgorithmTable(machine: machine, choices: stored.merging(known) { _, new in new }))
        } catch {
            say("the choice of algorithms cannot be kept in the run: \(Self.summary(of: error))")
        }
    }

    private func say(_ notice: String) {
        state.withLock { state in
            if !state.notices.contains(notice) { state.notices.append(notice) }
        }
    }

    private static func summary(of error: any Error) -> String {
        (error as? any OcellusError)?.summary ?? "\(error)"
    }
}
