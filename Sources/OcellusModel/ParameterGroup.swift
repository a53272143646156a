// SPDX-License-Identifier: Apache-2.0

import OcellusTensor

/// Parameters that train otherwise than the rest: faster, slower, or in the first epochs only.
///
///     ParameterGroup(["norm1.bias", "norm2.bias"], rateFactor: 64)
///     ParameterGroup(["conv1.bias"], epochs: 3)
///
/// The weight decay of SGD and AdamW is divided by the factor, so that `η·decay·w`, its pull, is that of the other
/// parameters. In the epochs in which a parameter does not train it stays as it is; its gradient still counts in the joint
/// norm of gradient clipping.
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

    /// The factor in an epoch (0-based): 0 where the parameters do not train.
    public func factor(epoch: Int) -> Double { epoch < epochs ?? .max ? rateFactor : 0 }

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
    /// The factor of each parameter's learning rate in an epoch (0-based); empty when no group is given.
    ///
    /// - Throws: ``ModelError/Code/unknownLayer`` for a name that matches no parameter,
    ///   ``ModelError/Code/duplicateName`` for a parameter in two groups.
    package func rateFactors(_ groups: [ParameterGroup], epoch: Int) throws(ModelError) -> [Double] {
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
            factors.append(own.first?.factor(epoch: epoch) ?? 1)
        }
        return factors
    }
}
