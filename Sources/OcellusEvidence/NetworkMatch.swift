// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
package import OcellusModel
import OcellusTensor
import RealModule

/// What networks are made equal in before they are compared.
public enum NetworkMatch: String, Codable, Sendable, CaseIterable {
    /// Nothing: each as it is.
    case asGiven = "as-given"
    /// The recipe ``Recipe/matched``: all but the learning rate, for which each network tries as many values.
    case recipe
    /// Numbers in trained tensors: the first network is resized to fit the second.
    case params
    /// Multiply-adds of one image forward: the first network is resized to fit the second.
    case macs
    /// Wall time of training: the faster networks make more steps.
    case time
    /// Effort: the recipe ``Recipe/bestEffort``.
    case bestEffort = "best-effort"

    /// The only recipe that the match goes with; `nil` for any.
    package var recipe: Recipe? {
        switch self {
        case .recipe: .matched
        case .bestEffort: .bestEffort
        case .asGiven, .params, .macs, .time: nil
        }
    }

    /// The recipe that a comparison takes when none is named: with anything made equal, the one that treats all networks
    /// alike, or the difference would be one of optimisers and epochs.
    package var defaultRecipe: Recipe { recipe ?? (self == .asGiven ? .tutorial : .matched) }

    /// Whether a network is resized.
    var isOfSize: Bool { self == .params || self == .macs }

    /// A network resized to cost as much as another.
    package struct Resized: Sendable {
        package var network: Network
        /// What every hidden width was multiplied by, before rounding.
        package var factor: Double
        /// Its cost over the other's.
        package var ratio: Double
    }

    /// The first network with all hidden widths (units of dense layers, channels of convolutions) multiplied by one factor, so
    /// that it costs as nearly as possible what the second does. Depth and form stay.
    ///
    /// - Throws: ``EvidenceError/Code/cannotMatch`` for networks with branches, shortcuts or grouped convolutions, whose
    ///   widths depend on each other, and where no width costs within a tenth of the second; ``ModelError``.
    package func resized(_ network: Network, toFit other: Network) throws -> Resized {
        let target = Double(try cost(other))
        guard isOfSize, target > 0 else { return Resized(network: network, factor: 1, ratio: 1) }
        let hidden = try Self.hiddenLayers(network)
        var best: Resized?
        var (low, high) = (Double.log(1e-5), Double.log(1e5))
        for _ in 0..<80 {
            let factor = Double.exp((low + high) / 2)
            let candidate = Self.scaled(network, hidden, by: factor)
            // Too wide to be counted is too wide.
            let ratio = (try? Double(cost(candidate)) / target) ?? .infinity
            if abs(Double.log(ratio)) < abs(Double.log(best?.ratio ?? .infinity)) {
                best = Resized(network: candidate, factor: factor, ratio: ratio)
            }
            if ratio < 1 { low = Double.log(factor) } else { high = Double.log(factor) }
        }
        guard let best, abs(best.ratio - 1) <= 0.1 else {
            throw EvidenceError(
                .cannotMatch, "the first network cannot be made to cost what the second does.",
                needs: "\(Int(target)) \(words)",
                received: best.map { "\(Int($0.ratio * target)) at the nearest width" },
                because: hidden.isEmpty ? "it has no hidden layer" : nil, advice: "--match as-given, or other networks")
        }
        return best
    }

    /// A sentence for the record.
    package func note(_ first: String, _ second: String, _ resized: Resized) -> String? {
        guard isOfSize else { return nil }
        let percent = ((resized.ratio - 1) * 1000).rounded() / 10
        let factor = rounded(resized.factor, significant: 4)
        return
            "The hidden widths of \(first) were multiplied by \(factor), so that it has as many \(words) as \(second) "
            + "(\(percent >= 0 ? "+" : "−")\(abs(percent)) %); the other costs differ, see the table."
    }

    private var words: String { self == .macs ? "multiply-adds" : "parameters" }

    private func cost(_ network: Network) throws -> Int {
        let summary = try NetworkSummary(network)
        return self == .macs ? summary.multiplyAdds : summary.parameters
    }

    /// Positions of the layers whose width is free: all with weights but the last.
    private static func hiddenLayers(_ network: Network) throws -> [Int] {
        var positions: [Int] = []
        let graph = try network.graph()
        for (position, (layer, scope)) in zip(network.layers, graph.outermostScopes).enumerated() {
            let operations = graph.operations[scope.operations]
            let isGrouped = (layer.layer as? Conv2D).map { $0.groups != 1 } ?? false
            if layer.layer is any WeightedLayer, !isGrouped {
                positions.append(position)
            } else if isGrouped || operations.contains(where: \.hasWeights) || operations.contains(where: \.joins) {
                throw EvidenceError(
                    .cannotMatch, "the first network cannot be resized.",
                    needs: "layers one after the other, no groups",
                    received: "\(layer.layer)", because: "widths of its layers depend on each other",
                    advice: "put a plain network first, or --match as-given")
            }
        }
        return Array(positions.dropLast())
    }

    private static func scaled(_ network: Network, _ positions: [Int], by factor: Double) -> Network {
        func width(_ value: Int) -> Int { Int(min(1e9, max(1, (Double(value) * factor).rounded()))) }
        var network = network
        for position in positions {
            guard var layer = network.layers[position].layer as? any WeightedLayer else { continue }
            layer.width = width(layer.width)
            network.layers[position].layer = layer
        }
        return network
    }
}

extension Graph.Operation {
    /// Whether branches meet here.
    fileprivate var joins: Bool { kind.operands.map { $0.count { $0 == .activation } > 1 } ?? true }
}
