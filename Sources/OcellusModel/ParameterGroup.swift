// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
import OcellusTensor

/// Parameters that train otherwise than the rest: faster, slower, or in the first epochs only.
///
///     ParameterGroup(["norm1.bias", "norm2.bias"], rateFactor: 64)
///     ParameterGroup(["conv1.bias"], epochs: 3)
///
/// The weight decay of SGD and AdamW is divided by the factor, so that `η·decay·w`, its pull, is that of the other
/// parameters. Once a parameter's epochs are over it is as if frozen: it stays as it is, its momentum ends, and what only
/// its gradient needed is not computed any more.
public struct ParameterGroup: Hashable, Codable, Sendable {
    /// Names of parameters, or of layers by prefix, as in ``Network/frozen``.
    public var names: [String]
    /// What the learning rate is multiplied with, above 0.
    public var rateFactor: Double
    /// Epochs from the start in which the parameters train; `nil` for all.
    public var epochs: Int?

    public init(_ names: [String], rateFactor: Double = 1, epochs: Int? = nil) {
        self.names = names
        self.rateFactor = rateFactor
        self.epochs = epochs
    }

    /// Whether the group names the parameter or a layer that it belongs to.
    public func contains(_ parameter: String) -> Bool {
        names.contains { parameter == $0 || parameter.hasPrefix($0 + ".") }
    }

    /// Whether the parameters train in an epoch (0-based).
    public func trains(inEpoch epoch: Int) -> Bool { epoch < epochs ?? .max }

    /// Throws ``ModelError/Code/outOfRange`` for impossible settings.
    public func validate() throws(ModelError) {
        guard rateFactor > 0, rateFactor.isFinite, epochs ?? 0 >= 0 else {
            throw ModelError(
                .outOfRange, "the settings of a parameter group are out of range.",
                needs: "a rate factor above 0, epochs of at least 0",
                received: "factor \(rateFactor), epochs \(epochs.map { "\($0)" } ?? "all")")
        }
    }
}

extension Network {
    /// The factor of each parameter's learning rate; empty when no group is given.
    ///
    /// - Throws: ``ModelError/Code/unknownLayer`` for a name that matches no parameter,
    ///   ``ModelError/Code/duplicateName`` for a parameter in two groups.
    package func rateFactors(_ groups: [ParameterGroup]) throws(ModelError) -> [Double] {
        guard !groups.isEmpty else { return [] }
        let names = try parameters().map(\.name)
        for name in groups.flatMap(\.names)
        where !names.contains(where: { $0 == name || $0.hasPrefix(name + ".") }) {
            throw ModelError(
                .unknownLayer, "the name \"\(name)\" of a parameter group matches no parameter.",
                needs: "a parameter or the prefix of one", received: name,
                advice: closestMatch(to: name, in: names).map { "did you mean \"\($0)\"?" })
        }
        var factors: [Double] = []
        for name in names {
            let own = groups.filter { $0.contains(name) }
            guard own.count <= 1 else {
                throw ModelError(
                    .duplicateName, "the parameter \"\(name)\" is in two groups.", needs: "one group at most")
            }
            factors.append(own.first?.rateFactor ?? 1)
        }
        return factors
    }
    /// The network with those parameters frozen whose groups do not train in an epoch (0-based).
    package func resting(_ groups: [ParameterGroup], inEpoch epoch: Int) -> Network {
        var network = self
        network.frozen += groups.filter { !$0.trains(inEpoch: epoch) }.flatMap(\.names)
        return network
    }
}
