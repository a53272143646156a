// SPDX-License-Identifier: Apache-2.0

import OcellusArchive
import OcellusFiles
import OcellusModel
package import OcellusPlan

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension RunDirectory {
    /// The backend with the algorithms that this run has measured, and with those that it will measure kept in the run: so
    /// every training of a run takes the same, also after a resume.
    ///
    /// - Throws: ``ArchiveError`` or ``FileError`` when the run's file of them cannot be used.
    package func keepingAlgorithms(_ backend: any Backend) throws -> any Backend {
        guard backend.measuresAlgorithms else { return backend }
        return backend.reusing(try algorithms, policy: nil) { table in
            let lock = try algorithmsLock()
            defer { withExtendedLifetime(lock) {} }
            try write(table, to: algorithmsFile, afterThoseOf: try algorithms)
        }
    }

    /// The backend with all algorithms that something asks for, of which each is chosen once for all processes of the run:
    /// the others wait meanwhile and then take what is there.
    ///
    /// - Parameters:
    ///   - backend: Not one that ``keepingAlgorithms(_:)`` made: it would wait for the lock that is held here.
    ///   - choose: Makes the choices; what it compiles is thrown away.
    /// - Throws: As ``keepingAlgorithms(_:)``, and what `choose` throws.
    func settlingAlgorithms(_ backend: any Backend, _ choose: (any Backend) throws -> Void) throws -> any Backend {
        guard backend.measuresAlgorithms else { return backend }
        do {
            let lock = try algorithmsLock()
            defer { withExtendedLifetime(lock) {} }
            let known = try algorithms
            try choose(
                backend.reusing(known, policy: nil) { try write($0, to: algorithmsFile, afterThoseOf: known) })
        }
        return try keepingAlgorithms(backend)
    }

    private var algorithms: AlgorithmTable? {
        get throws {
            guard Path(algorithmsFile).exists else { return nil }
            let text = String(decoding: try AtomicFile.read(algorithmsFile), as: UTF8.self)
            return try CanonicalJSON.decode(AlgorithmTable.self, from: text, what: algorithmsFile.shownPath)
        }
    }

    /// What the run has stays.
    private func write(_ table: AlgorithmTable, to file: URL, afterThoseOf known: AlgorithmTable?) throws {
        var table = table
        if let known, known.machine == table.machine { table.choices.merge(known.choices) { _, known in known } }
        try write(table, to: file)
    }

    private func algorithmsLock() throws -> FileLock {
        let path = Path(algorithmsFile.appendingPathExtension("lock"))
        do {
            return try FileLock.waiting(forVanishing: path)
        } catch {
            throw FileError.writing(path.text, error.number)
        }
    }
}

extension Trainer {
    /// Makes all choices of algorithms of a training before it begins, so that processes which train in one run at the same
    /// time take the same; nothing where a rule of the shapes chooses.
    ///
    /// - Throws: ``ModelError``, ``TrainingError`` as the training would; errors of the run's file of choices.
    package mutating func settleAlgorithms(for parts: TrainingParts, in directory: RunDirectory) async throws {
        guard backend.measuresAlgorithms else { return }
        let trainer = self
        backend = try await backend.thread.run {
            try directory.settlingAlgorithms(trainer.backend) { backend in
                _ = try TrainingSession(
                    network: trainer.network, configuration: trainer.configuration,
                    preprocessing: parts.preprocessing, train: parts.train, validation: parts.validation,
                    backend: backend)
            }
        }
    }
}
