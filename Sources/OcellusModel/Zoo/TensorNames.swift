// SPDX-License-Identifier: Apache-2.0

import OcellusGraph

/// Whose names the tensors of a network carry that several libraries publish.
///
/// A network is built with the names of either library, and is the same but for them: which tensor of a file is which of ours
/// follows from the two lists of names, in order.
package enum TensorNames: String, Sendable, CaseIterable {
    case torchvision, timm
}

extension Conv2D {
    /// Normal with standard deviation √(2 / fanOut), where fanOut counts the outputs of one group: the start of MobileNets,
    /// EfficientNets and of the residual networks of He et al. 2015, arXiv:1502.01852, equation 14.
    func startingByOutputs() -> Conv2D {
        let fanOut = Float(kernelSize.height * kernelSize.width * max(1, outputChannels / max(1, groups)))
        return initialized(.normal(standardDeviation: (2 / fanOut).squareRoot()))
    }
}

extension [NamedLayer] {
    /// The layers with a path before their names.
    func under(_ path: String) -> [NamedLayer] {
        map { layer in
            var layer = layer
            layer.name = layer.name.map { "\(path).\($0)" }
            return layer
        }
    }
}

/// A network has so many blocks; the rates at which they are left out grow evenly from 0 at the first.
///
/// - Parameters:
///   - last: Of the last block. Huang et al. 2016, arXiv:1603.09382, section 3.
///   - includesLast: Whether the last block reaches it, or only the one that would follow.
func dropPathRates(_ count: Int, last: Float, includesLast: Bool = true) -> [Float] {
    let steps = Float(max(1, includesLast ? count - 1 : count))
    return (0..<count).map { last * Float($0) / steps }
}
