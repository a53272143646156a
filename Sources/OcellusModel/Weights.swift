// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
public import OcellusTensor

/// The tensors of one network: parameters and running statistics in file order.
public struct Weights: Sendable, Equatable {
    /// One for each of ``Network/parameters()``, in that order and of those shapes.
    public var parameters: [Tensor<Float>]
    /// One for each of ``Network/buffers()``.
    public var buffers: [Tensor<Float>]
    /// Training steps that the running statistics have seen.
    public var batchesTracked: Int

    public init(parameters: [Tensor<Float>], buffers: [Tensor<Float>], batchesTracked: Int = 0) {
        self.parameters = parameters
        self.buffers = buffers
        self.batchesTracked = batchesTracked
    }
}

extension Network {
    /// The weights before training; the same seed gives the same bits.
    public func initialWeights(seed: UInt64) throws(ModelError) -> Weights {
        Weights(
            parameters: try parameters().enumerated().map { $1.initializer.tensor(for: $1, index: $0, seed: seed) },
            buffers: try buffers().map { Tensor(repeating: $0.initialValue, $0.shape) })
    }

    /// Weights that are all alike, for measurements of time; products of them stay far from denormal numbers.
    ///
    /// - Throws: ``ModelError`` when the layers do not fit together.
    package func evenWeights() throws(ModelError) -> Weights {
        Weights(
            parameters: try parameters().map { Tensor(repeating: 0.01, $0.shape) },
            buffers: try buffers().map { Tensor(repeating: $0.initialValue, $0.shape) })
    }

    /// Throws ``ModelError/Code/weightsMismatch`` unless the tensors have this network's shapes.
    public func validate(_ weights: Weights) throws(ModelError) { try graph().validate(weights) }
}

extension Graph {
    /// Throws ``ModelError/Code/weightsMismatch`` unless the tensors have this graph's shapes.
    public func validate(_ weights: Weights) throws(ModelError) {
        let wanted = parameters.map { ($0.name, $0.shape) } + buffers.map { ($0.name, $0.shape) }
        let given = (weights.parameters + weights.buffers).map(\.shape)
        guard wanted.count == given.count else {
            throw ModelError(
                .weightsMismatch, "the weights are not those of this network.", needs: "\(wanted.count) tensors",
                received: "\(given.count) tensors")
        }
        for ((name, shape), other) in zip(wanted, given) where shape != other {
            throw ModelError(
                .weightsMismatch, "the tensor \"\(name)\" has another shape.", needs: "\(shape)", received: "\(other)")
        }
    }
}
