// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusPlan
public import OcellusTensor

/// The gradients of one batch, lent between the backward pass and the update.
///
/// They are those of the batch's mean loss, before clipping and without weight decay.
public struct Gradients {
    private let plan: Plan

    init(_ plan: Plan) { self.plan = plan }

    /// Names of the parameters that train, in the network's order, as in its state dict.
    public var names: [String] { trained.map(\.name) }

    /// The gradient of a parameter, of its shape.
    ///
    /// - Throws: ``ModelError/Code/unknownParameter``; an error of code `plan.engineFailure`.
    public func gradient(of name: String) throws -> Tensor<Float> { try plan.tensor(try value(of: name)) }

    /// Puts another gradient in the place of a parameter's.
    ///
    /// - Throws: ``ModelError/Code/unknownParameter``; ``ModelError/Code/weightsMismatch`` for another shape than the
    ///   parameter's; an error of code `plan.engineFailure`.
    public func replace(gradientOf name: String, with gradient: Tensor<Float>) throws {
        let id = try value(of: name)
        let shape = plan.program[id].shape
        guard gradient.shape == shape else {
            throw ModelError(
                .weightsMismatch, "the gradient of \(name) has another shape than the parameter.", needs: "\(shape)",
                received: "\(gradient.shape)")
        }
        try plan.set(id, to: gradient)
    }

    private var trained: [(name: String, value: ValueID)] {
        zip(plan.program.parameters, plan.program.parameterGradients).compactMap { parameter, gradient in
            gradient.map { (plan.program[parameter].name, $0) }
        }
    }

    private func value(of name: String) throws -> ValueID {
        let trained = trained
        if let found = trained.first(where: { $0.name == name }) { return found.value }
        let names = trained.map(\.name)
        throw ModelError(
            .unknownParameter, "no parameter of the name \"\(name)\" trains.",
            needs: "one of \(names.joined(separator: ", "))", received: name,
            advice: closestMatch(to: name, in: names).map { "did you mean \"\($0)\"?" })
    }
}
