// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusTensor

@testable import OcellusGraph

extension GraphBuilder {
    /// The shape that an operator gives for operands of the shapes, parameters and buffers made as needed.
    ///
    /// - Parameter shapes: Of activations with their batch axis of 1.
    static func result(of kind: some GraphOperator, _ shapes: Shape...) throws -> Shape {
        var builder = GraphBuilder(input: shapes.first ?? [1])
        let roles = kind.operands ?? shapes.map { _ in .activation }
        var inputs: [Graph.ValueID] = []
        for (position, shape) in shapes.enumerated() {
            switch position < roles.count ? roles[position] : .activation {
            case .activation:
                // Any activation is a reshaped image of as many elements; of other ones only the first can be.
                inputs.append(
                    shape == shapes[0]
                        ? builder.input : try builder.apply(Source(shape: shape.dropFirst()), builder.input))
            case .parameter: inputs.append(try builder.parameter("p\(position)", shape, .zeros))
            case .buffer: inputs.append(try builder.buffer("b\(position)", shape, initialValue: 0))
            }
        }
        return builder.shape(try builder.apply(kind, inputs))
    }
}

/// An operator of the tests: makes an activation of any shape.
struct Source: GraphOperator {
    static let name = "source"
    var shape: Shape
    func resultShape(_ inputs: [Shape]) throws(ModelError) -> Shape { shape.batched(1) }
}

/// The error's kind and its words, for comparing both at once.
func failure(_ body: () throws -> Void) -> String {
    do {
        try body()
        return "no error"
    } catch let error as ModelError {
        return ["\(error.kind)", error.summary, error.needs, error.received].compactMap(\.self).joined(separator: " | ")
    } catch {
        return "\(error)"
    }
}

extension Geometry2D {
    /// A window over maps of the size.
    static func over(
        _ input: Size2D, _ kernel: Size2D, stride: Size2D = 1, padding: Padding2D = .valid, dilation: Size2D = 1
    ) throws -> Geometry2D {
        try Geometry2D(
            input: [1, 1, input.height, input.width], kernel: kernel, stride: stride, padding: padding,
            dilation: dilation)
    }
}
