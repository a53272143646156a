// SPDX-License-Identifier: Apache-2.0

public import OcellusEvidence
public import OcellusModel
import OcellusPlan
import OcellusTensor
public import OcellusTraining

// Comparisons and evidence runs for the default engine: what `ocellus compare` and `ocellus evidence` call too.

extension ComparisonConfiguration {
    /// Everything that decides a comparison, for the default engine.
    ///
    /// - Parameters:
    ///   - data: Which images; a relative path is kept as an absolute one.
    ///   - networks: For the images; the first two are the pair that is compared.
    ///   - recipe: How they are trained; left out, as `match` asks for.
    ///   - match: What they are made equal in.
    ///   - seeds: Trainings of each network, with seeds from 0.
    ///   - epochs: Of every network instead of the recipe's number.
    ///   - augmentation: The same for every network.
    ///   - threads: As ``Trainer`` when left out.
    ///   - precision: What products are computed in.
    ///   - command: What began it, one word an element, for whoever reads the record.
    /// - Throws: ``EvidenceError/Code/cannotMatch``; as the initialiser of ``Trainer``.
    public init(
        _ data: DataRequest, networks: [Entry], recipe: Recipe? = nil, match: NetworkMatch = .asGiven, seeds: Int = 5,
        epochs: Int? = nil, augmentation: Augmentation? = nil, threads: Int? = nil, precision: Precision = .float32,
        command: [String] = []
    ) throws {
        self.init(
            command: command, data: data.absolute, recipe: recipe ?? match.defaultRecipe, networks: networks,
            seeds: (0..<UInt64(max(0, seeds))).map { $0 }, epochs: epochs, augmentation: augmentation,
            engine: EngineSettings(try EngineChoice.onednn.make(threads: threads, precision: precision)))
        try matchNetworks(by: match)
    }
}

extension Comparison {
    /// Opens the images, measures what the comparison needs to know and begins the run, before anything is trained.
    ///
    /// - Parameters:
    ///   - configuration: Everything that decides it.
    ///   - path: Of a directory that is new or empty; the first free `runs/compare/<data>-<n>` when left out.
    ///   - deadline: Of a comparison with a budget: it must suffice for two seeds. `nil` for no end.
    /// - Throws: ``EvidenceError``, ``ModelError``, ``DataError``; ``TrainingError/Code/runExists``,
    ///   ``TrainingError/Code/runInUse``; an error of code `archive.…` when it cannot be written.
    public static func create(
        _ configuration: ComparisonConfiguration, at path: String? = nil,
        until deadline: ContinuousClock.Instant? = nil
    ) async throws -> Comparison {
        var configuration = configuration
        let images = try await configuration.data.open()
        let backend = try configuration.engine.makeBackend()
        try await configuration.measure(
            on: images, probe: SpeedProbe(backend),
            budget: deadline.map { EvidenceBudget(seconds: ($0 - ContinuousClock.now).seconds) }, until: deadline,
            drawsPictures: true)
        return try create(configuration, images: images, backend: backend, at: path)
    }

    /// Opens a run to go on with it, perhaps with more seeds.
    ///
    /// - Parameters:
    ///   - path: Of the run's directory.
    ///   - seeds: How many to have, no fewer than before.
    /// - Throws: ``EvidenceError`` where images, engine or plan are others; ``TrainingError`` when it is no run or in use;
    ///   ``ArchiveError``, ``DataError`` and errors of code `archive.…` for its files and images.
    public static func resume(_ path: String, seeds: Int? = nil) async throws -> Comparison {
        let directory = try RunDirectory.resume(path)
        let configuration = try configuration(of: directory)
        return try resume(
            directory, images: try await configuration.data.open(),
            backend: try configuration.engine.makeBackend(), seeds: seeds)
    }
}

extension EvidenceConfiguration {
    /// Everything that decides an evidence run, for the default engine.
    ///
    /// - Parameters:
    ///   - data: Which images; a relative path is kept as an absolute one.
    ///   - dense: A network without convolutions, for the images.
    ///   - convolutional: One with them.
    ///   - claims: Names of claims in the order in which they are tested; all when left out.
    ///   - seeds: Trainings of each kind, with seeds from 0.
    ///   - pictures: Whether parts of images are drawn in the record.
    ///   - threads: As ``Trainer`` when left out.
    ///   - precision: What products are computed in.
    ///   - command: What began it, one word an element, for whoever reads the record.
    /// - Throws: As the initialiser of ``Trainer``.
    public init(
        _ data: DataRequest, dense: ComparisonConfiguration.Entry, convolutional: ComparisonConfiguration.Entry,
        claims: [String]? = nil, seeds: Int = 8, pictures: Bool = true, threads: Int? = nil,
        precision: Precision = .float32, command: [String] = []
    ) throws {
        self.init(
            command: command, data: data.absolute, dense: dense, convolutional: convolutional,
            claims: claims ?? Claims.names, seeds: (0..<UInt64(max(0, seeds))).map { $0 }, pictures: pictures,
            engine: EngineSettings(try EngineChoice.onednn.make(threads: threads, precision: precision)))
    }
}

extension EvidenceRun {
    /// Opens the images, measures the networks' speeds, chooses how much each training does, and begins the run.
    ///
    /// - Parameters:
    ///   - configuration: Everything that decides it.
    ///   - deadline: When everything must be done; it decides how many images each training sees.
    ///   - path: Of a directory that is new or empty; the first free `runs/evidence/<data>-<n>` when left out.
    /// - Throws: ``EvidenceError``, ``ModelError``, ``DataError``; ``TrainingError/Code/runExists``,
    ///   ``TrainingError/Code/runInUse``; an error of code `archive.…` when it cannot be written.
    public static func create(
        _ configuration: EvidenceConfiguration, until deadline: ContinuousClock.Instant, at path: String? = nil
    ) async throws -> EvidenceRun {
        try await create(
            configuration, images: try await configuration.data.open(),
            backend: try configuration.engine.makeBackend(), until: deadline, at: path)
    }

    /// Opens a run to go on with it, perhaps with more seeds or claims.
    ///
    /// - Parameters:
    ///   - path: Of the run's directory.
    ///   - seeds: How many to have, no fewer than before.
    ///   - claims: Names of claims to add.
    /// - Throws: As ``Comparison/resume(_:seeds:)``.
    public static func resume(_ path: String, seeds: Int? = nil, claims: [String] = []) async throws -> EvidenceRun {
        let directory = try RunDirectory.resume(path)
        let configuration = try configuration(of: directory)
        return try await resume(
            directory, images: try await configuration.data.open(),
            backend: try configuration.engine.makeBackend(), seeds: seeds, claims: claims)
    }
}
