// SPDX-License-Identifier: Apache-2.0

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

    /// No image has a side of so many pixels, and a position in one times this is still a number. Strides multiply: four of
    /// 2^20 on maps of one position, each allowed, would be more than there are numbers.
    static let largest = 1 << 40

    /// Whether the extent is the true one.
    package var isMeasured: Bool { max(extent.height, extent.width) < Self.largest }

    /// Positions in it, at most ``largest``.
    var area: Int { Self.sum(0, extent.height, extent.width) }

    /// The window of `next` applied to this one's outputs (Araujo, Norris and Sim 2019, Distill, equation 2).
    ///
    /// Numbers above ``largest`` stay there.
    package func followed(by next: Window) -> Window {
        Window(
            extent: Size2D(
                Self.sum(extent.height, next.extent.height - 1, stride.height),
                Self.sum(extent.width, next.extent.width - 1, stride.width)),
            stride: Size2D(
                Self.sum(0, stride.height, next.stride.height), Self.sum(0, stride.width, next.stride.width)),
            before: Size2D(
                Self.sum(before.height, next.before.height, stride.height),
                Self.sum(before.width, next.before.width, stride.width)))
    }

    /// `start + count·step`, none of them negative.
    private static func sum(_ start: Int, _ count: Int, _ step: Int) -> Int {
        let (product, overflow) = count.multipliedReportingOverflow(by: step)
        return overflow ? largest : min(largest, min(largest, start) + min(largest, product))
    }
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
