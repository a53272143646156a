// SPDX-License-Identifier: Apache-2.0

/// The size of a tensor along each axis, in logical row-major order, e.g. `[N, C, H, W]`.
///
///     let shape: Shape = [2, 3, 4, 4]
///     shape.count                     // 96
public struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral {
    /// Sizes, outermost axis first.
    public var dimensions: [Int]

    public init(_ dimensions: [Int]) { self.dimensions = dimensions }
    public init(arrayLiteral elements: Int...) { dimensions = elements }

    /// Number of axes.
    public var rank: Int { dimensions.count }

    /// Number of elements: the product of the sizes, 1 for a scalar.
    public var count: Int { dimensions.reduce(1, *) }

    /// The product of the sizes, or `nil` when it does not fit an `Int` or a size is negative.
    /// Use it on sizes that came from a file.
    public var checkedCount: Int? {
        var total = 1
        for dimension in dimensions {
            guard dimension >= 0 else { return nil }
            let (product, overflow) = total.multipliedReportingOverflow(by: dimension)
            if overflow { return nil }
            total = product
        }
        return total
    }

    public subscript(axis: Int) -> Int {
        get { dimensions[axis] }
        set { dimensions[axis] = newValue }
    }

    /// This shape without its first axis: `[N, C, H, W]` gives `[C, H, W]`.
    public func dropFirst() -> Shape { Shape(Array(dimensions.dropFirst())) }

    /// This shape with an axis of the given size put in front: `[C, H, W]` gives `[N, C, H, W]`.
    public func batched(_ size: Int) -> Shape { Shape([size] + dimensions) }
}

extension Shape: CustomStringConvertible {
    public var description: String { "[" + dimensions.map(String.init).joined(separator: ", ") + "]" }
}

extension Shape: Codable {
    public init(from decoder: any Decoder) throws {
        dimensions = try decoder.singleValueContainer().decode([Int].self)
    }
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(dimensions)
    }
}
