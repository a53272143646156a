// SPDX-License-Identifier: Apache-2.0

package import OcellusTensor
import RealModule

/// How a parameter's first values are drawn.
public enum Initializer: Hashable, Codable, Sendable {
    case zeros
    case ones
    /// Uniform in ±√(6 / (fanIn + fanOut)). Glorot and Bengio 2010, AISTATS, equation 16; the default of Keras.
    case glorotUniform
    /// Normal with standard deviation √(2 / fanIn). He et al. 2015, arXiv:1502.01852, section 2.2.
    case heNormal
    /// Uniform in ±1/√fanIn, the default of PyTorch's `Linear` and `Conv2d` weights.
    case fanInUniform
    /// Normal with the given standard deviation.
    case normal(standardDeviation: Float)
    /// Output o passes on input o: `w[o,o]` is 1 at the kernel's middle (row `kH/2`, column `kW/2`, rounded down) and 0
    /// elsewhere, for as many outputs as a group has inputs; the outputs beyond them start as ``fanInUniform``.
    ///
    /// Zagoruyko and Komodakis 2017, arXiv:1706.00388, in the partial form of Jordan 2024, arXiv:2404.00498, section 3.3.
    case dirac

    /// Values for one parameter. The draw of (seed, index of the parameter) does not depend on other parameters.
    package func tensor(for spec: ParameterSpec, index: Int, seed: UInt64) -> Tensor<Float> {
        var random = CounterRandom(seed: seed, purpose: .initialization, sample: index)
        func uniform(_ bound: Float) -> Tensor<Float> {
            Tensor(spec.shape, (0..<spec.shape.count).map { _ in (2 * random.nextUniform() - 1) * bound })
        }
        func normal(_ deviation: Float) -> Tensor<Float> {
            Tensor(spec.shape, (0..<spec.shape.count).map { _ in Float(random.nextNormal()) * deviation })
        }
        switch self {
        case .zeros: return Tensor(repeating: 0, spec.shape)
        case .ones: return Tensor(repeating: 1, spec.shape)
        case .glorotUniform: return uniform(Float.sqrt(6 / Float(spec.fanIn + spec.fanOut)))
        case .heNormal: return normal(Float.sqrt(2 / Float(spec.fanIn)))
        case .fanInUniform: return uniform(1 / Float.sqrt(Float(spec.fanIn)))
        case .normal(let deviation): return normal(deviation)
        case .dirac: return Self.identity(in: uniform(1 / Float.sqrt(Float(spec.fanIn))))
        }
    }
}

extension Initializer {
    /// A weight `[outputs, inputs, kernel…]` whose first outputs pass on the input of the same number.
    private static func identity(in weight: Tensor<Float>) -> Tensor<Float> {
        let (outputs, inputs) = (weight.shape[0], weight.shape[1])
        let kernel = weight.shape.dimensions.dropFirst(2)
        let field = kernel.reduce(1, *)
        let middle = kernel.reduce(0) { $0 * $1 + $1 / 2 }
        var scalars = weight.scalars
        for output in 0..<min(outputs, inputs) {
            let start = output * inputs * field
            for index in start..<start + inputs * field { scalars[index] = 0 }
            scalars[start + output * field + middle] = 1
        }
        return Tensor(weight.shape, scalars)
    }
}

/// A layer whose weights start by a rule of choice; its bias starts at zero.
public protocol WeightedLayer: Layer {
    var initializer: Initializer { get set }
}

extension WeightedLayer {
    /// This layer with other initial weights: `Dense(64).initialized(.heNormal)`.
    public func initialized(_ initializer: Initializer) -> Self {
        var layer = self
        layer.initializer = initializer
        return layer
    }
}

extension CounterRandom {
    /// A standard normal number by the Box-Muller transform (Box and Muller 1958); two uniforms for one normal.
    package mutating func nextNormal() -> Double {
        let radius = Double.sqrt(-2 * Double.log(1 - nextUniformDouble()))
        return radius * Double.cos(2 * Double.pi * nextUniformDouble())
    }
}
