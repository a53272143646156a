// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor

/// What a trained tensor looks like before training.
public struct ParameterSpec: Hashable, Codable, Sendable {
    /// Path inside the network, e.g. `0.weight`; `load_state_dict` of PyTorch finds it under the same name.
    public var name: String
    public var shape: Shape
    public var initializer: Initializer
    /// Inputs that one output sums over.
    public var fanIn: Int
    /// Outputs that one input reaches.
    public var fanOut: Int

    public init(_ name: String, _ shape: Shape, _ initializer: Initializer, fanIn: Int = 1, fanOut: Int = 1) {
        self.name = name
        self.shape = shape
        self.initializer = initializer
        self.fanIn = fanIn
        self.fanOut = fanOut
    }

    /// Throws for sizes that no tensor has, and for initial values that cannot be drawn.
    func validate() throws(ModelError) {
        try requirePositive(shape)
        guard min(fanIn, fanOut) >= 1, max(fanIn, fanOut) <= largestCount else {
            throw ModelError(
                .outOfRange, "the tensor \"\(name)\" has an impossible fan-in or fan-out.", needs: "1 to 2^53",
                received: "\(fanIn) and \(fanOut)")
        }
        switch initializer {
        case .normal(let deviation):
            guard deviation >= 0, deviation.isFinite else {
                throw ModelError(
                    .outOfRange, "the tensor \"\(name)\" has an impossible initial value.",
                    needs: "a standard deviation of at least 0", received: "\(deviation)")
            }
        case .constant(let value):
            guard value.isFinite else {
                throw ModelError(
                    .outOfRange, "the tensor \"\(name)\" has an impossible initial value.", needs: "a finite number",
                    received: "\(value)")
            }
        case .dirac:
            guard shape.rank >= 2 else {
                throw ModelError(
                    .outOfRange, "the tensor \"\(name)\" cannot start as the identity.",
                    needs: "outputs and inputs as its first axes", received: "\(shape)")
            }
        case .zeros, .ones, .glorotUniform, .heNormal, .fanInUniform: break
        }
    }
}

/// A tensor that training updates without a gradient.
public struct BufferSpec: Hashable, Codable, Sendable {
    public var name: String
    public var shape: Shape
    /// Value of every element before training.
    public var initialValue: Float

    public init(_ name: String, _ shape: Shape, initialValue: Float) {
        self.name = name
        self.shape = shape
        self.initialValue = initialValue
    }

    /// Throws for sizes and values that no tensor has.
    func validate() throws(ModelError) {
        try requirePositive(shape)
        guard initialValue.isFinite else {
            throw ModelError(
                .outOfRange, "the tensor \"\(name)\" has an impossible initial value.", needs: "a finite number",
                received: "\(initialValue)")
        }
    }
}
