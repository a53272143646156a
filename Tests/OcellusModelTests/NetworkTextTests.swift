// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusGraph
import OcellusModel
import OcellusTensor
import Testing

@Suite("The one-line form") struct NetworkTextTests {
    static let input: Shape = [3, 32, 32]

    func read(_ text: String) throws -> Network { try Network(text: text, input: Self.input, classes: 10) }

    @Test("reads layers with their defaults") func example() throws {
        let network = try read("conv 32 3x3 valid, relu, maxpool 2, flatten, dense classes")
        #expect(
            network
                == Network(input: Self.input) {
                    Conv2D(32, kernelSize: 3, padding: .valid)
                    ReLU()
                    MaxPool2D(2)
                    Flatten()
                    Dense(10)
                })
        #expect(network.text == "conv 32 3 valid, relu, maxpool 2, flatten, dense 10")
    }

    @Test("white space is free") func whiteSpace() throws {
        #expect(try read(" flatten ,dense\n10\t") == read("flatten, dense 10"))
        #expect(try read("residual{relu|shortcut}") == read("residual { relu }"))
    }

    @Test("a name alone is that network", arguments: Network.smallImageNames)
    func names(name: String) throws {
        let named = try Network.named(name, input: Self.input, classes: 10)
        #expect(try read(" \(name) ") == named)
        // The whole zoo survives printing and reading, names and initialisers included; frozen names are not in the text.
        var again = try read(named.text)
        again.frozen = named.frozen
        #expect(again == named)
    }

    /// Every layer with every argument away from its default, and next to it the text.
    static let layers: [(text: String, layer: NamedLayer)] = [
        ("conv 8 3", .init(Conv2D(8, kernelSize: 3))),
        (
            "conv 8 3x5 stride 2x1 valid dilation 2 groups 4 nobias init he-normal name=conv1",
            Conv2D(
                8, kernelSize: Size2D(3, 5), stride: Size2D(2, 1), padding: .valid, dilation: 2, groups: 4,
                hasBias: false
            ).initialized(.heNormal).named("conv1")
        ),
        ("conv 8 3 pad 1", .init(Conv2D(8, kernelSize: 3, padding: .all(1)))),
        (
            "conv 8 3 pad 0:1:2:3",
            .init(Conv2D(8, kernelSize: 3, padding: .explicit(top: 0, left: 1, bottom: 2, right: 3)))
        ),
        ("local 4 3", .init(LocallyConnected2D(4, kernelSize: 3))),
        (
            "local 4 3 stride 2 same nobias init normal:0.01",
            .init(
                LocallyConnected2D(4, kernelSize: 3, stride: 2, padding: .same, hasBias: false)
                    .initialized(.normal(standardDeviation: 0.01)))
        ),
        ("local 4 3 random 18446744073709551615", .init(LocallyConnected2D(4, kernelSize: 3, connectionSeed: .max))),
        ("dense 7 nobias init zeros", .init(Dense(7, hasBias: false).initialized(.zeros))),
        ("dense 7 init constant:-0.5", .init(Dense(7).initialized(.constant(-0.5)))),
        ("dense 7 init ones name=layer1.0", Dense(7).initialized(.ones).named("layer1.0")),
        ("dense 7 init fan-in-uniform", .init(Dense(7).initialized(.fanInUniform))),
        ("maxpool 2", .init(MaxPool2D(2))),
        ("maxpool 3 stride 2 same", .init(MaxPool2D(3, stride: 2, padding: .same))),
        ("avgpool 3x2 pad 1", .init(AveragePool2D(Size2D(3, 2), padding: .all(1)))),
        ("blurpool 3", .init(BlurPool2D())),
        ("blurpool 5 stride 3", .init(BlurPool2D(5, stride: 3))),
        ("globalavgpool", .init(GlobalAveragePool2D())),
        ("globalmaxpool", .init(GlobalMaxPool2D())),
        ("flatten", .init(Flatten())),
        ("relu", .init(ReLU())),
        ("leakyrelu 0.2", .init(LeakyReLU(0.2))),
        ("sigmoid", .init(Sigmoid())),
        ("tanh", .init(Tanh())),
        ("gelu", .init(GELU())),
        ("relu6", .init(ReLU6())),
        ("silu", .init(SiLU())),
        ("hardswish", .init(HardSwish())),
        ("hardsigmoid", .init(HardSigmoid())),
        ("softmax", .init(Softmax())),
        ("scale -0.125", .init(Scale(-0.125))),
        ("dropout 0.5", .init(Dropout(0.5))),
        ("droppath 0.25", .init(DropPath(0.25))),
        ("patches 192 4", .init(PatchEmbedding(192, patch: 4))),
        ("patches 8 2 init he-normal", .init(PatchEmbedding(8, patch: 2).initialized(.heNormal))),
        ("classtoken", .init(ClassToken())),
        ("positions", .init(PositionTable())),
        ("token 3", .init(SelectToken(3))),
        ("attention 3", .init(SelfAttention(heads: 3))),
        ("layerscale", .init(LayerScale())),
        ("layerscale start 0.125", .init(LayerScale(start: 0.125))),
        ("layernorm", .init(LayerNorm())),
        ("layernorm epsilon 0.001 name=ln", LayerNorm(epsilon: 0.001).named("ln")),
        ("batchnorm", .init(BatchNorm2D())),
        ("batchnorm epsilon 0.001 momentum 0.01 name=bn1", BatchNorm2D(epsilon: 0.001, momentum: 0.01).named("bn1")),
        (
            "residual { conv 8 3, relu | shortcut conv 8 1 name=downsample.0 } name=layer1.0",
            Residual {
                Conv2D(8, kernelSize: 3)
                ReLU()
            } shortcut: {
                Conv2D(8, kernelSize: 1).named("downsample.0")
            }.named("layer1.0")
        ),
        (
            "gate { globalavgpool, dense 8 name=fc1, sigmoid } name=se",
            Gate {
                GlobalAveragePool2D()
                Dense(8).named("fc1")
                Sigmoid()
            }.named("se")
        ),
        ("gate { }", .init(Gate {})),
        ("residual { relu }", .init(Residual(body: { ReLU() }))),
        (
            "concat { | conv 4 3, residual { gelu } | maxpool 3 stride 1 same }",
            .init(
                Concatenate {
                    Branch {}
                    Branch {
                        Conv2D(4, kernelSize: 3)
                        Residual { GELU() }
                    }
                    Branch { MaxPool2D(3, stride: 1, padding: .same) }
                })
        ),
    ]

    @Test("every layer reads and prints", arguments: layers.indices)
    func roundTrip(index: Int) throws {
        let (text, layer) = Self.layers[index]
        let network = try read(text + ", tanh")
        #expect(network.layers == [layer, NamedLayer(Tanh())])
        #expect(network.text.split(separator: " ").joined(separator: " ") == text + ", tanh")
        #expect(try read(network.text) == network)
    }

    @Test("every kind of layer is in the table above") func complete() {
        let tags = Self.layers.compactMap { LayerCatalog.standard.tag(of: $0.layer.layer) }
        // A graph has no words.
        #expect(Set(tags) == Set(LayerCatalog.standard.tags).subtracting(["graph"]))
    }

    @Test("the documented grammar is the layers' own") func grammar() throws {
        let sources = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../../Sources/Ocellus/Ocellus.docc/OneLineForm.md")
        let text = try String(contentsOf: sources, encoding: .utf8)
        let rows = LayerCatalog.standard.grammar.map { word, arguments in
            "| `\(word)` | \(arguments.isEmpty ? "none" : arguments.replacing("|", with: "\\|")) |"
        }
        let table = rows.joined(separator: "\n")
        #expect(text.contains(table), "the table should be\n\(table)")
    }

    static let mistakes: [(text: String, message: String)] = [
        (
            "covn 32 3x3",
            """
            error[model.unreadableText]: the network's text cannot be read at character 1.
              needs     one of attention, avgpool, batchnorm, blurpool, classtoken, concat, conv, dense, dropout, \
            droppath, flatten, gate, gelu, globalavgpool, globalmaxpool, hardsigmoid, hardswish, layernorm, \
            layerscale, leakyrelu, local, maxpool, patches, positions, relu, relu6, residual, scale, sigmoid, silu, \
            softmax, tanh, token
              received  "covn"
              try       did you mean "conv"?
            """
        ),
        (
            "relu, conv 32 3x3 vaild",
            """
            error[model.unreadableText]: the network's text cannot be read at character 19.
              needs     one of dilation, groups, init, nobias, pad, same, stride, valid, name=…, ","
              received  "vaild"
              try       did you mean "valid"?
            """
        ),
        (
            "conv 32 3y3",
            """
            error[model.unreadableText]: the network's text cannot be read at character 9.
              needs     a kernel size such as 3x3
              received  "3y3"
            """
        ),
        (
            "flatten, dense",
            """
            error[model.unreadableText]: the network's text ends too early, at character 15.
              needs     a number of features or the word "classes"
              received  the end of the text
            """
        ),
        (
            "relu relu",
            """
            error[model.unreadableText]: the network's text cannot be read at character 6.
              needs     one of name=…, ","
              received  "relu"
            """
        ),
        (
            "residual { relu | conv 3 3 }",
            """
            error[model.unreadableText]: the network's text cannot be read at character 19.
              needs     shortcut
              received  "conv"
            """
        ),
        (
            "concat { relu",
            """
            error[model.unreadableText]: the network's text ends too early, at character 14.
              needs     one of ",", "|", "}"
              received  the end of the text
            """
        ),
        (
            "relu }",
            """
            error[model.unreadableText]: the network's text cannot be read at character 6.
              needs     ","
              received  "}"
            """
        ),
        (
            "dense 10 init he_normal",
            """
            error[model.unreadableText]: the network's text cannot be read at character 15.
              needs     one of dirac, fan-in-uniform, glorot-uniform, he-normal, ones, zeros, constant:0.1, \
            normal:0.01
              received  "he_normal"
              try       did you mean "he-normal"?
            """
        ),
        (
            "relu name=a/b",
            """
            error[model.unreadableText]: the network's text cannot be read at character 6.
              needs     a name of letters, digits, _ and -, with dots between parts, e.g. layer1.0
              received  "a/b"
            """
        ),
        (
            "  ",
            """
            error[model.emptyNetwork]: the network has no layers.
              needs     at least one layer
              try       conv 32 3x3 valid, relu, maxpool 2, flatten, dense classes
            """
        ),
        (
            "resnet81",
            """
            error[model.unknownNetwork]: there is no network "resnet81".
              needs     one of \(Network.names.joined(separator: ", "))
              received  resnet81
              try       did you mean "resnet18"?
            """
        ),
    ]

    @Test("a mistake is named with its place and what was expected there", arguments: mistakes.indices)
    func wording(index: Int) throws {
        let (text, message) = Self.mistakes[index]
        let error = try #require(throws: ModelError.self) { try read(text) }
        #expect(error.rendered == message)
    }

    @Test(
        "nothing unreadable is taken for something else",
        arguments: [
            "dense 1e3", "dense 99999999999999999999", "conv 3 3x3x3", "conv 3 x3", "conv 3 3 pad 1:2",
            "conv 3 3 pad 1:2:x:4",
            "conv 3 3 stride", "conv 3 3 valid same", "conv 3 3 nobias nobias", "dropout nan", "dropout inf", "scale",
            "maxpool 2 groups 2", "relu, ", ", relu", "relu,, relu", "residual relu", "residual { relu } }", "relu {",
            "relu name=", "relu name=a name=b", "relu name=a..b", "dense 3 init normal:-1", "dense 3 init normal:",
            "residual { relu | shortcut relu | relu }", "concat", "{", "|", "dense classes classes",
        ])
    func refused(text: String) throws {
        #expect(throws: ModelError.self) { try read(text) }
    }

    @Test("a text cannot exhaust the stack") func nesting() throws {
        let deep = String(repeating: "residual { ", count: 100_000)
        let error = try #require(throws: ModelError.self) { try read(deep) }
        #expect(error.summary == "the network's text nests too deep at character 362.")
        let fine = String(repeating: "residual { ", count: 32) + "relu" + String(repeating: " }", count: 32)
        #expect(try read(fine).layers.count == 1)
    }
}
