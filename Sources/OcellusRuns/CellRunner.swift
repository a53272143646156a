// SPDX-License-Identifier: Apache-2.0

import OcellusArchive
import OcellusFiles
package import OcellusTraining

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Goes through the frozen queue of a run until everything is made, or the time is up.
///
/// Several processes may do so at once in one directory: each takes the first cell that nobody has and whose needs are
/// finished. A cell's lock is a file beside that of its result; the system releases it when the process ends, however it ends,
/// and another then makes the cell. A process that finds nothing to take waits, so that it can make what another leaves.
package struct CellRunner<Maker: CellMaking> {
    package typealias Cell = Maker.Cell
    let maker: Maker
    let cells: [Cell]
    private let queue: Set<Cell>
    let directory: RunDirectory?
    private let budget: CellBudget
    private let shouldStop: @Sendable () -> Bool
    private let report: (Event) -> Void

    package enum Event {
        /// Before the first cell: how many are there already, and seconds that the others should take.
        case planned(finished: Int, seconds: Double)
        case began(Cell, position: Int)
        case ended(Cell, Maker.Result, seconds: Double)
        /// Whatever is left is made by other processes.
        case waiting
        case budgetSpent(finished: Int)
    }

    /// What is there at the end.
    package struct Outcome {
        package var results: [Cell: Maker.Result]
        /// Whether there was time to begin or to go on with anything.
        package var hasBegun = false
    }

    /// - Parameters:
    ///   - cells: The queue.
    ///   - directory: Keeps the results; `nil` keeps them in memory alone.
    ///   - shouldStop: Asked where nothing is lost.
    ///   - report: Gets what happens, in order.
    package init(
        _ maker: Maker, cells: [Cell], in directory: RunDirectory?, within budget: CellBudget = CellBudget(until: nil),
        shouldStop: @escaping @Sendable () -> Bool = { false }, report: @escaping (Event) -> Void = { _ in }
    ) {
        self.maker = maker
        self.cells = cells
        queue = Set(cells)
        self.directory = directory
        self.budget = budget
        self.shouldStop = shouldStop
        self.report = report
    }

    /// What is there already; nothing is made.
    package func finished() throws -> [Cell: Maker.Result] {
        var results: [Cell: Maker.Result] = [:]
        try addFinished(to: &results)
        return results
    }

    /// - Throws: What the maker throws; ``TrainingError/Code/interrupted`` when a stop was asked for.
    package func run() async throws -> Outcome {
        var outcome = Outcome(results: [:])
        try addFinished(to: &outcome.results)
        report(
            .planned(
                finished: outcome.results.count,
                seconds: cells.reduce(0) { $0 + (outcome.results[$1] == nil ? maker.seconds($1) : 0) }))
        // Of the cells made here: predictions were made at another moment, when the machine may have been busier.
        var (spent, predicted) = (0.0, 0.0)
        var isWaiting = false
        while outcome.results.count < cells.count {
            guard let taken = try take(after: outcome.results) else {
                if !isWaiting { report(.waiting) }
                isWaiting = true
                guard try await mayWait() else { break }
                try addFinished(to: &outcome.results)
                continue
            }
            isWaiting = false
            let (cell, expected) = (cells[taken.position], maker.seconds(cells[taken.position]))
            let pace = predicted > 0 ? min(2, max(0.2, spent / predicted)) : 1
            guard maker.goesOn ? !budget.isTimeUp : budget.suffices(for: pace * expected) else { break }
            outcome.hasBegun = true
            guard let seconds = try await make(cell, taken, &outcome.results) else { break }
            spent += seconds
            predicted += expected
            try addFinished(to: &outcome.results)
        }
        if outcome.results.count < cells.count { report(.budgetSpent(finished: outcome.results.count)) }
        return outcome
    }

    /// - Returns: Seconds; `nil` when the time ended before the cell.
    private func make(_ cell: Cell, _ taken: Taken, _ results: inout [Cell: Maker.Result]) async throws -> Double? {
        report(.began(cell, position: taken.position))
        let clock = ContinuousClock()
        let start = clock.now
        do {
            let result = try await maker.result(
                of: cell, at: taken.position, known: results,
                shouldStop: { [shouldStop, budget] in shouldStop() || budget.isTimeUp })
            if let directory { try directory.write(result, to: file(of: cell, in: directory)) }
            try maker.cleanUp(after: cell)
            results[cell] = result
            let seconds = (clock.now - start).seconds
            report(.ended(cell, result, seconds: seconds))
            withExtendedLifetime(taken) {}
            return seconds
        } catch is CellStopped {
            guard !budget.isTimeUp else { return nil }
            throw maker.interruption(in: cell, at: taken.position, of: cells.count)
        }
    }

    /// Lets a moment pass.
    ///
    /// - Returns: `false` when the time is up.
    private func mayWait() async throws -> Bool {
        guard !shouldStop() else { throw maker.interruption(in: nil, at: 0, of: cells.count) }
        guard !budget.isTimeUp else { return false }
        try await Task.sleep(for: .milliseconds(50))
        return true
    }

    // MARK: Files

    /// A cell that no other process makes as long as this exists.
    private struct Taken {
        var position: Int
        /// `nil` where nobody else can be: in memory, and for who has the whole run where file systems lock nothing.
        var lock: FileLock?
    }

    func file(of cell: Cell, in directory: RunDirectory) -> URL {
        directory.url.appending(path: maker.file(of: cell))
    }

    /// The first cell that can be made and that nobody has. Needs that are no cells of the queue are the maker's own matter.
    private func take(after results: [Cell: Maker.Result]) throws -> Taken? {
        for (position, cell) in cells.enumerated()
        where results[cell] == nil && maker.needs(cell).allSatisfy({ results[$0] != nil || !queue.contains($0) }) {
            guard let directory else { return Taken(position: position, lock: nil) }
            let file = file(of: cell, in: directory)
            try AtomicFile.createDirectory(file.deletingLastPathComponent())
            switch try lock(file, of: directory) {
            case .another: continue
            case .nobody: return Taken(position: position, lock: nil)
            case .this(let lock):
                // It may have been finished by its last holder since the results were read.
                guard !Path(file).exists else { continue }
                return Taken(position: position, lock: lock)
            }
        }
        return nil
    }

    enum Holder {
        case this(FileLock)
        case another
        /// File systems that lock nothing.
        case nobody
    }

    func lock(_ file: URL, of directory: RunDirectory) throws -> Holder {
        let path = Path(file.appendingPathExtension("lock"))
        do {
            return try FileLock(vanishing: path).map(Holder.this) ?? .another
        } catch {
            // Where nothing is locked, others are refused.
            if directory.isHeld, [ENOTSUP, ENOLCK, ENOSYS, EINVAL].contains(error.number) { return .nobody }
            throw FileError.writing(path.text, error.number)
        }
    }

    /// Reads what was finished meanwhile, here or elsewhere.
    private func addFinished(to results: inout [Cell: Maker.Result]) throws {
        guard let directory else { return }
        for cell in cells where results[cell] == nil {
            let file = file(of: cell, in: directory)
            guard Path(file).exists else { continue }
            results[cell] = try read(file, of: cell)
            // A process that was killed after it wrote the result left its lock's file, and perhaps more.
            if Path(file.appendingPathExtension("lock")).exists, case .this(let lock) = try lock(file, of: directory) {
                try maker.cleanUp(after: cell)
                withExtendedLifetime(lock) {}
            }
        }
    }

    func read(_ file: URL, of cell: Cell) throws -> Maker.Result {
        let text = String(decoding: try AtomicFile.read(file), as: UTF8.self)
        let result = try CanonicalJSON.decodeRecord(Maker.Result.self, from: text, what: file.shownPath)
        try maker.check(result, of: cell, in: file.shownPath)
        return result
    }
}
