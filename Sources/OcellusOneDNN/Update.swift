// SPDX-License-Identifier: Apache-2.0

import OcellusModel
import OcellusPlan
import OcellusTensor

extension PlanCompiler {
    mutating func lowerClip(_ maximum: Double) throws(PlanError) {
        var gradients: [Instance] = []
        for id in operation.inputs { gradients.append(try primary(id)) }
        step("gradient clip", "kernel:sum of squares", reads: gradients, writes: []) { [gradients] resources in
            .clip(
                gradients.count, resources.table(gradients.map { UnsafePointer(resources.pointer($0)) as _? }),
                resources.table(gradients.map(\.layout.elements)), maximum: maximum)
        }
    }

    /// Adds one step that updates every trained parameter, at the last of the program's updates: parameters,
    /// gradients and states lie at the same offsets of blocks of their own.
    mutating func lowerUpdate(_ optimizer: Optimizer) throws(PlanError) {
        let (w, g) = (try primary(operation.inputs[0]), try primary(operation.inputs[1]))
        let states = try operation.inputs.dropFirst(2).map { (id) throws(PlanError) in newInstance(id, w.layout) }
        updated.append((w, g, states))
        guard updated.count == program.operations.count(where: \.isUpdate) else { return }
        let all = updated
        step(
            "update", "kernel:\(optimizer.kernelName)", reads: all.map(\.g),
            writes: all.flatMap { [$0.w] + $0.states }
        ) { (resources) throws(PlanError) in
            let count = resources.trainedBytes / MemoryLayout<Float>.stride
            let (w, g) = (try resources.trained(.parameters), try resources.trained(.gradients))
            switch optimizer {
            case .sgd(_, let momentum, let nesterov, let decay):
                guard momentum != 0 else { return .sgd(count, w: w, g: g, decay: Float(decay)) }
                return .momentum(
                    count, w: w, g: g, v: try resources.trained(.states(slot: 0)), momentum: Float(momentum),
                    nesterov: nesterov, decay: Float(decay))
            case .adam(_, let beta1, let beta2, let epsilon, let decay),
                .adamW(_, let beta1, let beta2, let epsilon, let decay):
                return .adam(
                    count, w: w, g: g, m: try resources.trained(.states(slot: 0)),
                    v: try resources.trained(.states(slot: 1)),
                    Call.Adam(
                        beta1: beta1, beta2: beta2, epsilon: epsilon, decay: decay,
                        isDecoupled: optimizer.isDecoupled))
            }
        }
    }
}

extension Operation {
    var isUpdate: Bool {
        if case .update = kind { true } else { false }
    }
}

extension Optimizer {
    /// Whether weight decay stays apart from the gradient.
    fileprivate var isDecoupled: Bool {
        if case .adamW = self { true } else { false }
    }

    /// For the list of steps.
    fileprivate var kernelName: String {
        switch self {
        case .sgd(_, let momentum, _, _): momentum == 0 ? "sgd" : "sgd with momentum"
        case .adam: "adam"
        case .adamW: "adamw"
        }
    }
}
