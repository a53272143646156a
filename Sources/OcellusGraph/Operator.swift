// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor

/// What an operation computes: a plain value with every setting, no tensors and no device.
///
/// Operators of a ``Graph`` conform to ``GraphOperator``. A compiled program has others besides: gradients, the loss, the
/// update.
public protocol Operator: Hashable, Sendable {}

extension Operator {
    /// Whether two operators compute the same.
    public func equals(_ other: any Operator) -> Bool { (other as? Self) == self }
}

/// What an operator reads at one of its positions.
public enum OperandRole: Hashable, Sendable {
    /// The image, or what was made of it: axis 0 is the batch.
    case activation
    /// A trained tensor.
    case parameter
    /// A tensor that training updates without a gradient.
    case buffer
}

/// An operator of a ``Graph``: forward only, joined with nothing, one result.
///
/// Its shape rule is the one place that knows which inputs fit. It is given sizes for a batch of one; the first axis of every
/// activation is the batch, and an operator may not mix images.
public protocol GraphOperator: Operator, Codable {
    /// The word for it in text and in files, stable across versions.
    static var name: String { get }
    /// What it reads, in order; `nil` for any number of activations, at least one.
    var operands: [OperandRole]? { get }
    /// The settings for people, e.g. `3×3, stride 2`; empty where there are none.
    var settings: String { get }
    /// The result's shape.
    ///
    /// - Parameter inputs: As many as ``GraphOperator/operands``, of their roles.
    /// - Throws: ``ModelError`` for inputs that do not fit and for impossible settings.
    func resultShape(_ inputs: [Shape]) throws(ModelError) -> Shape
    /// Multiply-adds of one image; comparisons, sums and unary functions count as none.
    func multiplyAdds(_ inputs: [Shape], _ result: Shape) throws(ModelError) -> Int
    /// The window over its first input that one position of the result sees.
    func window(_ inputs: [Shape]) -> Window
    /// Whether each element of the result comes from the elements at its place alone, so that maps keep their meaning.
    var isPointwise: Bool { get }
}

extension GraphOperator {
    public var operands: [OperandRole]? { [.activation] }
    public var settings: String { "" }
    public func multiplyAdds(_ inputs: [Shape], _ result: Shape) throws(ModelError) -> Int { 0 }
    public func window(_ inputs: [Shape]) -> Window { .pointwise }
    public var isPointwise: Bool { false }
}

/// The operators of graphs, each in a file of its own beside this list.
public enum Op {
    /// Every operator, for reading files and for the tests that ask each room whether it knows them all.
    public static let all: [any GraphOperator.Type] = [
        Add.self, AveragePool.self, BatchNorm.self, BatchedProduct.self, BlurPool.self, Concatenate.self,
        Convolution.self, DropPath.self, Dropout.self, Expand.self,
        LayerNorm.self, LocallyConnected.self, MatrixProduct.self, MaxPool.self, Multiply.self, Reshape.self,
        Scale.self, Slice.self, Softmax.self, Transpose.self, Unary.self,
    ]

    /// The operator of that name.
    static func named(_ name: String) throws(ModelError) -> any GraphOperator.Type {
        guard let type = all.first(where: { $0.name == name }) else {
            let names = all.map { $0.name }
            throw ModelError(
                .unknownOperator, "there is no operator \"\(name)\".", needs: "one of \(names.joined(separator: ", "))",
                received: name, advice: closestMatch(to: name, in: names).map { "did you mean \"\($0)\"?" })
        }
        return type
    }
}
