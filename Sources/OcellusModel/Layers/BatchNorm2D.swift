// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor

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
public struct BatchNorm2D: Layer {
    public var epsilon: Float
    public var momentum: Float

    public init(epsilon: Float = 1e-5, momentum: Float = 0.1) {
        self.epsilon = epsilon
        self.momentum = momentum
    }

    public func outputShape(for input: Shape) throws(ModelError) -> Shape {
        try requireMaps(input)
        guard epsilon > 0, epsilon.isFinite, momentum >= 0, momentum <= 1 else {
            throw ModelError(
                .outOfRange, "has impossible settings.", needs: "epsilon > 0 and 0 ≤ momentum ≤ 1",
                received: "epsilon \(epsilon), momentum \(momentum)")
        }
        return input
    }
    public func parameters(for input: Shape) throws(ModelError) -> [ParameterSpec] {
        _ = try outputShape(for: input)
        return [ParameterSpec("weight", [input[1]], .ones), ParameterSpec("bias", [input[1]], .zeros)]
    }
    public func buffers(for input: Shape) throws(ModelError) -> [BufferSpec] {
        _ = try outputShape(for: input)
        return [
            BufferSpec("running_mean", [input[1]], initialValue: 0),
            BufferSpec("running_var", [input[1]], initialValue: 1),
        ]
    }
    public func multiplyAdds(for input: Shape) throws(ModelError) -> Int { try outputShape(for: input).count }
    public var description: String { "BatchNorm2D" }
    public var kind: LayerKind { .batchNorm2D(self) }
}
