// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusModel
import OcellusTensor
import Testing

@Suite("Networks") struct NetworkTests {
    @Test("names tensors as PyTorch's Sequential does") func names() throws {
        let network = Network(input: [1, 8, 8]) {
            Conv2D(4, kernelSize: 3)
            BatchNorm2D()
            ReLU()
            Residual {
                Conv2D(4, kernelSize: 3, hasBias: false)
                BatchNorm2D()
            } shortcut: {
                Conv2D(4, kernelSize: 1, hasBias: false).named("projection")
            }
            Concatenate {
                Branch { Conv2D(2, kernelSize: 1) }
                Branch {
                    ReLU()
                    Conv2D(2, kernelSize: 1, hasBias: false)
                }
            }
            Flatten()
            Dense(3).named("head")
        }
        #expect(
            try network.parameters().map(\.name) == [
                "0.weight", "0.bias", "1.weight", "1.bias", "3.body.0.weight", "3.body.1.weight", "3.body.1.bias",
                "3.projection.weight", "4.branches.0.0.weight", "4.branches.0.0.bias", "4.branches.1.1.weight",
                "head.weight", "head.bias",
            ])
        #expect(
            try network.buffers().map(\.name) == [
                "1.running_mean", "1.running_var", "3.body.1.running_mean", "3.body.1.running_var",
            ])
        try network.validate()
    }

    // 32 → 16 → 8 → 4.
    @Test("an error names the layer, where its input came from, why it is small and what to try") func wording() throws
    {
        let network = Network(input: [3, 32, 32]) {
            for _ in 0..<3 {
                Conv2D(64, kernelSize: 3)
                MaxPool2D(2)
            }
            Conv2D(128, kernelSize: 5, padding: .valid)
            Flatten()
            Dense(10)
        }
        let error = try #require(throws: ModelError.self) { try network.validate() }
        #expect(
            error.rendered == """
                error[model.kernelExceedsInput]: layer 7 of 9, Conv2D(128, 5×5, padding valid), cannot run.
                  needs     an image of at least 5×5
                  received  [N, 64, 4, 4] from layer 6, MaxPool2D(2×2)
                  because   three 2×2 poolings reduce 32×32 images to 4×4
                  try       padding same, a smaller kernel, or one pooling layer fewer
                """)
        #expect(error.exitClass == .usage)
    }

    @Test("an error inside a block names both places") func nested() throws {
        let network = Network(input: [3, 8, 8]) {
            MaxPool2D(2)
            Residual {
                ReLU()
                Conv2D(3, kernelSize: 5, padding: .valid)
            }
        }
        let error = try #require(throws: ModelError.self) { try network.validate() }
        #expect(
            error.rendered == """
                error[model.kernelExceedsInput]: layer 2 of 2, Residual(ReLU, Conv2D(3, 5×5, padding valid)): \
                layer 2 of 2 of body, Conv2D(3, 5×5, padding valid), cannot run.
                  needs     an image of at least 5×5
                  received  [N, 3, 4, 4] from layer 1, ReLU
                  because   one 2×2 pooling reduces 8×8 images to 4×4
                  try       padding same, a smaller kernel, or one pooling layer fewer
                """)
    }

    static let faults: [(network: Network, message: String)] = [
        (
            Network(input: [3, 8, 8]) { Dense(3) },
            """
            error[model.wrongRank]: layer 1 of 1, Dense(3), cannot run.
              needs     features [N, F] or tokens [N, T, F]
              received  [N, 3, 8, 8]
              try       put Flatten or GlobalAveragePool2D before it
            """
        ),
        (
            Network(input: [3, 8, 8]) { Conv2D(8, kernelSize: 3, groups: 2) },
            """
            error[model.channelsNotDivisible]: layer 1 of 1, Conv2D(8, 3×3, padding same, groups 2), cannot split its \
            channels into 2 groups.
              needs     input and output channels divisible by 2
              received  3 input and 8 output channels
              try       groups: 1, or channel counts that 2 divides
            """
        ),
        (
            Network(input: [3, 8, 8]) { Residual { Conv2D(4, kernelSize: 3) } },
            """
            error[model.branchShapesDiffer]: layer 1 of 1, Residual(Conv2D(4, 3×3, padding same)), cannot add its branches.
              needs     equal shapes
              received  [N, 4, 8, 8] from the body, [N, 3, 8, 8] from the shortcut
              try       a 1×1 convolution with the body's stride and channels as the shortcut
            """
        ),
        (
            Network(input: [3, 8, 8]) {
                Concatenate {
                    Branch { MaxPool2D(2) }
                    Branch { ReLU() }
                }
            },
            """
            error[model.branchShapesDiffer]: layer 1 of 1, Concatenate(MaxPool2D(2×2) | ReLU), cannot join its branches.
              needs     equal sizes in all axes but channels
              received  [N, 3, 4, 4] and [N, 3, 8, 8]
              try       the same padding and strides in each
            """
        ),
        (
            Network(input: [3, 8, 8]) { ReLU() },
            """
            error[model.notClasses]: the network does not end in one logit for each class.
              needs     [N, classes]
              received  [N, 3, 8, 8]
              try       end with Flatten or GlobalAveragePool2D, then Dense(classes)
            """
        ),
        (
            Network(input: [3, 8, 8]) {},
            """
            error[model.emptyNetwork]: the network has no layers.
              needs     at least one layer
            """
        ),
        (
            Network(input: [3, 0, 8]) { Flatten() },
            """
            error[model.wrongRank]: the network's input is not an image.
              needs     [C, H, W] with sizes of at least 1
              received  [3, 0, 8]
            """
        ),
        (
            Network(input: [3, 8, 8]) {
                Flatten()
                Dense(4).named("head")
                Dense(4).named("head")
            },
            """
            error[model.duplicateName]: two tensors have the name "head.weight".
              needs     unique names
              try       rename one of the layers
            """
        ),
        (
            Network(input: [3, 8, 8]) {
                Flatten()
                Dense(4).named("a b")
            },
            """
            error[model.outOfRange]: a layer's name cannot be used, Dense(4).
              needs     a name of letters, digits, _ and -, with dots between parts, e.g. layer1.0
              received  "a b"
            """
        ),
        (
            Network(input: [3, 8, 8], layers: [NamedLayer(Flatten()), Dense(4).named("head")], frozen: ["haed"]),
            """
            error[model.unknownLayer]: the frozen name "haed" matches no parameter.
              needs     a parameter or the prefix of one
              received  haed
              try       did you mean "head"?
            """
        ),
    ]

    @Test("every fault is explained", arguments: faults.indices)
    func explained(index: Int) throws {
        let (network, message) = Self.faults[index]
        let error = try #require(throws: ModelError.self) { try network.validate() }
        #expect(error.rendered == message)
    }

    @Test("freezing goes by whole parts of names") func frozen() {
        let network = Network(input: [1, 8, 8], layers: [], frozen: ["1", "layer1.0.conv1.weight"])
        #expect(network.isFrozen("1.weight") && network.isFrozen("1.body.0.bias"))
        #expect(network.isFrozen("layer1.0.conv1.weight"))
        #expect(!network.isFrozen("10.weight") && !network.isFrozen("layer1.0.conv1.bias"))
    }

    @Test("weights of other shapes are refused") func weights() throws {
        let network = Network(input: [1, 2, 2]) {
            Flatten()
            Dense(3)
        }
        var weights = try network.initialWeights(seed: 1)
        try network.validate(weights)
        weights.parameters[1] = Tensor(repeating: 0, [4])
        let shape = #expect(throws: ModelError.self) { try network.validate(weights) }
        #expect(
            shape?.rendered == """
                error[model.weightsMismatch]: the tensor "1.bias" has another shape.
                  needs     [3]
                  received  [4]
                """)
        weights.parameters.removeLast()
        let count = #expect(throws: ModelError.self) { try network.validate(weights) }
        #expect(count?.received == "1 tensors")
    }
}
