// SPDX-License-Identifier: Apache-2.0

import OcellusPlan
public import OcellusRuns
public import OcellusTraining

extension TransferJob.Settings {
    /// For the default engine, as ``TransferJob/create(_:at:)`` takes it.
    ///
    /// - Parameters:
    ///   - data: Photos in files; a relative path is kept as an absolute one, so that a run can be gone on with from anywhere.
    ///   - transfer: Everything else that decides it.
    ///   - keepsFeatures: Whether features are kept below the cache directory for the next run.
    ///   - threads: As `Trainer` when left out.
    /// - Throws: An error of code `configuration.invalid` for an impossible number of threads.
    public init(
        _ data: DataRequest, transfer: TransferConfiguration = TransferConfiguration(), keepsFeatures: Bool = true,
        threads: Int? = nil
    ) throws {
        self.init(
            data: data.absolute, transfer: transfer, featureCache: keepsFeatures ? .standard : .none,
            engine: EngineSettings(try EngineChoice.onednn.make(threads: threads)))
    }
}

extension TransferJob {
    /// Opens the photos and begins a run, before anything is computed.
    ///
    /// - Parameters:
    ///   - settings: Everything that decides it.
    ///   - path: Of a directory that is new or empty; the first free `runs/train/<backbone>-<n>` when left out.
    /// - Throws: `DataError` for photos that cannot be read, and for images that do not come in files;
    ///   ``TrainingError/Code/runExists``, ``TrainingError/Code/runInUse``; an error of code `archive.…` when it cannot be written.
    public static func create(_ settings: Settings, at path: String? = nil) async throws -> TransferJob {
        let images = try await settings.data.openLabelled(photos: settings.photos)
        return try create(settings, images: images, at: path, backend: try settings.engine.makeBackend())
    }

    /// Opens a run that was interrupted, to end it.
    ///
    /// - Parameter path: Of the run's directory.
    /// - Throws: ``TrainingError`` when it is no run, in use or finished; an error of code `archive.…` or `data.…` for its files
    ///   and images.
    public static func resume(_ path: String) async throws -> TransferJob {
        try await resume(path) { try $0.makeBackend() }
    }
}
