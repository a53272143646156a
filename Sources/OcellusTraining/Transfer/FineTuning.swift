// SPDX-License-Identifier: Apache-2.0

import OcellusArchive
package import OcellusData
public import OcellusGraph
import OcellusMetrics
public import OcellusModel
import OcellusPlan
import OcellusTensor

/// How a network that was trained elsewhere goes on training from a head on its features: first the head alone, then the
/// stages with small rates. Kumar et al. 2022, arXiv:2202.10054.
public struct FineTuning: Hashable, Codable, Sendable {
    /// How the head is trained that it starts from.
    public var head: TransferConfiguration
    public var stages: StageRates
    /// Where features are kept.
    package var featureCache: FeatureCache.Place

    /// - Parameters:
    ///   - head: How the head is trained.
    ///   - stages: Which stages go on training, and how fast.
    ///   - keepsFeatures: Whether features are kept below the cache directory for the next run.
    public init(
        head: TransferConfiguration = TransferConfiguration(), stages: StageRates = FineTuning.standardStages,
        keepsFeatures: Bool = true
    ) {
        self.init(head: head, stages: stages, featureCache: keepsFeatures ? .standard : .none)
    }

    package init(head: TransferConfiguration, stages: StageRates, featureCache: FeatureCache.Place) {
        self.head = head
        self.stages = stages
        self.featureCache = featureCache
    }

    /// The last four stages, each at half the rate of the next. Earlier ones would hardly move, and most of the time goes into
    /// their large maps.
    public static let standardStages = StageRates(trained: 4, rateDecay: 0.5)

    /// Throws ``ModelError/Code/outOfRange`` for impossible settings.
    public func validate() throws(ModelError) {
        try head.validate()
        guard (1...head.backbone.stages.count).contains(stages.trained) else {
            throw ModelError(
                .outOfRange, "the number of stages is out of range.",
                needs: "1 to \(head.backbone.stages.count) stages of \(head.backbone.rawValue)",
                received: "\(stages.trained)")
        }
        guard stages.rateDecay > 0, stages.rateDecay <= 1 else {
            throw ModelError(
                .outOfRange, "the rates of stages are out of range.", needs: "a decay above 0, at most 1",
                received: "\(stages.rateDecay)")
        }
    }
}

extension FineTuning {
    /// What trains: the backbone with its batch norms folded into convolutions, and a last layer.
    package func network(classes: Int) throws(ModelError) -> Network {
        try unfolded(classes: classes).foldingBatchNorms()
    }

    private func unfolded(classes: Int) -> Network { head.backbone.network(classes: classes) }

    /// Weights of ``network(classes:)`` from those of the backbone with a head.
    ///
    /// - Throws: ``ModelError/Code/weightsMismatch`` for those of another network.
    package func folded(_ weights: Weights, classes: Int) throws(ModelError) -> Weights {
        let network = unfolded(classes: classes)
        try network.validate(weights)
        let folded = try BatchNormFolding(network.graph()).fold(weights)
        try self.network(classes: classes).validate(folded)
        return folded
    }

    /// The rates of the stages, and those that stay as they are.
    package var parameterGroups: [ParameterGroup] {
        head.backbone.stages.reversed().enumerated().map { distance, stage in
            distance < stages.trained
                ? ParameterGroup([stage], rateFactor: (0...distance).reduce(1) { rate, _ in rate * stages.rateDecay })
                : ParameterGroup([stage], epochs: 0)
        }
    }

    /// How the stages train where a person decided nothing else: see docs/transfer.md for how the numbers were chosen.
    ///
    /// - Parameter images: Those that train.
    /// - Throws: ``TrainingError/Code/noImages`` when a class has none and classes are to count the same.
    package func configuration(for images: ImageSet) throws -> TrainingConfiguration {
        let isUneven = ClassImbalance(counts: images.classCounts)?.isUneven == true
        let weights =
            switch head.balance {
            case .none: false
            case .automatic: isUneven
            case .weights: true
            }
        return TrainingConfiguration(
            epochs: 12, batchSize: 16, optimizer: .adamW(learningRate: 0.0005),
            schedule: Schedule(.cosine(), warmupEpochs: 1),
            loss: Loss(classWeights: weights ? try ClassBalance.weights(of: images) : nil), seed: head.seed,
            patience: 4, augmentation: Augmentation(.horizontalFlip(), .randomResizedCrop(area: 0.5...1)),
            parameterGroups: parameterGroups)
    }
}
