// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
public import OcellusTensor

extension Network {
    /// A vision transformer for small images: patches of 4×4, a class's token and positions, 6 blocks of attention with 3
    /// heads and two dense layers of 4 times the width of 192, then dense `classes` of the class's token: 2,693,578 parameters
    /// at 3×32×32 and 10 classes.
    ///
    /// Dosovitskiy et al. 2020, arXiv:2010.11929, section 3.1, of the width that Touvron et al. 2020, arXiv:2012.12877, call
    /// tiny. Parameters carry the names of torchvision's `VisionTransformer`.
    public static func vitTiny(input: Shape, classes: Int) -> Network {
        visionTransformer(input: input, classes: classes, patch: 4, width: 192, depth: 6, heads: 3)
    }

    /// - Parameters:
    ///   - patch: Height and width of a patch.
    ///   - depth: Blocks of attention and two dense layers, each with a norm before and a sum behind it.
    package static func visionTransformer(
        input: Shape, classes: Int, patch: Int, width: Int, depth: Int, heads: Int
    ) -> Network {
        Network(input: input) {
            PatchEmbedding(width, patch: patch).named("conv_proj")
            ClassToken().named("class_token")
            PositionTable().named("encoder.pos_embedding")
            for block in 0..<depth {
                let name = "encoder.layers.encoder_layer_\(block)"
                Residual {
                    LayerNorm(epsilon: 1e-6).named("ln_1")
                    SelfAttention(heads: heads).named("self_attention")
                }.named(name)
                Residual {
                    LayerNorm(epsilon: 1e-6).named("ln_2")
                    Dense(4 * width).named("mlp.0")
                    GELU()
                    Dense(width).named("mlp.3")
                }.named(name)
            }
            LayerNorm(epsilon: 1e-6).named("encoder.ln")
            SelectToken()
            Dense(classes).named("heads.head")
        }
    }
}
