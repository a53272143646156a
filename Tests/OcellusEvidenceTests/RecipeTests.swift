// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusGraph
import OcellusModel
import OcellusTensor
import OcellusTraining
import Testing

@testable import OcellusEvidence

@Suite("Recipes") struct RecipeTests {
    let ann = Network.ann(input: [3, 32, 32], classes: 10)
    let cnn = Network.cnn(input: [3, 32, 32], classes: 10)

    // The common tutorial: Keras's defaults for SGD and Adam, 5 and 10 epochs, batches of 32.
    @Test("the tutorial gives each kind of network its own optimiser and epochs") func tutorial() {
        let dense = Recipe.tutorial.configuration(for: ann, seed: 7)
        #expect(dense.optimizer == .sgd(learningRate: 0.01) && dense.epochs == 5)
        let convolutional = Recipe.tutorial.configuration(for: cnn, seed: 7)
        #expect(convolutional.optimizer == .adam(learningRate: 0.001) && convolutional.epochs == 10)
        for configuration in [dense, convolutional] {
            #expect(configuration.batchSize == 32 && configuration.schedule == .constant)
            #expect(configuration.loss == Loss() && configuration.patience == nil)
            #expect(configuration.result == .last && configuration.seed == 7)
        }
        #expect(Recipe.tutorial.validationFraction == 0 && Recipe.tutorial.learningRates.isEmpty)
        let fitting = ImageFitting(Size2D(32, 30), fit: .pad)
        let preprocessing = Recipe.tutorial.preprocessing(for: fitting, channels: 3)
        #expect(preprocessing == Preprocessing(width: 30, height: 32, channels: 3, fit: .pad))
        #expect(preprocessing?.mean == [0, 0, 0] && preprocessing?.standardDeviation == [1, 1, 1])
    }

    @Test("matched differs between networks in the learning rate alone") func matched() {
        var dense = Recipe.matched.configuration(for: ann, seed: 7, learningRate: 0.0003)
        let convolutional = Recipe.matched.configuration(for: cnn, seed: 7, learningRate: 0.003)
        #expect(dense != convolutional)
        dense.optimizer.learningRate = 0.003
        #expect(dense == convolutional)
        #expect(
            Recipe.matched.validationFraction == 0.1
                && Recipe.matched.preprocessing(for: ImageFitting(8), channels: 3) == nil)
        #expect(Recipe.matched.learningRates == Recipe.matched.learningRates.sorted())
    }

    @Test("a convolution is found inside composites too") func convolutions() {
        #expect(!ann.hasConvolution && cnn.hasConvolution)
        #expect(Network.resNet18(input: [3, 8, 8], classes: 2).hasConvolution)
        let inside = Network(input: [3, 8, 8]) {
            Concatenate {
                Branch { ReLU() }
                Branch { Residual { LocallyConnected2D(3, kernelSize: 1) } }
            }
        }
        #expect(inside.hasConvolution)
    }

    @Test("settings that make no comparison are refused") func validation() throws {
        func error(_ change: (inout ComparisonConfiguration) -> Void) -> (any Error)? {
            var configuration = MadeUpImages.configuration(.tutorial)
            change(&configuration)
            do { try configuration.validate() } catch { return error }
            return nil
        }
        #expect(error { _ in } == nil)
        #expect((error { $0.networks = [] } as? EvidenceError)?.kind == .noNetworks)
        #expect((error { $0.seeds = [] } as? EvidenceError)?.kind == .noSeeds)
        #expect((error { $0.seeds = [1, 2, 1] } as? EvidenceError)?.kind == .duplicateSeed)
        #expect((error { $0.networks[1].name = "ANN" } as? EvidenceError)?.kind == .duplicateName)
        #expect((error { $0.epochs = 0 } as? ModelError)?.kind == .outOfRange)
        #expect((error { $0.networks[0].network.layers = [] } as? ModelError)?.kind == .emptyNetwork)
        let twice = try #require(error { $0.seeds = [4, 4] } as? EvidenceError)
        #expect(
            twice.rendered == """
                error[comparison.duplicateSeed]: the seed 4 is given twice.
                  needs     different seeds
                  because   the same seed gives the same training, so it would count twice
                """)
    }

    @Test("names in tables") func names() {
        #expect(ComparisonConfiguration.displayName(of: "ann", position: 0) == "ANN")
        #expect(ComparisonConfiguration.displayName(of: "resnet18", position: 1) == "resnet18")
        #expect(ComparisonConfiguration.displayName(of: "flatten, dense 3", position: 1) == "network 2")
    }

    @Test("the best rate wins, the smaller among equals, a diverged one never") func tuning() throws {
        func trial(_ rate: Double, _ accuracy: Double, _ failure: String? = nil) -> ComparisonTrial {
            ComparisonTrial(
                network: "ANN", settings: TrialSettings(learningRate: rate), validationAccuracy: accuracy,
                failure: failure, wallSeconds: 1)
        }
        func chosen(_ trials: [ComparisonTrial]) throws -> [Double] {
            try ComparisonTrial.marked(trials).filter(\.chosen).map(\.learningRate)
        }
        #expect(try chosen([trial(0.001, 0.6), trial(0.01, 0.7), trial(0.1, 0.5)]) == [0.01])
        #expect(try chosen([trial(0.001, 0.6), trial(0.01, 0.7), trial(0.1, 0.7)]) == [0.01])
        #expect(try chosen([trial(0.01, 0), trial(0.1, 0, "NaN")]) == [0.01])
        #expect(try ComparisonTrial.marked([trial(0.01, 1), trial(0.1, 0, "NaN")]).map(\.failure) == [nil, "NaN"])
        #expect(try ComparisonTrial.marked([]).isEmpty)
        func note(_ accuracies: [Double]) -> String? {
            ComparisonTrial.edgeNote(accuracies.enumerated().map { trial([0.001, 0.01, 0.1][$0.offset], $0.element) })
        }
        #expect(note([0.1, 0.2, 0.1]) == nil && ComparisonTrial.edgeNote([]) == nil)
        #expect(note([0.2, 0.1, 0.1])?.hasPrefix("ANN did best with the smallest learning rate") == true)
        #expect(note([0.1, 0.1, 0.2])?.hasPrefix("ANN did best with the largest learning rate") == true)
        let error = #expect(throws: EvidenceError.self) { try chosen([trial(0.1, 0, "the loss is not finite")]) }
        #expect(error?.kind == .diverged && error?.because == "the loss is not finite")
    }
}
