// SPDX-License-Identifier: Apache-2.0

public import OcellusArchive
public import OcellusGraph
import OcellusModel
import OcellusTensor

/// Everything that decides how a head is trained on a backbone's features.
public struct TransferConfiguration: Hashable, Codable, Sendable {
    /// What gives the features.
    public var backbone: Backbone
    /// Strengths of the penalty that are tried, from strong to weak: see ``TransferConfiguration/standardStrengths``.
    public var strengths: [Double]
    /// Parts of the training photos, each of which is held out once to choose the strength and to measure the accuracy. Fewer
    /// where a class has fewer photos; not used where the data have validation images or folds of their own.
    public var folds: Int
    /// Whether the mirror image of each training photo trains as well.
    public var mirrors: Bool
    /// How classes with unequal numbers of photos are made to count the same.
    public var balance: Balance
    /// Decides which photo is held out when.
    public var seed: UInt64

    /// What classes count in the loss.
    public enum Balance: String, Hashable, Codable, Sendable, CaseIterable {
        /// The same where the largest has more than 1.5 times the photos of the smallest, else as they come.
        case automatic
        case weights
        case none
    }

    /// 10, √10·10⁰, 1, … , 10⁻⁴: half a decade apart. A strength λ is `1/(C·n)` of other programs' C for n rows.
    public static let standardStrengths: [Double] = [
        10, 3.1622776601683795, 1, 0.31622776601683794, 0.1, 0.031622776601683795, 0.01, 0.0031622776601683794, 0.001,
        0.00031622776601683794, 0.0001,
    ]

    public init(
        backbone: Backbone = .lite0, strengths: [Double] = standardStrengths, folds: Int = 5, mirrors: Bool = true,
        balance: Balance = .automatic, seed: UInt64 = 0
    ) {
        self.backbone = backbone
        self.strengths = strengths
        self.folds = folds
        self.mirrors = mirrors
        self.balance = balance
        self.seed = seed
    }

    /// Throws ``ModelError/Code/outOfRange`` unless the strengths are positive and fall, and there are 2 to 100 folds.
    public func validate() throws(ModelError) {
        let falls = zip(strengths, strengths.dropFirst()).allSatisfy { $0 > $1 }
        guard !strengths.isEmpty, falls, strengths.allSatisfy({ $0.isFinite && $0 >= 1e-12 }) else {
            throw ModelError(
                .outOfRange, "the strengths of the penalty have no meaning.",
                needs: "at least one number, of at least 1e-12, each smaller than the one before",
                received: "\(strengths)")
        }
        guard (2...100).contains(folds) else {
            throw ModelError(
                .outOfRange, "the number of folds has no meaning.", needs: "2 to 100", received: "\(folds)")
        }
    }
}

/// How well a strength did on photos that its heads had not seen.
public struct StrengthTrial: Hashable, Codable, Sendable {
    public var strength: Double
    /// Mean loss of the held-out photos; with class weights where training has them.
    public var loss: Double
    public var correct: Int
    public var count: Int
}
