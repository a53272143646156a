// SPDX-License-Identifier: Apache-2.0

package import OcellusGraph
import OcellusTensor

extension Network {
    /// The network without the batch norms that follow a convolution in its chain: that convolution has a bias and stands for
    /// both.
    ///
    /// Its parameters are, in their order, those that `BatchNormFolding` gives. Training it is training with the batch norms'
    /// statistics as they are.
    ///
    /// - Throws: ``ModelError/Code/wrongOperands`` where a batch norm stands elsewhere.
    package func foldingBatchNorms() throws(ModelError) -> Network {
        var folded = self
        folded.layers = try Self.folding(layers)
        return folded
    }

    private static func folding(_ layers: [NamedLayer]) throws(ModelError) -> [NamedLayer] {
        var folded: [NamedLayer] = []
        for var layer in layers {
            if layer.layer is BatchNorm2D {
                guard let last = folded.popLast(), var convolution = last.layer as? Conv2D else {
                    throw ModelError(
                        .wrongOperands, "a batch norm does not follow a convolution.",
                        needs: "a convolution before \(layer.name ?? "it")", advice: "a network of another kind")
                }
                convolution.hasBias = true
                folded.append(NamedLayer(convolution, name: last.name))
                continue
            }
            layer.layer = try Self.foldingBranches(layer.layer)
            folded.append(layer)
        }
        return folded
    }

    private static func foldingBranches(_ layer: some Layer) throws(ModelError) -> any Layer {
        try layer.mappingBranches { (branch, _) throws(ModelError) in try folding(branch) }
    }
}
