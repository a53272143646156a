// SPDX-License-Identifier: Apache-2.0

import OcellusTensor

extension Graph {
    /// Checks a graph that was not built here: that every operation reads only what was made before it, that shapes are those
    /// of the operators' rules, and that no two tensors have one name.
    ///
    /// - Throws: ``ModelError`` naming the first operation at fault.
    public func verify() throws(ModelError) {
        var made = Set(values.indices.filter { values[$0].source.role != .activation || values[$0].source == .input })
        for (position, operation) in operations.enumerated() {
            do {
                try verify(operation, at: position, &made)
            } catch {
                var located = error
                located.layer = "operation \(position + 1) of \(operations.count), \(label(of: operation))"
                throw located
            }
        }
        guard made.contains(output.index), self[output].source.role == .activation else {
            throw ModelError(.wrongOperands, "the graph's output is never written.", needs: "a result")
        }
        try verifyNames()
    }

    private func verify(_ operation: Operation, at position: Int, _ made: inout Set<Int>) throws(ModelError) {
        for id in operation.inputs where !made.contains(id.index) {
            throw ModelError(
                .wrongOperands, "reads a value that is not made yet.", needs: "values of earlier operations",
                received: "value \(id.index)")
        }
        let shape = try resultShape(of: operation.kind, operation.inputs)
        guard values.indices.contains(operation.output.index), self[operation.output].source == .operation(position),
            self.shape(operation.output) == shape, made.insert(operation.output.index).inserted
        else {
            throw ModelError(
                .wrongOperands, "writes a value that is not its own.", needs: "one of shape \(shape)",
                received: "value \(operation.output.index)")
        }
    }

    private func verifyNames() throws(ModelError) {
        var seen = Set<String>()
        for name in parameters.map(\.name) + buffers.map(\.name) where !seen.insert(name).inserted {
            throw ModelError(
                .duplicateName, "two tensors have the name \"\(name)\".", needs: "unique names",
                advice: "rename one of the layers")
        }
    }
}
