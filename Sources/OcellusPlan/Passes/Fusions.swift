// SPDX-License-Identifier: Apache-2.0

package import OcellusGraph
package import OcellusTensor

/// What a device computes as one operation. The passes ask it before they join operations; unless it says otherwise, it takes
/// nothing and gets every operation by itself.
package protocol Fusions: Sendable {
    /// Whether an operation may end in an epilogue.
    ///
    /// - Parameters:
    ///   - core: What the operation computes.
    ///   - result: The shape of what it gives.
    ///   - isTraining: Whether the program computes gradients too.
    func takes(_ epilogue: Epilogue, behind core: any Operator, of result: Shape, isTraining: Bool) -> Bool
    /// Whether the gradient of a function may be part of those beside it: that of a ReLU of those of a max pool and a sum, and that
    /// of any epilogue of a batch norm's.
    var takesFunctionGradients: Bool { get }
    /// Whether a convolution may be one operation with the batch norms before and behind it, each with its ReLU, in training.
    func takesNorms(around convolution: Convolution) -> Bool
    /// Whether a convolution's weight gradient may be computed through the max pool behind it.
    func takesPool(_ pool: Geometry2D, behind convolution: Convolution) -> Bool
    /// Whether a dense weight may be updated by the operation that computes its gradient.
    func takesUpdate(ofDense weight: Shape, batchSize: Int) -> Bool
}

extension Fusions {
    package func takes(_ epilogue: Epilogue, behind core: any Operator, of result: Shape, isTraining: Bool) -> Bool {
        false
    }
    package var takesFunctionGradients: Bool { false }
    package func takesNorms(around convolution: Convolution) -> Bool { false }
    package func takesPool(_ pool: Geometry2D, behind convolution: Convolution) -> Bool { false }
    package func takesUpdate(ofDense weight: Shape, batchSize: Int) -> Bool { false }
}

/// Every operation by itself.
package struct NoFusions: Fusions {
    package init() {}
}
