// SPDX-License-Identifier: Apache-2.0

package import OcellusTraining

/// Makes the cells of one kind of run: a comparison's trainings, an evidence run's trainings and probes, the folds that judge
/// labels.
///
/// A cell is one unit of work: what it gives is a function of the run's configuration and of itself alone, times aside. So it
/// does not matter which process makes it, nor in which order.
package protocol CellMaking {
    associatedtype Cell: Hashable, Codable, Sendable
    /// As the cell's file holds it.
    associatedtype Result: Codable, Sendable

    /// Of the result, relative to the run's directory.
    func file(of cell: Cell) -> String
    /// What else of it must lie in the run, e.g. its model, relative to the run's directory; what is absent is not needed.
    func companions(of cell: Cell) -> [String]
    /// Cells that must be finished before this one can be made.
    func needs(_ cell: Cell) -> [Cell]
    /// That the cell should take; 0 where nobody knows.
    func seconds(_ cell: Cell) -> Double
    /// Whether a cell that is stopped goes on from where it was. All others are not begun unless they should end in time.
    var goesOn: Bool { get }

    /// Makes a cell.
    ///
    /// - Parameters:
    ///   - position: In the queue, from 0.
    ///   - known: What is finished, all that the cell needs included.
    ///   - shouldStop: Asked as often as nothing would be lost.
    /// - Throws: ``CellStopped`` after `shouldStop` said so; errors of data, files and engine.
    func result(
        of cell: Cell, at position: Int, known: [Cell: Result], shouldStop: @escaping @Sendable () -> Bool
    ) async throws -> Result
    /// Removes what a cell needs no more once its result is written.
    func cleanUp(after cell: Cell) throws
    /// - Throws: When a file's content is that of another cell.
    func check(_ result: Result, of cell: Cell, in file: String) throws
    /// What a person is told who stopped the run in a cell, and how it goes on.
    ///
    /// - Parameters:
    ///   - cell: `nil` while cells of other processes were waited for.
    ///   - position: Of the cell in the queue, from 0.
    ///   - count: Cells of the queue.
    func interruption(in cell: Cell?, at position: Int, of count: Int) -> TrainingError
}

extension CellMaking {
    package func companions(of cell: Cell) -> [String] { [] }
    package func needs(_ cell: Cell) -> [Cell] { [] }
    package func seconds(_ cell: Cell) -> Double { 0 }
    package func cleanUp(after cell: Cell) throws {}
    package func check(_ result: Result, of cell: Cell, in file: String) throws {}
}

/// A cell was given up or left at a checkpoint because the time is up or a stop was asked for.
package struct CellStopped: Error {
    package init() {}
}

/// When nothing more is begun.
package struct CellBudget: Sendable {
    /// `nil` for never.
    package var end: ContinuousClock.Instant?
    package var now: @Sendable () -> ContinuousClock.Instant

    package init(
        until end: ContinuousClock.Instant?, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.end = end
        self.now = now
    }

    package var isTimeUp: Bool { end.map { now() >= $0 } ?? false }

    /// Whether something that takes so long would end in time.
    func suffices(for seconds: Double) -> Bool { end.map { ($0 - now()).seconds >= seconds } ?? true }
}
