// SPDX-License-Identifier: Apache-2.0

package import OcellusModel
package import OcellusPlan
import OcellusTensor
public import OcellusTraining

/// Everything that decides an evidence run: `configuration.json` of its directory. Extending a run changes seeds and claims.
public struct EvidenceConfiguration: Codable, Sendable, Equatable {
    package var version = 2
    package var kind = "evidence"
    /// The command line to repeat the run, one word an element.
    public var command: [String]
    public var data: DataRequest
    public var dense: ComparisonConfiguration.Entry
    public var convolutional: ComparisonConfiguration.Entry
    /// In the order in which their cells are made.
    public var claims: [String]
    /// Those of ``claims`` that were added when the run went on, each time as a family; absent for none.
    package var laterClaims: [[String]]?
    /// What trains in the place of a dense network that is far larger than the convolutional one; absent where none does.
    package var trainedDense: Network?
    public var seeds: [UInt64]
    package var scale: EvidenceScale
    /// By the networks' names in cells; measured before the plan was made.
    package var speeds: [String: NetworkSpeed] = [:]
    package var engine: EngineSettings
    /// Library, version and instruction set that compute, set when the run is made; absent in older runs.
    package var engineDetails: String?
    /// SHA-256 of the training and test images.
    package var dataSha256 = ""
    /// Whether parts of images are drawn in the record.
    public var pictures = true
    /// The frozen queue: names of the cells in their order.
    package var queue: [String] = []

    package init(
        command: [String], data: DataRequest, dense: ComparisonConfiguration.Entry,
        convolutional: ComparisonConfiguration.Entry, claims: [String], seeds: [UInt64],
        scale: EvidenceScale = EvidenceScale(), pictures: Bool = true, engine: EngineSettings
    ) {
        self.command = command
        self.data = data
        self.dense = dense
        self.convolutional = convolutional
        self.claims = claims
        self.seeds = seeds
        self.scale = scale
        self.pictures = pictures
        self.engine = engine
    }

    /// The network of a training.
    func network(_ variant: NetworkVariant) -> Network {
        variant.applied(to: variant.base == .dense ? trainedDense ?? dense.network : convolutional.network)
    }

    /// The network as it was given, which is counted and timed.
    func given(_ variant: NetworkVariant) -> Network {
        variant.applied(to: variant.base == .dense ? dense.network : convolutional.network)
    }

    /// Dense layers a tenth as wide, where the dense network holds more than eight times as much as the convolutional one;
    /// `nil` for any other.
    ///
    /// - Throws: ``ModelError``.
    static func narrowed(_ dense: Network, against convolutional: Network) throws -> Network? {
        guard try NetworkSummary(dense).parameters > 8 * NetworkSummary(convolutional).parameters else { return nil }
        var narrow = dense
        let layers = dense.layers.indices.filter { dense.layers[$0].layer is Dense }
        for index in layers.dropLast() {
            guard var layer = dense.layers[index].layer as? Dense else { continue }
            layer.outputFeatures = max(16, layer.outputFeatures / 10)
            narrow.layers[index].layer = layer
        }
        return narrow == dense ? nil : narrow
    }

    /// Filters of a network's first convolution.
    func firstFilters(_ variant: NetworkVariant) -> Int {
        for layer in network(variant).layers {
            if let convolution = layer.layer as? Conv2D { return convolution.outputChannels }
        }
        return 0
    }

    var names: [NetworkVariant.Base: String] { [.dense: dense.name, .convolutional: convolutional.name] }

    func title(_ variant: NetworkVariant) -> String { variant.title(names) }
}

/// How much each cell does: chosen once by the budget, then fixed.
package struct EvidenceScale: Codable, Sendable, Equatable {
    /// Images that a seed trains on.
    package var trainImages = 2000
    package var epochs = 10
    package var batchSize = 64
    package var learningRate = 0.001
    /// Test images that are shifted, turned and scaled.
    package var probeImages = 500

    package init(
        trainImages: Int = 2000, epochs: Int = 10, batchSize: Int = 64, learningRate: Double = 0.001,
        probeImages: Int = 500
    ) {
        self.trainImages = trainImages
        self.epochs = epochs
        self.batchSize = batchSize
        self.learningRate = learningRate
        self.probeImages = probeImages
    }

    /// Few images need more passes to learn anything.
    package static func epochs(for images: Int) -> Int { images >= 10_000 ? 10 : 12 }

    /// Passes over a share of the images that make as many steps as over all of them, but no more than 300 unless all take
    /// more.
    func epochs(percent: Int) -> Int { min(max(300, epochs), (epochs * 100 + percent - 1) / max(1, percent)) }
}
