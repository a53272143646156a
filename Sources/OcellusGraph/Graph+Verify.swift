// SPDX-License-Identifier: Apache-2.0

import OcellusTensor

extension Graph {
    /// Checks a graph that was not built here: that every operation reads only what was made before it, that shapes are those
    /// of the operators' rules, that tensors are those of their lists, and that no two values have one name.
    ///
    /// - Throws: ``ModelError`` naming the first operation at fault.
    public func verify() throws(ModelError) {
        try verifyTensors()
        try verifyScopes()
        var made = Set(values.indices.filter { values[$0].source.role != .activation || values[$0].source == .input })
        for (position, operation) in operations.enumerated() {
            do {
                try verify(operation, at: position, &made)
            } catch {
                var located = error
                let label = operation.scope == nil ? type(of: operation.kind).name : label(of: operation)
                located.layer = "operation \(position + 1) of \(operations.count), \(label)"
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

    private func verifyTensors() throws(ModelError) {
        func fits(_ value: Value, _ index: Int) -> Bool {
            switch value.source {
            case .input: index == 0 && value.shape.rank >= 1 && value.shape[0] == 1
            case .operation(let position): operations.indices.contains(position)
            case .parameter(let position):
                parameters.indices.contains(position) && parameters[position].name == value.name
                    && parameters[position].shape == value.shape
            case .buffer(let position):
                buffers.indices.contains(position) && buffers[position].name == value.name
                    && buffers[position].shape == value.shape
            }
        }
        for (index, value) in values.enumerated() where !fits(value, index) {
            throw ModelError(
                .wrongOperands, "the value \"\(value.name)\" is not what the graph says that it is.",
                needs: "a tensor of its list, or the result of an operation", received: "\(value.source)")
        }
        for spec in parameters { try spec.validate() }
        for spec in buffers { try spec.validate() }
    }

    private func verifyScopes() throws(ModelError) {
        for (position, scope) in scopes.enumerated() {
            let isInside = scope.operations.lowerBound >= 0 && scope.operations.upperBound <= operations.count
            guard isInside, scope.parent.map({ (0..<position).contains($0) }) ?? true,
                values.indices.contains(scope.input.index), values.indices.contains(scope.output.index)
            else {
                throw ModelError(
                    .wrongOperands, "the layer \"\(scope.path)\" is not one of the graph.",
                    needs: "operations and values that the graph has")
            }
        }
        for operation in operations {
            guard operation.scope.map(scopes.indices.contains) ?? true else {
                throw ModelError(
                    .wrongOperands, "an operation is of a layer that the graph does not have.",
                    needs: "one of \(scopes.count) layers")
            }
        }
    }

    private func verifyNames() throws(ModelError) {
        var seen = Graph.imageNames
        for name in parameters.map(\.name) + buffers.map(\.name) where !seen.insert(name).inserted {
            if Graph.imageNames.contains(name) {
                throw ModelError(
                    .duplicateName, "a tensor has the name \"\(name)\", which is the image's.", needs: "another name")
            }
            throw ModelError(
                .duplicateName, "two tensors have the name \"\(name)\".", needs: "unique names",
                advice: "rename one of the layers")
        }
        for operation in operations where !seen.insert(self[operation.output].name).inserted {
            throw ModelError(
                .duplicateName, "two values have the name \"\(self[operation.output].name)\".", needs: "unique names")
        }
    }
}
