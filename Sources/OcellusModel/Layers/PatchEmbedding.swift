// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
import OcellusTensor

/// Cuts maps into square patches and makes a token of each by one linear function: a convolution of the patch's size and
/// stride, whose positions become tokens in row-major order.
///
/// | Tensor   | Shape                                       |
/// | :------- | :------------------------------------------ |
/// | input    | `[N, C, H, W]`                              |
/// | output   | `[N, ⌊H/patch⌋·⌊W/patch⌋, features]`        |
/// | `weight` | `[features, C, patch, patch]`               |
/// | `bias`   | `[features]`                                |
///
/// Dosovitskiy et al. 2020, arXiv:2010.11929, equation 1. Rows and columns that fill no patch are left out.
public struct PatchEmbedding: WeightedLayer {
    public var features: Int
    /// Height and width of a patch.
    public var patch: Int
    public var initializer = Initializer.glorotUniform

    public init(_ features: Int, patch: Int) {
        self.features = features
        self.patch = patch
    }

    public var width: Int {
        get { features }
        set { features = newValue }
    }

    public func build(_ x: Graph.ValueID, in graph: inout GraphBuilder) throws(ModelError) -> Graph.ValueID {
        let size = Size2D(patch, patch)
        let convolution = Conv2D(features, kernelSize: size, stride: size, padding: .valid).initialized(initializer)
        let maps = try convolution.build(x, in: &graph)
        let (height, width) = (graph.shape(maps)[2], graph.shape(maps)[3])
        let rows = try graph.apply(Op.Reshape([features, height * width]), maps)
        return try graph.apply(Op.Transpose([2, 1]), rows)
    }

    public var description: String { "PatchEmbedding(\(features), \(patch)×\(patch))" }
    public var reducerName: String { "\(patch)×\(patch) patch embedding" }
    public static var syntax: LayerSyntax<Self> {
        LayerSyntax(
            "patch_embedding", word: "patches", Self(1, patch: 1),
            arguments: [
                .integer(\.features, "features", "a number of features"), .integer(\.patch, "patch", "a patch's size"),
            ], options: [.initializer(\.initializer)])
    }
}
