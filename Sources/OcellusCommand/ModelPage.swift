// SPDX-License-Identifier: Apache-2.0

import OcellusArchive
import OcellusEvidence
import OcellusFiles
import OcellusReport
import OcellusRuns
import OcellusTraining

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Writes the record and the page of a finished run of `train`.
enum ModelPage {
    /// - Returns: The page, as a person would type it; or why it could not be written, of ``DataError`` and ``FileError``.
    static func write(
        of job: TrainingJob, _ result: TrainingJob.Result, advice: [String], hasPictures: Bool
    ) async -> Result<String, any Error> {
        do {
            let record = try await ModelRecord(
                job, result, command: job.settings.command, advice: advice, hasPictures: hasPictures)
            return .success(try write(record, into: job.directory))
        } catch {
            return .failure(error)
        }
    }

    /// As ``write(of:_:advice:hasPictures:)`` of a training of all layers.
    static func write(
        of job: TransferJob, _ result: TransferJob.Result, advice: [String], hasPictures: Bool
    ) async -> Result<String, any Error> {
        do {
            let record = try await ModelRecord(
                job, result, command: job.settings.command, advice: advice, hasPictures: hasPictures)
            return .success(try write(record, into: job.directory))
        } catch {
            return .failure(error)
        }
    }

    private static func write(_ record: ModelRecord, into run: RunDirectory) throws -> String {
        try run.write(record, to: run.recordFile)
        try run.write(text: ReportPage.html(for: record), to: run.reportFile)
        return run.reportFile.shownPath
    }
}
