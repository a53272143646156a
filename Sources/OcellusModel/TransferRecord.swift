// SPDX-License-Identifier: Apache-2.0

/// How a last layer was trained on the features of a network that was trained elsewhere.
public struct TransferRecord: Hashable, Codable, Sendable {
    /// Of the weights that give the features.
    public var origin: WeightsOrigin
    /// λ of the penalty λ/2·‖W‖² on standardised features; see docs/transfer.md.
    public var strength: Double
    /// Those that were tried.
    public var strengths: [Double]
    /// What held photos out, to choose the strength and for ``TrainingRecord/validation``, e.g. `5 folds`.
    public var heldOut: String
    /// Whether mirror images trained as well.
    public var mirrors: Bool
    /// How the network went on training from that layer; `nil` where it is as it was.
    public var stages: StageRates?

    public init(origin: WeightsOrigin, strength: Double, strengths: [Double], heldOut: String, mirrors: Bool) {
        self.origin = origin
        self.strength = strength
        self.strengths = strengths
        self.heldOut = heldOut
        self.mirrors = mirrors
    }
}

/// Which stages of a network that was trained elsewhere go on training, and how fast.
///
/// The head has the learning rate of the optimiser, and each stage towards the images ``rateDecay`` times the rate of the
/// stage behind it: early stages know edges and colours, which are the same in all photos. Howard and Ruder 2018,
/// arXiv:1801.06146, section 3.2.
public struct StageRates: Hashable, Codable, Sendable {
    /// Stages that train, counted from the head; those before them stay as they are.
    public var trained: Int
    /// Above 0, at most 1.
    public var rateDecay: Double
    /// What became of the batch norms.
    public var batchNorms: BatchNorms

    public enum BatchNorms: String, Hashable, Codable, Sendable {
        /// Their statistics stay as they were, and they became part of the convolutions before them, which train.
        case folded
    }

    public init(trained: Int, rateDecay: Double) {
        self.trained = trained
        self.rateDecay = rateDecay
        batchNorms = .folded
    }
}
