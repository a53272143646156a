// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
package import OcellusTensor
import RealModule

extension Initializer {
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
        case .constant(let value): return Tensor(repeating: value, spec.shape)
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
public protocol WeightedLayer: CatalogLayer {
    var initializer: Initializer { get set }
    /// Its outputs: features of a dense layer, channels of a convolution.
    var width: Int { get set }
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
