// SPDX-License-Identifier: Apache-2.0

/// A step from a program to another that computes the same with fewer operations.
///
/// A pass finds patterns by a ``DefUse`` index, asks the device whether it takes them (``Fusions``) and claims each operation at
/// most once: what one pass joined, a later one sees joined. Results and values that the host reads stay.
package struct Pass: Sendable {
    package let name: String
    package let run: @Sendable (inout Program, any Fusions) -> Void

    package init(_ name: String, _ run: @escaping @Sendable (inout Program, any Fusions) -> Void) {
        self.name = name
        self.run = run
    }

    /// In the order in which they run. Forward operations take what follows them before the gradients do: what a gradient reads
    /// is settled then.
    package static let joins: [Pass] = [
        joinActivations, joinNormFunctions, joinSums, joinNormGradients, maskPoolGradients, joinSumsOfGradients,
    ]

    /// What several operations compute together. They run last: what lies between the operations of a pattern is not written, so what
    /// the host reads must be settled.
    package static let patterns: [Pass] = [joinNorms, joinPools, joinUpdates]
}

extension Program {
    var isTraining: Bool { operations.contains { $0.phase == .backward } }

    /// Takes operations out, and lets what read a value read another instead.
    ///
    /// - Parameters:
    ///   - removed: Positions.
    ///   - replacements: For values that are not written any more.
    mutating func rewrite(removing removed: Set<Int>, replacing replacements: [ValueID: ValueID] = [:]) {
        guard !removed.isEmpty else { return }
        func final(_ id: ValueID) -> ValueID {
            var id = id
            while let next = replacements[id] { id = next }
            return id
        }
        operations = operations.indices.filter { !removed.contains($0) }.map { position in
            var operation = operations[position]
            operation.inputs = operation.inputs.map(final)
            return operation
        }
        parameterGradients = parameterGradients.map { $0.map(final) }
        inputGradient = inputGradient.map(final)
        layerOutputs = layerOutputs.mapValues(final)
        ids = ids.mapValues(final)
    }

    /// Takes out the values that no operation writes or reads any more.
    mutating func removeUnusedValues() {
        let used = Set(operations.flatMap { $0.inputs + $0.outputs }.map(\.index))
        let kept = values.indices.filter { values[$0].role.isPersistent || values[$0].isResult || used.contains($0) }
        guard kept.count < values.count else { return }
        var moved: [Int: Int] = [:]
        for (position, index) in kept.enumerated() { moved[index] = position }
        func new(_ id: ValueID) -> ValueID? { moved[id.index].map(ValueID.init) }
        values = kept.map { values[$0] }
        for position in operations.indices {
            operations[position].inputs = operations[position].inputs.compactMap(new)
            operations[position].outputs = operations[position].outputs.compactMap(new)
        }
        (input, output) = (new(input) ?? input, new(output) ?? output)
        (inputGradient, outputGradient) = (inputGradient.flatMap(new), outputGradient.flatMap(new))
        (labels, sampleWeights) = (labels.flatMap(new), sampleWeights.flatMap(new))
        layerOutputs = layerOutputs.compactMapValues(new)
        layerGradients = layerGradients.compactMapValues(new)
        ids = ids.compactMapValues(new)
        zeros = zeros.compactMap(new)
        parameters = parameters.compactMap(new)
        parameterGradients = parameterGradients.map { $0.flatMap(new) }
        buffers = buffers.compactMap(new)
        optimizerStates = optimizerStates.map { $0.compactMap(new) }
    }

    /// Whether nothing but the program's own operations reads a value.
    func isPrivate(_ id: ValueID) -> Bool { !self[id].isResult && !self[id].role.isPersistent }
}
