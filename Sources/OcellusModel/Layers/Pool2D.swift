// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusTensor

/// What pools of windows share: settings, their check, their words.
protocol Pool2D {
    var kernelSize: Size2D { get set }
    var stride: Size2D { get set }
    var padding: Padding2D { get set }
}

extension Pool2D {
    /// The window over maps; none may lie wholly in the padding, where it would have no value.
    func poolGeometry(_ input: Shape) throws(ModelError) -> Geometry2D {
        let geometry = try Geometry2D(input: input, kernel: kernelSize, stride: stride, padding: padding)
        guard
            max(geometry.before.height, geometry.after.height) < kernelSize.height,
            max(geometry.before.width, geometry.after.width) < kernelSize.width
        else {
            throw ModelError(
                .outOfRange, "has windows that see only padding.",
                needs: "padding smaller than the kernel \(kernelSize)",
                received: "padding \(padding)")
        }
        return geometry
    }

    var settings: String {
        "\(kernelSize)" + (stride == kernelSize ? "" : ", stride \(stride)")
            + (padding == .valid ? "" : ", padding \(padding)")
    }
}

extension CatalogLayer where Self: Pool2D {
    /// The stride is the kernel's size unless it is given.
    static func poolSyntax(_ tag: String, word: String, _ start: Self) -> LayerSyntax<Self> {
        let kernel = LayerArgument<Self>(grammar: "kernel") { (parser, _, pool) throws(ModelError) in
            pool.kernelSize = try parser.size("a kernel size")
            pool.stride = pool.kernelSize
        } text: { pool, _ in
            pool.kernelSize.text
        }
        let stride = LayerArgument<Self>(["stride"], grammar: "stride S") { (parser, _, pool) throws(ModelError) in
            pool.stride = try parser.size("a stride")
        } text: { pool, _ in
            pool.stride == pool.kernelSize ? nil : "stride \(pool.stride.text)"
        }
        return LayerSyntax(
            tag, word: word, start, arguments: [kernel], options: [stride, .padding(\.padding, unless: .valid)])
    }
}
