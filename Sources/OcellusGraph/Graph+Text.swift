// SPDX-License-Identifier: Apache-2.0

import OcellusTensor

extension Graph: CustomStringConvertible {
    /// One line for each operation: result, operator with what it reads and its settings, shape, and the layer where one was
    /// left behind.
    ///
    ///     %1 = convolution(%0, 0.weight, 0.bias) 3×3, padding 1   [N, 32, 28, 28]   0 Conv2D(32, 3×3, padding same)
    public var description: String {
        let rows = operations.map { operation in
            let reads = operation.inputs.map { self[$0].name }.joined(separator: ", ")
            let call = "\(self[operation.output].name) = \(type(of: operation.kind).name)(\(reads))"
            return [
                [call, operation.kind.settings].filter { !$0.isEmpty }.joined(separator: " "),
                printed(shape(operation.output)),
                operation.scope.map { "\(scopes[$0].path) \(scopes[$0].layer)" } ?? "",
            ]
        }
        let header = ["%0 = image", printed(shape(input)), ""]
        let all = [header] + rows
        let widths = (0..<2).map { column in all.map { $0[column].count }.max() ?? 0 }
        let lines = all.map { row in
            let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) } + [row[2]]
            var line = cells.joined(separator: "   ")
            while line.last == " " { line.removeLast() }
            return line
        }
        return (lines + ["output \(self[output].name)"]).joined(separator: "\n")
    }
}
