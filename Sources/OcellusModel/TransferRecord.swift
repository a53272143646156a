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

    public init(origin: WeightsOrigin, strength: Double, strengths: [Double], heldOut: String, mirrors: Bool) {
        self.origin = origin
        self.strength = strength
        self.strengths = strengths
        self.heldOut = heldOut
        self.mirrors = mirrors
    }
}
