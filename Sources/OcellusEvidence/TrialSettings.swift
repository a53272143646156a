// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
public import OcellusModel
import OcellusTensor
import OcellusTraining

/// What is tuned of a training: one point of a recipe's search.
public struct TrialSettings: Hashable, Codable, Sendable {
    public var learningRate: Double
    public var weightDecay: Double
    /// `nil` leaves the training images as they are.
    public var augmentation: Augmentation?
    /// Rate of a dropout before the last layer with weights; 0 for none.
    public var dropout: Double

    public init(
        learningRate: Double, weightDecay: Double = 0, augmentation: Augmentation? = nil, dropout: Double = 0
    ) {
        self.learningRate = learningRate
        self.weightDecay = weightDecay
        self.augmentation = augmentation
        self.dropout = dropout
    }

    /// The network with the dropout in its place. Parameters keep their names. One that is a single graph stays as it is.
    func applied(to network: Network) -> Network {
        guard dropout > 0, let last = network.lastLayerWithWeights else { return network }
        var network = network
        for position in last..<network.layers.count where network.layers[position].name == nil {
            network.layers[position].name = "\(position)"
        }
        network.layers.insert(Dropout(Float(dropout)).named("dropout"), at: last)
        return network
    }
}

extension Network {
    /// Position of the last layer with weights, itself or in a branch; `nil` for a network that cannot be built, too, and for one
    /// whose layers are those of a graph.
    fileprivate var lastLayerWithWeights: Int? {
        guard let graph = try? graph(), graph.outermostScopes.count == layers.count else { return nil }
        return graph.outermostScopes.lastIndex { graph.operations[$0.operations].contains(where: \.hasWeights) }
    }
}

/// A search on the validation images, stage after stage: each tries its values of one setting with the best of the others
/// so far. The number of trials depends on neither network nor results.
struct RecipeSearch {
    /// What every trial begins with.
    let base: TrialSettings
    let stages: [[@Sendable (inout TrialSettings) -> Void]]

    var count: Int { stages.reduce(0) { $0 + $1.count } }

    /// - Parameters:
    ///   - image: `[C, H, W]`
    ///   - augmentation: That of the comparison.
    init(_ recipe: Recipe, image: Shape, augmentation: Augmentation?) {
        base = TrialSettings(learningRate: recipe.learningRates.first ?? 0.001, augmentation: augmentation)
        var stages: [[@Sendable (inout TrialSettings) -> Void]] = []
        if !recipe.learningRates.isEmpty {
            stages.append(recipe.learningRates.map { rate in { $0.learningRate = rate } })
        }
        if recipe == .bestEffort {
            stages.append(Self.weightDecays.map { decay in { $0.weightDecay = decay } })
            stages.append(Self.augmentations(image).map { steps in { $0.augmentation = steps } })
            stages.append(Self.dropouts.map { rate in { $0.dropout = rate } })
        }
        self.stages = stages
    }

    static let weightDecays = [0.01, 0.1]
    static let dropouts = [0.2, 0.5]
    /// Moves by up to an eighth of the shorter side; the same with mirroring, which the validation images take or leave.
    static func augmentations(_ image: Shape) -> [Augmentation] {
        let pixels = max(1, min(image[1], image[2]) / 8)
        return [Augmentation(.padCrop(pixels: pixels)), Augmentation(.padCrop(pixels: pixels), .horizontalFlip())]
    }

    /// The settings of the next trial.
    ///
    /// - Parameter trials: Those before it, in their order; fewer than ``count``.
    func next(after trials: [ComparisonTrial]) -> TrialSettings? {
        trials.count < count ? settings(of: trials.count, after: trials) : nil
    }

    /// The settings of a trial.
    ///
    /// - Parameters:
    ///   - number: From 0, less than ``count``.
    ///   - trials: At least the ``trials(before:)`` that decide it.
    func settings(of number: Int, after trials: [ComparisonTrial]) -> TrialSettings {
        let first = self.trials(before: number)
        // Where every trial so far diverged, the smallest rate has the best chance.
        var settings = ComparisonTrial.best(trials.prefix(first))?.settings ?? base
        Array(stages.joined())[number](&settings)
        return settings
    }

    /// Trials of the stages before that of a trial.
    func trials(before number: Int) -> Int {
        var first = 0
        for stage in stages {
            if number < first + stage.count { break }
            first += stage.count
        }
        return first
    }

    /// Everything that slows a training down, for predictions that are not too short.
    var slowest: TrialSettings {
        var settings = base
        for stage in stages { stage.last?(&settings) }
        return settings
    }
}
