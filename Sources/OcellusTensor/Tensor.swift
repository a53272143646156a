// SPDX-License-Identifier: Apache-2.0

/// A dense tensor in host memory, row-major: the last axis is contiguous.
///
/// It carries data between rooms (weights, images, logits) and does no mathematics beyond indexing.
public struct Tensor<Scalar: Sendable & BitwiseCopyable>: Sendable {
    public let shape: Shape
    /// Elements in row-major order; always `shape.count` of them.
    public var scalars: [Scalar]

    /// Wraps `scalars` without copying.
    ///
    /// - Precondition: `scalars.count == shape.count`. Data from outside is checked by its reader first.
    public init(_ shape: Shape, _ scalars: [Scalar]) {
        precondition(scalars.count == shape.count, "\(scalars.count) scalars cannot fill shape \(shape)")
        self.shape = shape
        self.scalars = scalars
    }

    public init(repeating value: Scalar, _ shape: Shape) {
        self.init(shape, Array(repeating: value, count: shape.count))
    }

    /// The element at a full index, one number for each axis.
    public subscript(_ index: Int...) -> Scalar {
        get { scalars[offset(index)] }
        set { scalars[offset(index)] = newValue }
    }

    private func offset(_ index: [Int]) -> Int {
        precondition(index.count == shape.rank, "\(index.count) indices for rank \(shape.rank)")
        var offset = 0
        for (axis, position) in index.enumerated() {
            precondition(position >= 0 && position < shape[axis], "index \(index) outside \(shape)")
            offset = offset * shape[axis] + position
        }
        return offset
    }
}

extension Tensor: Equatable where Scalar: Equatable {}
