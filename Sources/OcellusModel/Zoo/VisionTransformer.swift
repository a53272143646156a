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
        visionTransformer(input: input, classes: classes, TransformerSizes(patch: 4, width: 192, depth: 6, heads: 3))
    }

    /// A vision transformer for photos: patches of 16×16, 12 blocks of 192 features with 3 heads: 5,717,416 parameters at
    /// 3×224×224 and 1,000 classes.
    ///
    /// Touvron et al. 2020, arXiv:2012.12877, table 1, without its distillation token. In training, blocks are left out with up
    /// to 0.1.
    public static func deiTTiny(input: Shape, classes: Int) -> Network {
        visionTransformer(
            input: input, classes: classes, TransformerSizes(patch: 16, width: 192, heads: 3, dropPath: 0.1))
    }

    /// The same with 384 features and 6 heads: 22,050,664 parameters at 3×224×224 and 1,000 classes.
    public static func deiTSmall(input: Shape, classes: Int) -> Network {
        visionTransformer(
            input: input, classes: classes, TransformerSizes(patch: 16, width: 384, heads: 6, dropPath: 0.1))
    }

    /// DINOv2's small transformer: patches of 14×14, 12 blocks of 384 features with 6 heads and a trained factor for each
    /// feature: 22,056,192 parameters before the dense layer at 3×518×518.
    ///
    /// Oquab et al. 2023, arXiv:2304.07193.
    public static func dinoV2Small(input: Shape, classes: Int) -> Network {
        visionTransformer(
            input: input, classes: classes, TransformerSizes(patch: 14, width: 384, heads: 6, layerScale: 1e-5))
    }

    /// The same with four register tokens, and positions for patches alone: 22,057,344 parameters before the dense layer at
    /// 3×518×518.
    ///
    /// Darcet et al. 2023, arXiv:2309.16588.
    public static func dinoV2SmallRegisters(input: Shape, classes: Int) -> Network {
        visionTransformer(
            input: input, classes: classes,
            TransformerSizes(patch: 14, width: 384, heads: 6, layerScale: 1e-5, registers: 4))
    }

    /// What makes one vision transformer another.
    package struct TransformerSizes: Sendable {
        /// Height and width of a patch.
        var patch: Int
        var width: Int
        /// Blocks of attention and two dense layers, each with a norm before and a sum behind it.
        var depth = 12
        var heads: Int
        /// What the factors of every feature at the end of a block start as; 0 leaves them out.
        var layerScale: Float = 0
        /// Tokens beside the class's. With them, positions are those of the patches alone.
        var registers = 0
        /// Of the last block.
        var dropPath: Float = 0

        package init(
            patch: Int, width: Int, depth: Int = 12, heads: Int, layerScale: Float = 0, registers: Int = 0,
            dropPath: Float = 0
        ) {
            (self.patch, self.width, self.depth, self.heads) = (patch, width, depth, heads)
            (self.layerScale, self.registers, self.dropPath) = (layerScale, registers, dropPath)
        }
    }

    package static func visionTransformer(
        input: Shape, classes: Int, _ sizes: TransformerSizes, names: TensorNames = .torchvision
    ) -> Network {
        let isTimm = names == .timm
        let rates = dropPathRates(sizes.depth, last: sizes.dropPath)
        let token = ClassToken().named(isTimm ? "cls_token" : "class_token")
        let positions = PositionTable().named(isTimm ? "pos_embed" : "encoder.pos_embedding")
        return Network(input: input) {
            PatchEmbedding(sizes.width, patch: sizes.patch).named(isTimm ? "patch_embed.proj" : "conv_proj")
            if sizes.registers == 0 {
                token
                positions
            } else {
                positions
                ClassToken(count: sizes.registers).named(isTimm ? "reg_token" : "register_tokens")
                token
            }
            for block in 0..<sizes.depth { transformerBlock(block, sizes, rates[block], isTimm) }
            LayerNorm(epsilon: 1e-6).named(isTimm ? "norm" : "encoder.ln")
            SelectToken()
            Dense(classes).named(isTimm ? "head" : "heads.head")
        }
    }

    /// Attention and two dense layers, each with its sum.
    @NetworkBuilder
    private static func transformerBlock(
        _ block: Int, _ sizes: TransformerSizes, _ dropPath: Float, _ isTimm: Bool
    ) -> [NamedLayer] {
        let name = isTimm ? "blocks.\(block)" : "encoder.layers.encoder_layer_\(block)"
        Residual {
            LayerNorm(epsilon: 1e-6).named(isTimm ? "norm1" : "ln_1")
            SelfAttention(heads: sizes.heads).named(isTimm ? "attn" : "self_attention")
            blockEnd("ls1", sizes.layerScale, dropPath)
        }.named(name)
        Residual {
            LayerNorm(epsilon: 1e-6).named(isTimm ? "norm2" : "ln_2")
            Dense(4 * sizes.width).named(isTimm ? "mlp.fc1" : "mlp.0")
            GELU()
            Dense(sizes.width).named(isTimm ? "mlp.fc2" : "mlp.3")
            blockEnd("ls2", sizes.layerScale, dropPath)
        }.named(name)
    }

    @NetworkBuilder
    private static func blockEnd(_ name: String, _ layerScale: Float, _ dropPath: Float) -> [NamedLayer] {
        if layerScale > 0 { LayerScale(start: layerScale).named(name) }
        if dropPath > 0 { DropPath(dropPath) }
    }
}
