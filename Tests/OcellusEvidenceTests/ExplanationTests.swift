// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusGraph
import OcellusInference
import OcellusModel
import OcellusOneDNN
import OcellusPixels
import OcellusPlan
import OcellusTensor
import OcellusTestSupport
import Testing

@testable import OcellusEvidence

@Suite("Explanations") struct ExplanationTests {
    /// `logit[k] = Σ w[k, i]·(pixel[i] / 255 − mean) / deviation` of gray 4×4 pictures.
    private func linear(deviation: Float = 1) throws -> (model: Classifier, weight: [Float]) {
        let network = Network(input: [1, 4, 4]) {
            Flatten()
            Dense(2, hasBias: false)
        }
        let weight = (0..<32).map { (Float(($0 * 5) % 13) - 6) / 8 }
        let model = try Classifier(
            network: network, weights: Weights(parameters: [Tensor([2, 16], weight)], buffers: []),
            classes: ["a", "b"],
            preprocessing: Preprocessing(width: 4, height: 4, channels: 1, standardDeviation: [deviation]),
            backend: MadeUpImages.backend)
        return (model, weight)
    }

    @Test("of a linear model: saliency is its weights, occlusion the weighted pixels of a patch")
    func closedForm() async throws {
        let (model, weight) = try linear(deviation: 0.5)
        let pixels = (0..<16).map { UInt8(15 * $0) }
        var explainer = Explainer()
        explainer.className = "b"
        explainer.patch = 2
        explainer.drawsPictures = false
        let picture = Explainer.Picture(
            name: "ramp", image: DecodedImage(width: 4, height: 4, channels: 1, pixels: pixels))
        let record = try await explainer.record(of: [("linear", model)], pictures: [picture])
        let explanation = try #require(record.models.first?.explanations.first)
        #expect(explanation.target.label == "b")
        #expect(explanation.maps.map(\.method) == [.saliency, .occlusion])
        #expect(record.models[0].layer == nil && record.models[0].receptiveField == nil)

        let saliency = explanation.maps[0]
        #expect(saliency.shape == [4, 4])
        for index in 0..<16 { #expect(abs(saliency.values[index] - 2 * abs(weight[16 + index])) < 1e-5) }

        let occlusion = explanation.maps[1]
        #expect(occlusion.shape == [3, 3] && occlusion.patch == 2 && occlusion.fill == [0])
        for row in 0..<3 {
            for column in 0..<3 {
                // Covered pixels are black: the mean is 0.
                let expected = [0, 1, 4, 5].reduce(Float(0)) { sum, offset in
                    let index = 4 * row + column + offset
                    return sum + weight[16 + index] * Float(pixels[index]) / 255 / 0.5
                }
                #expect(abs(occlusion.values[3 * row + column] - expected) < 1e-4)
            }
        }
        let smallest = try #require(occlusion.smallestProbability)
        #expect(smallest < explanation.target.probability && smallest >= 0)
    }

    @Test("a pixel gets the mean of the patches that cover it") func spread() {
        let grid = ExplanationMaps.Grid(height: 2, width: 2, values: [1, 2, 3, 4])
        // Patches of 2 at 0 and 1 along 3 pixels.
        #expect(ExplanationMaps.offsets(side: 3, patch: 2) == [0, 1])
        #expect(grid.spread(patch: 2, height: 3, width: 3) == [1, 1.5, 2, 2, 2.5, 3, 3, 3.5, 4])
        #expect(ExplanationMaps.offsets(side: 10, patch: 7) == [0, 2, 3])
        #expect(ExplanationMaps.offsets(side: 4, patch: 4) == [0])
        #expect(ExplanationMaps.offsets(side: 3, patch: 1) == [0, 1, 2])
    }

    // Two convolutions of 3 pixels with a pooling of 2 between: positions see 8 pixels and begin 2 apart, so their centres are
    // at 3.5, 5.5 and 7.5 of 12 pixels; spread evenly they would be at 1.5, 5.5 and 9.5.
    @Test("a map is drawn where its windows are") func placed() {
        let grid = ExplanationMaps.Grid(height: 1, width: 3, values: [0, 4, 8])
        let window = Window(
            extent: Size2D(1, 8), stride: Size2D(1, 2),
            before: Size2D(0, 0))
        #expect(grid.placed(by: window, height: 1, width: 12) == [0, 0, 0, 0, 1, 3, 5, 7, 7, 5, 3, 1])
        // Padding of one pixel to each side of a stride of 1: every position lies on its pixel.
        let padded = Window(extent: 3, stride: 1, before: 1)
        #expect(grid.placed(by: padded, height: 1, width: 3) == [0, 4, 8])
    }

    // Networks that look for one bright pixel: the hottest pixel of Grad-CAM must be that pixel's, wherever it is.
    @Test("Grad-CAM finds a marker where it is", arguments: [(4, 5), (9, 14), (13, 7)])
    func marker(row: Int, column: Int) async throws {
        let network = Network(input: [1, 20, 20]) {
            Conv2D(1, kernelSize: 3, padding: .valid, hasBias: false)
            MaxPool2D(2)
            Conv2D(1, kernelSize: 3, padding: .valid, hasBias: false)
            ReLU()
            Flatten()
            Dense(2, hasBias: false)
        }
        var weights = try network.initialWeights(seed: 1)
        for index in weights.parameters.indices {
            let isKernel = weights.parameters[index].shape.rank == 4
            // Only the middle of each kernel counts, and every position adds to the first class.
            for place in weights.parameters[index].scalars.indices {
                let isFirst = place < weights.parameters[index].scalars.count / 2
                weights.parameters[index].scalars[place] = isKernel ? (place == 4 ? 1 : 0) : isFirst ? 1 : 0
            }
        }
        let model = try Classifier(
            network: network, weights: weights, classes: ["a", "b"],
            preprocessing: Preprocessing(width: 20, height: 20, channels: 1), backend: MadeUpImages.backend)
        var pixels = [UInt8](repeating: 0, count: 400)
        pixels[20 * row + column] = 255
        var explainer = Explainer()
        explainer.className = "a"
        let picture = Explainer.Picture(
            name: "dot", image: DecodedImage(width: 20, height: 20, channels: 1, pixels: pixels))
        let record = try await explainer.record(of: [("finder", model)], pictures: [picture])
        let map = try #require(record.models[0].explanations[0].maps.first { $0.method == .gradCAM })
        let drawn = try ImageDecoder.decode(try #require(map.picture), name: "map")
        // Redness less blueness is the heat; a position is two pixels wide.
        let heat = (0..<400).map { Int(drawn.pixels[3 * $0]) - Int(drawn.pixels[3 * $0 + 2]) }
        let hottest = heat.indices.filter { heat[$0] == heat.max() }
        let distances = hottest.map { max(abs($0 / 20 - row), abs($0 % 20 - column)) }
        #expect(try #require(distances.max()) <= 1, "hottest at \(hottest.map { ($0 / 20, $0 % 20) })")
    }

    // A network that looks for one bright pixel: covering what its maps call hottest takes its answer away, uncovering it gives it
    // back, and a random order does either halfway on the mean.
    @Test("deletion and insertion of a planted marker") func curves() async throws {
        let network = Network(input: [1, 20, 20]) {
            Conv2D(1, kernelSize: 3, padding: .valid, hasBias: false)
            ReLU()
            Flatten()
            Dense(2, hasBias: false)
        }
        var weights = try network.initialWeights(seed: 1)
        for index in weights.parameters.indices {
            let count = weights.parameters[index].scalars.count
            let isKernel = weights.parameters[index].shape.rank == 4
            for place in 0..<count {
                weights.parameters[index].scalars[place] = isKernel ? (place == 4 ? 1 : 0) : place < count / 2 ? 8 : 0
            }
        }
        let model = try Classifier(
            network: network, weights: weights, classes: ["a", "b"],
            preprocessing: Preprocessing(width: 20, height: 20, channels: 1), backend: MadeUpImages.backend)
        var pixels = [UInt8](repeating: 0, count: 400)
        pixels[20 * 7 + 12] = 255
        var explainer = Explainer()
        explainer.drawsPictures = false
        let picture = Explainer.Picture(
            name: "dot", image: DecodedImage(width: 20, height: 20, channels: 1, pixels: pixels))
        let record = try await explainer.record(of: [("finder", model)], pictures: [picture])
        let maps = record.models[0].explanations[0].maps
        for method in [ExplanationRecord.Method.occlusion, .gradCAM] {
            let map = try #require(maps.first { $0.method == method })
            let (deletion, insertion) = (try #require(map.deletion), try #require(map.insertion))
            #expect(deletion.probabilities.count == 21 && insertion.probabilities.count == 21)
            // All of the picture, and nothing of it.
            #expect(deletion.probabilities[0] > 0.99 && abs(insertion.probabilities[0] - 0.5) < 1e-6)
            #expect(abs(deletion.probabilities[20] - 0.5) < 1e-6 && insertion.probabilities[20] > 0.99)
            #expect(deletion.area < 0.55 && insertion.area > 0.95, "\(method) \(deletion.area) \(insertion.area)")
            #expect(deletion.randomArea > 0.55 && deletion.randomArea + insertion.randomArea > 1.4)
            #expect(deletion.area < deletion.randomArea && insertion.area > insertion.randomArea)
        }
        #expect(maps.allSatisfy { ($0.chanceCorrelation ?? 0) >= -1 && ($0.chanceCorrelation ?? 0) <= 1 })
        #expect(maps.contains { $0.chanceCorrelation != nil })
    }

    @Test("areas by trapezoids, and the order of equal heat") func areas() {
        #expect(ExplanationMaps.area([1, 0.5, 0]) == 0.5)
        #expect(ExplanationMaps.area([1, 1, 0, 0]) == 0.5)
        #expect(ExplanationMaps.order(of: [1, 3, 3, 0]) == [1, 2, 0, 3])
    }

    // Weights are the means 1 and −2, so position i is max(0, A₀ − 2·A₁).
    @Test("Grad-CAM weighs maps by their mean gradient and drops what is negative") @EngineActor func gradCAM() {
        let output = Tensor<Float>([1, 2, 1, 3], [1, 5, 2, 1, 2, 0])
        let gradient = Tensor<Float>([1, 2, 1, 3], [0, 3, 0, -6, 0, 0])
        #expect(ExplanationMaps.gradCAM(output, gradient).values == [0, 1, 2])
    }

    @Test("the effective field of one convolution is its kernel") @EngineActor func receptiveField() throws {
        let network = Network(input: [1, 7, 7]) {
            Conv2D(2, kernelSize: 3, hasBias: false)
            Flatten()
            Dense(2)
        }
        var weights = try network.initialWeights(seed: 1)
        // Per tap, the sum over both channels: 1 at the corners, 4 in the middle, −2 at the sides.
        weights.parameters[0] = Tensor([2, 1, 3, 3], [1, -2, 1, -2, 3, -2, 1, -2, 1] + [0, 0, 0, 0, 1, 0, 0, 0, 0])
        let model = try Classifier(
            network: network, weights: weights, classes: ["a", "b"],
            preprocessing: Preprocessing(width: 7, height: 7, channels: 1), backend: MadeUpImages.backend)
        let meter = try ReceptiveFieldMeter(model, layer: "0")
        let noise = meter.noise(count: 2, seed: 3)
        let field = try meter.field(over: noise)
        for row in 0..<7 {
            for column in 0..<7 {
                let distance = abs(row - 3) + abs(column - 3)
                let isSeen = abs(row - 3) <= 1 && abs(column - 3) <= 1
                let expected: Float = isSeen ? [1, 0.5, 0.25][distance] : 0
                #expect(abs(field[7 * row + column] - expected) < 1e-6)
            }
        }
        #expect(ReceptiveFieldMeter.size(field) == 3)
        #expect(ReceptiveFieldMeter.size([0, 0]) == 0)
        // 98 numbers of deviation 1: their mean has a deviation of 0.1, their mean square of 0.14.
        let values = noise.joined().map(Double.init)
        #expect(abs(values.reduce(0, +) / 98) < 0.4 && abs(values.reduce(0) { $0 + $1 * $1 } / 98 - 1) < 0.6)
        #expect(throws: EvidenceError.self) { try ReceptiveFieldMeter(model, layer: "1") }
    }

    @Test("a model of random weights explains as itself, a trained one does not") func randomisation() async throws {
        let network = MadeUpImages.convolutional
        let pictures = try Explainer.pictures(of: try MadeUpImages.set(count: 3, seed: 4), at: [0, 2], named: "bar")
        #expect(pictures.map(\.name) == ["bar 0", "bar 2"] && pictures.map(\.label) == ["low", "high"])
        func correlations(_ seed: UInt64) async throws -> [[Double?]] {
            let model = try Classifier(
                network: network, weights: try network.initialWeights(seed: seed), classes: MadeUpImages.classes,
                preprocessing: Preprocessing(width: 9, height: 8, channels: 1), backend: MadeUpImages.backend)
            var explainer = Explainer()
            explainer.randomModels = 2
            explainer.className = "middle"
            let record = try await explainer.record(of: [("CNN", model)], pictures: pictures)
            #expect(record.models[0].layer == "1")
            #expect(record.models[0].filters.count == 1)
            #expect(record.models[0].receptiveField?.theoretical == 3)
            for explanation in record.models[0].explanations {
                #expect(explanation.maps.map(\.method) == ExplanationRecord.Method.allCases)
                for png in explanation.maps.map(\.picture) + [explanation.picture] {
                    let picture = try ImageDecoder.decode(try #require(png), name: "map")
                    #expect(picture.width == 9 && picture.height == 8)
                }
                #expect(explanation.featureMaps?.layers.isEmpty == false)
            }
            return record.models[0].explanations.flatMap { $0.maps.map(\.randomCorrelations) }
        }
        for pair in try await correlations(Explainer.firstSeed) {
            // Grad-CAM may be 0 everywhere, which has no correlation with anything.
            #expect(pair[0].map { $0 > 1 - 1e-9 } ?? true)
        }
        let other = try await correlations(7).joined().compactMap(\.self)
        #expect(other.count > 4 && other.allSatisfy { $0 < 0.999 })
    }

    @Test("the layer of Grad-CAM is the last with filters and places") func layers() throws {
        func layer(_ name: String) throws -> String? {
            let layer = try Network.named(name, input: [3, 32, 32], classes: 10).lastLayerWithMaps()
            return layer?.words
        }
        #expect(try layer("ann") == nil)
        #expect(try layer("cnn") == "4 ReLU")
        #expect(try layer("lenet") == "4 Tanh")
        #expect(try layer("vgg-small") == "19 ReLU")
        #expect(try layer("resnet18") == "18 ReLU")
        #expect(try layer("mobilenet-small") == "38 ReLU")
    }

    @Test("every network of the zoo is explained", arguments: Network.smallImageNames) func zoo(name: String)
        async throws
    {
        // The smallest that its last pooling can take.
        let side = name == "cifar94" ? 25 : 16
        let network = try Network.named(name, input: [3, side, side], classes: 4)
        let model = try Classifier(
            network: network, weights: try network.initialWeights(seed: 3), classes: ["a", "b", "c", "d"],
            preprocessing: Preprocessing(width: side, height: side, channels: 3), backend: OneDNNBackend(threads: 1))
        var explainer = Explainer()
        explainer.patch = 8
        explainer.randomModels = 1
        explainer.noiseImages = 1
        explainer.drawsPictures = false
        let picture = DecodedImage(
            width: 21, height: 30, channels: 3, pixels: (0..<1890).map { UInt8(($0 * $0 / 7) % 256) })
        let record = try await explainer.record(
            of: [(name, model)], pictures: [Explainer.Picture(name: "pattern", image: picture)])
        let maps = record.models[0].explanations[0].maps
        #expect(maps.count == (["ann", "vit-tiny"].contains(name) ? 2 : 3))
        #expect(maps[0].values.contains { $0 > 0 } && maps[1].values.contains { $0 != 0 })
        #expect((record.models[0].receptiveField?.overNoise ?? 1) > 0)
    }

    @Test("what cannot be explained is said before anything is computed") func errors() async throws {
        let (model, _) = try linear()
        let convolutional = MadeUpImages.convolutional
        let cnn = try Classifier(
            network: convolutional, weights: try convolutional.initialWeights(seed: 1), classes: MadeUpImages.classes,
            preprocessing: Preprocessing(width: 9, height: 8, channels: 1), backend: MadeUpImages.backend)
        let picture = Explainer.Picture(
            name: "x", image: DecodedImage(width: 1, height: 1, channels: 1, pixels: [9]))
        func fails(_ model: Classifier, _ change: (inout Explainer) -> Void) async -> (any OcellusError)? {
            var explainer = Explainer()
            change(&explainer)
            do {
                _ = try await explainer.record(of: [("m", model)], pictures: [picture])
                return nil
            } catch {
                return error as? any OcellusError
            }
        }
        #expect(await fails(cnn) { $0.className = "hgh" }?.advice == "did you mean \"high\"?")
        #expect(await fails(cnn) { $0.layer = "9" }?.code == "model.unknownLayer")
        #expect(await fails(cnn) { $0.layer = "4" }?.code == "comparison.cannotExplain")
        #expect(await fails(model) { $0.layer = "0" }?.code == "comparison.cannotExplain")
        #expect(await fails(model) { $0.patch = 5 }?.needs == "a side of 1 to 4 pixels")
        #expect(await fails(model) { $0.patch = 0 } != nil)
        #expect(await fails(model) { $0.randomModels = 0 } != nil)
        let images = try MadeUpImages.set(count: 3, seed: 4)
        #expect(throws: EvidenceError.self) { try Explainer.pictures(of: images, at: [3], named: "image") }
    }

    @Test("weights that overflow are an error, not a page of nothing") func overflow() async throws {
        let network = Network(input: [1, 4, 4]) {
            Flatten()
            Dense(2, hasBias: false)
            Dense(2, hasBias: false)
        }
        let weights = Weights(
            parameters: [Tensor(repeating: 3e38, [2, 16]), Tensor([2, 2], [1, -1, 3e38, 3e38])], buffers: [])
        let model = try Classifier(
            network: network, weights: weights, classes: ["a", "b"],
            preprocessing: Preprocessing(width: 4, height: 4, channels: 1), backend: MadeUpImages.backend)
        let black = DecodedImage(width: 4, height: 4, channels: 1, pixels: Array(repeating: 0, count: 16))
        var explainer = Explainer()
        explainer.className = "b"
        await #expect(throws: EvidenceError.self) {
            _ = try await explainer.record(of: [("m", model)], pictures: [.init(name: "black", image: black)])
        }
    }
}
