// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor

/// A function of one number, applied to every element.
public enum UnaryFunction: Hashable, Codable, Sendable {
    /// `max(0, x)`; its derivative at 0 is 0.
    case relu
    /// `1 / (1 + exp(−x))`
    case sigmoid
    case tanh
    /// `x · Φ(x)` with the exact normal distribution function.
    case gelu
    /// `x` above 0, else `slope · x`.
    case leakyReLU(slope: Float)
    /// `min(max(0, x), 6)`; its derivative is 0 at 0 and at 6.
    case relu6
    /// `x / (1 + exp(−x))`
    case silu
    /// `x · min(max(0, x + 3), 6) / 6`; its derivative is 0 at −3 and 1 at 3.
    case hardSwish
    /// `min(max(0, x + 3), 6) / 6`; its derivative is 0 at −3 and at 3.
    case hardSigmoid

    /// For people.
    public var name: String {
        switch self {
        case .relu: "relu"
        case .sigmoid: "sigmoid"
        case .tanh: "tanh"
        case .gelu: "gelu"
        case .leakyReLU: "leaky relu"
        case .hardSigmoid: "hard sigmoid"
        case .hardSwish: "hard swish"
        case .silu: "silu"
        case .relu6: "relu6"
        }
    }
}

extension Op {
    /// One function applied to every element, any shape.
    public struct Unary: GraphOperator {
        public static let name = "unary"

        public var function: UnaryFunction

        public init(_ function: UnaryFunction) { self.function = function }

        public var settings: String { "\(function)" }

        public var isPointwise: Bool { true }

        public func resultShape(_ inputs: [Shape]) throws(ModelError) -> Shape {
            try requirePositive(inputs[0])
            if case .leakyReLU(let slope) = function, !(slope >= 0 && slope < 1) {
                throw ModelError(
                    .outOfRange, "has an unsupported slope.", needs: "0 ≤ slope < 1", received: "\(slope)")
            }
            return inputs[0]
        }
    }
}
