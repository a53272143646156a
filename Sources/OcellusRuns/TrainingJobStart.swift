// SPDX-License-Identifier: Apache-2.0

import OcellusArchive
package import OcellusData
import OcellusFiles
import OcellusGraph
import OcellusInference
public import OcellusModel
package import OcellusPlan
import OcellusTensor
package import OcellusTraining

#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

extension TrainingJob {
    /// The trained model that a run goes on from.
    public struct Start: Codable, Hashable, Sendable {
        /// Of its file, absolute; bytes that are not UTF-8 are escaped.
        package var path: String
        /// What the record of the run's model says of it.
        public var model: EarlierModel
        /// Class names of the run: those of the model, and after them the others of the images.
        public package(set) var classes: [String]
        /// How many of ``classes`` the model has.
        public package(set) var knownClasses: Int
        /// Where the model's weights come from, if they were trained elsewhere: it stays with every later one.
        public package(set) var origin: WeightsOrigin?
    }
}

extension Classifier {
    /// With the licence and the source of what it went on from.
    func keepingOrigin(of settings: TrainingJob.Settings, head: Classifier?) -> Classifier {
        var classifier = self
        classifier.origin = settings.start?.origin ?? settings.fineTuning?.head.backbone.origin
        classifier.record?.transfer = head?.record?.transfer
        classifier.record?.transfer?.stages = settings.fineTuning?.stages
        return classifier
    }
}

extension TrainingJob.Settings {
    /// To go on from a trained model with other images: its weights, its classes and its preprocessing stay, and classes
    /// that only the images have are added when the job is created.
    ///
    /// - Parameters:
    ///   - file: The model's.
    ///   - data: Which images; they are fitted as the model's were.
    ///   - training: Everything else that decides it.
    ///   - validationFraction: Share of the training images held out where the data have no validation images.
    ///   - fold: Held out instead of the share.
    /// - Throws: ``ArchiveError`` for the file, ``ModelError`` for the network in it,
    ///   ``InferenceError/Code/unknownPreprocessing`` for one that does not say how pictures become its input.
    package init(
        continuing file: URL, with data: DataRequest, command: [String] = [], name: String = "continued",
        training: TrainingConfiguration = TrainingConfiguration(), validationFraction: Double = 0.1,
        fold: Fold? = nil, engine: EngineSettings
    ) throws {
        let model = try ModelFile(contentsOf: file)
        guard let preprocessing = model.preprocessing else {
            throw InferenceError.unknownPreprocessing(of: file.shownPath)
        }
        self.init(
            command: command, data: data.seen(by: preprocessing).absolute, name: name, network: model.network,
            training: training, validationFraction: validationFraction, fold: fold,
            preprocessing: preprocessing, engine: engine)
        start = TrainingJob.Start(
            path: Path(file).absolute.escaped,
            model: EarlierModel(sha256: try Self.sha256(of: file), data: model.record?.trainedOn ?? []),
            classes: model.classes, knownClasses: model.classes.count, origin: model.origin)
    }

    private static func sha256(of file: URL) throws -> String {
        SHA256.digest(of: try ArchiveError.ofFiles { try AtomicFile.read(file) }).hexadecimal
    }

    /// Takes up the classes of the images, where the run goes on from a model.
    ///
    /// - Throws: ``TrainingError/Code/shapesDiffer`` for images of another shape, ``TrainingError/Code/classesDiffer`` where
    ///   the network cannot take up more.
    package func taking(_ images: ImageDataset) throws -> TrainingJob.Settings {
        guard start != nil || fineTuning != nil else { return self }
        guard images.shape == network.input else {
            throw TrainingError(
                .shapesDiffer, "the images do not fit the network.", needs: "\(network.input) (C, H, W)",
                received: "\(images.shape)", advice: "images of that kind, or a new training")
        }
        if let fineTuning {
            var settings = self
            settings.network = try fineTuning.network(classes: images.classes.count)
            return settings
        }
        guard let start else { return self }
        let known = Set(start.classes)
        let new = images.classes.filter { !known.contains($0) }
        var settings = self
        settings.start?.classes += new
        do {
            settings.network = try network.widened(to: start.classes.count + new.count)
        } catch {
            throw TrainingError(
                .classesDiffer, error.summary, needs: error.needs,
                received: "new classes: \(Self.list(new))", advice: error.advice)
        }
        return settings
    }

    /// What a person should know of the classes before the training, as sentences; empty unless it goes on from a model.
    ///
    /// - Parameter images: As they were opened.
    func startNotes(on images: ImageDataset) -> [String] {
        guard let start else { return [] }
        let (known, new) = (start.classes.prefix(start.knownClasses), start.classes.dropFirst(start.knownClasses))
        var notes = ["going on from \(Path(escaped: start.path).text), which knows \(known.count) classes"]
        if !new.isEmpty { notes.append("new classes: \(Self.list(new))") }
        notes += ClassNames.similar(start.classes).filter { !Set($0).isDisjoint(with: new) }.map(ClassNames.similarNote)
        let given = Set(images.classes)
        let absent = known.filter { !given.contains($0) }
        if !absent.isEmpty {
            notes.append("the model may forget its classes that have no images here: \(Self.list(absent))")
        }
        return notes
    }

    /// The weights to begin with, where no checkpoint has them.
    ///
    /// - Throws: ``TrainingError/Code/differentRun`` when the file is not the one that the run was made from.
    func startingWeights() throws -> Weights? {
        guard let start else { return nil }
        let file = URL(Path(escaped: start.path))
        let found = try Self.sha256(of: file)
        guard found == start.model.sha256 else {
            throw TrainingError(
                .differentRun, "\(file.shownPath) is not the model that the run was made to go on from.",
                needs: "SHA-256 \(start.model.sha256)", received: "SHA-256 \(found)",
                advice: "the file that the run was made with, or a new run")
        }
        let model = try ModelFile(contentsOf: file)
        return try model.network.widened(model.weights, for: network, seed: training.seed)
    }

    private static func list(_ names: some Collection<String>, most: Int = 10) -> String {
        names.prefix(most).joined(separator: ", ") + (names.count > most ? " and \(names.count - most) more" : "")
    }
}
