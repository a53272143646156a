// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor

/// One step of a network as a plain value: hyper-parameters and shape rules, no tensors, no device, no backward code.
///
/// Shapes given to and returned from a layer carry the batch axis: `[N, C, H, W]` for maps, `[N, F]` for features.
/// The set of layers is closed: users compose them with ``Residual`` and ``Concatenate``.
public protocol Layer: Hashable, Codable, Sendable, CustomStringConvertible {
    /// The output's shape. All validation of the layer lives here.
    func outputShape(for input: Shape) throws(ModelError) -> Shape
    /// Trained tensors in a fixed order, named as in the file, e.g. `weight`.
    func parameters(for input: Shape) throws(ModelError) -> [ParameterSpec]
    /// Tensors that training updates without a gradient, e.g. running means.
    func buffers(for input: Shape) throws(ModelError) -> [BufferSpec]
    /// Multiply-adds of one forward pass over the whole batch; comparisons, sums and activations count as none.
    func multiplyAdds(for input: Shape) throws(ModelError) -> Int
    /// The window that one output position sees, for receptive fields.
    func window(for input: Shape) -> Window
    /// This value as a case of the closed set.
    var kind: LayerKind { get }
}

extension Layer {
    public func parameters(for input: Shape) throws(ModelError) -> [ParameterSpec] { [] }
    public func buffers(for input: Shape) throws(ModelError) -> [BufferSpec] { [] }
    public func multiplyAdds(for input: Shape) throws(ModelError) -> Int { 0 }
    public func window(for input: Shape) -> Window { .pointwise }
}

/// What a trained tensor looks like before training.
public struct ParameterSpec: Hashable, Sendable {
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
}

/// A tensor that training updates without a gradient.
public struct BufferSpec: Hashable, Sendable {
    public var name: String
    public var shape: Shape
    /// Value of every element before training.
    public var initialValue: Float

    public init(_ name: String, _ shape: Shape, initialValue: Float) {
        self.name = name
        self.shape = shape
        self.initialValue = initialValue
    }
}

/// The input window of one output position along each axis.
public struct Window: Hashable, Sendable {
    /// Extent in input positions, dilation included.
    public var extent: Size2D
    public var stride: Size2D
    /// Positions that the first window starts before the first input position.
    public var before: Size2D

    public init(extent: Size2D, stride: Size2D, before: Size2D) {
        self.extent = extent
        self.stride = stride
        self.before = before
    }

    /// One input position for each output position.
    public static let pointwise = Window(extent: 1, stride: 1, before: 0)
}

/// Height and width. An integer literal gives both: `kernelSize: 3`.
public struct Size2D: Hashable, Sendable, ExpressibleByIntegerLiteral, CustomStringConvertible {
    public var height: Int
    public var width: Int

    public init(_ height: Int, _ width: Int) {
        self.height = height
        self.width = width
    }
    public init(integerLiteral value: Int) { self.init(value, value) }

    public var description: String { "\(height)×\(width)" }
}

extension Size2D: Codable {
    public init(from decoder: any Decoder) throws {
        var container = try decoder.unkeyedContainer()
        self.init(try container.decode(Int.self), try container.decode(Int.self))
    }
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.unkeyedContainer()
        try container.encode(height)
        try container.encode(width)
    }
}

/// Rows and columns of zeros around each map.
public enum Padding2D: Hashable, Codable, Sendable {
    /// No padding: only windows that lie inside.
    case valid
    /// `⌈input / stride⌉` outputs; an odd total puts the extra row or column at the bottom or right (TensorFlow's rule).
    case same
    case explicit(top: Int, left: Int, bottom: Int, right: Int)

    /// The same number of rows and columns on every side.
    public static func all(_ amount: Int) -> Padding2D {
        .explicit(top: amount, left: amount, bottom: amount, right: amount)
    }
}

extension Padding2D: CustomStringConvertible {
    public var description: String {
        switch self {
        case .valid: "valid"
        case .same: "same"
        case .explicit(let top, let left, let bottom, let right):
            top == left && left == bottom && bottom == right
                ? "\(top)" : "top \(top) left \(left) bottom \(bottom) right \(right)"
        }
    }
}
