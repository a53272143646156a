// SPDX-License-Identifier: Apache-2.0

package import OcellusGraph
import OcellusTensor

extension Network {
    /// The network with a logit for each of more classes: its last layer with weights of its own gets as many outputs.
    ///
    /// - Parameter classes: At least as many as it has.
    /// - Throws: ``ModelError/Code/notClasses`` where that layer does not make the logits, as in a network that is one graph.
    package func widened(to classes: Int) throws(ModelError) -> Network {
        let count = try self.classes()
        guard classes != count else { return self }
        if classes > count, let place = layers.lastIndex(where: { $0.layer is any WeightedLayer }),
            var layer = layers[place].layer as? any WeightedLayer, layer.width == count
        {
            layer.width = classes
            var wide = self
            wide.layers[place] = NamedLayer(layer, name: layers[place].name)
            if try wide.classes() == classes, try isWidened(in: wide) { return wide }
        }
        throw ModelError(
            .notClasses, "the network cannot take up more classes.",
            needs: "a last layer with weights, e.g. dense, that has an output for each of \(count) classes",
            advice: "a new training with all classes")
    }

    /// Whether the tensors of another network are these, or these with further rows.
    private func isWidened(in wide: Network) throws(ModelError) -> Bool {
        func shapes(_ network: Network) throws(ModelError) -> [(name: String, shape: Shape)] {
            try network.parameters().map { ($0.name, $0.shape) } + network.buffers().map { ($0.name, $0.shape) }
        }
        let (old, new) = (try shapes(self), try shapes(wide))
        return old.count == new.count
            && zip(old, new).allSatisfy { old, new in
                old.name == new.name && old.shape.rank == new.shape.rank && old.shape.rank > 0
                    && old.shape.dropFirst() == new.shape.dropFirst() && old.shape[0] <= new.shape[0]
            }
    }

    /// Weights of this network for one that it was ``widened(to:)``: all tensors and rows stay, and behind them come new rows
    /// as the seed draws them.
    ///
    /// - Throws: ``ModelError/Code/weightsMismatch`` unless the weights are this network's.
    package func widened(_ weights: Weights, for wide: Network, seed: UInt64) throws(ModelError) -> Weights {
        try validate(weights)
        guard wide != self else { return weights }
        let drawn = try wide.initialWeights(seed: seed)
        func joined(_ old: [Tensor<Float>], _ new: [Tensor<Float>]) -> [Tensor<Float>] {
            zip(old, new).map { old, new in
                Tensor(new.shape, old.scalars + new.scalars.dropFirst(old.scalars.count))
            }
        }
        return Weights(
            parameters: joined(weights.parameters, drawn.parameters), buffers: joined(weights.buffers, drawn.buffers),
            batchesTracked: weights.batchesTracked)
    }
}
