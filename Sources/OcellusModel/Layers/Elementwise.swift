// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor

/// `y = max(0, x)`, any shape. The gradient at 0 is 0. Nair and Hinton 2010, ICML.
public struct ReLU: Layer {
    public init() {}
    public func outputShape(for input: Shape) throws(ModelError) -> Shape {
        try requirePositive(input)
        return input
    }
    public var description: String { "ReLU" }
    public var kind: LayerKind { .relu(self) }
}

/// `y = 1 / (1 + exp(−x))`, any shape.
public struct Sigmoid: Layer {
    public init() {}
    public func outputShape(for input: Shape) throws(ModelError) -> Shape {
        try requirePositive(input)
        return input
    }
    public var description: String { "Sigmoid" }
    public var kind: LayerKind { .sigmoid(self) }
}

/// `y = tanh(x)`, any shape.
public struct Tanh: Layer {
    public init() {}
    public func outputShape(for input: Shape) throws(ModelError) -> Shape {
        try requirePositive(input)
        return input
    }
    public var description: String { "Tanh" }
    public var kind: LayerKind { .tanh(self) }
}

/// `y = x · Φ(x)` with the exact normal distribution function, any shape. Hendrycks and Gimpel 2016, arXiv:1606.08415.
public struct GELU: Layer {
    public init() {}
    public func outputShape(for input: Shape) throws(ModelError) -> Shape {
        try requirePositive(input)
        return input
    }
    public var description: String { "GELU" }
    public var kind: LayerKind { .gelu(self) }
}

/// `y = x` for positive x, else `y = slope · x`, any shape. Maas, Hannun and Ng 2013, ICML workshop.
public struct LeakyReLU: Layer {
    /// Slope for negative inputs, 0 ..< 1.
    public var slope: Float
    public init(_ slope: Float = 0.01) { self.slope = slope }
    public func outputShape(for input: Shape) throws(ModelError) -> Shape {
        try requirePositive(input)
        guard slope >= 0, slope < 1 else {
            throw ModelError(.outOfRange, "has an unsupported slope.", needs: "0 ≤ slope < 1", received: "\(slope)")
        }
        return input
    }
    public var description: String { "LeakyReLU(\(slope))" }
    public var kind: LayerKind { .leakyReLU(self) }
}

/// `y[n,i] = exp(x[n,i]) / Σ exp(x[n,j])` over features `[N, F]`.
///
/// The loss takes logits, so a classifier does not end in this layer.
public struct Softmax: Layer {
    public init() {}
    public func outputShape(for input: Shape) throws(ModelError) -> Shape {
        try requireFeatures(input)
        return input
    }
    public var description: String { "Softmax" }
    public var kind: LayerKind { .softmax(self) }
}

/// `y = factor · x`, any shape; the factor is fixed, not trained.
public struct Scale: Layer {
    public var factor: Float
    public init(_ factor: Float) { self.factor = factor }
    public func outputShape(for input: Shape) throws(ModelError) -> Shape {
        try requirePositive(input)
        guard factor.isFinite else {
            throw ModelError(.outOfRange, "has an impossible factor.", needs: "a finite number", received: "\(factor)")
        }
        return input
    }
    public var description: String { "Scale(\(factor))" }
    public var kind: LayerKind { .scale(self) }
}

/// Joins all axes but the first, in row-major order: `[N, C, H, W]` gives `[N, C·H·W]`.
public struct Flatten: Layer {
    public init() {}
    public func outputShape(for input: Shape) throws(ModelError) -> Shape {
        try requirePositive(input)
        return [input[0], input.dropFirst().count]
    }
    public var description: String { "Flatten" }
    public var kind: LayerKind { .flatten(self) }
}

/// In training, zeroes each element with probability `rate` and divides the others by `1 − rate`; otherwise the identity.
///
/// Srivastava et al. 2014, JMLR 15:1929. The mask of (seed, step, position of the layer, element) is counter-based.
public struct Dropout: Layer {
    /// Probability of zero, 0 ..< 1.
    public var rate: Float
    public init(_ rate: Float) { self.rate = rate }
    public func outputShape(for input: Shape) throws(ModelError) -> Shape {
        try requirePositive(input)
        guard rate >= 0, rate < 1 else {
            throw ModelError(.outOfRange, "has an impossible rate.", needs: "0 ≤ rate < 1", received: "\(rate)")
        }
        return input
    }
    public var description: String { "Dropout(\(rate))" }
    public var kind: LayerKind { .dropout(self) }
}
