// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
import OcellusTensor

/// Normalises each channel over the batch, then scales and shifts it.
///
///     training:   y = γ·(x − mean)/√(variance + ε) + β,  mean and (biased) variance over N, H, W
///                 running ← (1 − momentum)·running + momentum·batch   (the batch's unbiased variance)
///     inference:  the same with the running values
///
/// | Tensor         | Shape          | Start |
/// | :------------- | :------------- | :---- |
/// | input, output  | `[N, C, H, W]` |       |
/// | `weight` (γ)   | `[C]`          | 1     |
/// | `bias` (β)     | `[C]`          | 0     |
/// | `running_mean` | `[C]`          | 0     |
/// | `running_var`  | `[C]`          | 1     |
///
/// Ioffe and Szegedy 2015, arXiv:1502.03167. Momentum has PyTorch's sense: 0.1 here is 0.9 in Keras.
public struct BatchNorm2D: CatalogLayer {
    public var epsilon: Float
    public var momentum: Float

    public init(epsilon: Float = 1e-5, momentum: Float = 0.1) {
        self.epsilon = epsilon
        self.momentum = momentum
    }

    public func build(_ x: Graph.ValueID, in graph: inout GraphBuilder) throws(ModelError) -> Graph.ValueID {
        try requireMaps(graph.shape(x))
        let channels = graph.shape(x)[1]
        return try graph.apply(
            Op.BatchNorm(epsilon: epsilon, momentum: momentum), x,
            try graph.parameter("weight", [channels], .ones), try graph.parameter("bias", [channels], .zeros),
            try graph.buffer("running_mean", [channels], initialValue: 0),
            try graph.buffer("running_var", [channels], initialValue: 1))
    }

    public var description: String { "BatchNorm2D" }
    public static var syntax: LayerSyntax<Self> {
        LayerSyntax(
            "batch_norm2d", word: "batchnorm", Self(),
            options: [.number("epsilon", \.epsilon, unless: 1e-5), .number("momentum", \.momentum, unless: 0.1)])
    }
}
