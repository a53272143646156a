// SPDX-License-Identifier: Apache-2.0

package import OcellusGraph
package import OcellusModel
import OcellusTensor

extension ONNXImporter {
    /// The graph of any operators, classifier or not: what tests of single operators run.
    ///
    /// - Parameters:
    ///   - source: A file whose first input that is no tensor is the image, of known sizes.
    ///   - isBatch: Whether its first axis counts images, so that the graph is that of one.
    /// - Returns: A graph whose input and output hold those elements in row-major order, and the output's sizes.
    /// - Throws: As ``init(contentsOf:size:)``.
    package static func operators(
        _ source: WireSource, isBatch: Bool = false
    ) throws -> (graph: Graph, weights: Weights, sizes: [Int]) {
        let model = try ONNXReader.read(source)
        let tensors = Set(model.graph.initializers.map(\.name))
        guard let input = model.graph.inputs.first(where: { !tensors.contains($0.name) }),
            let output = model.graph.outputs.first
        else { throw ExchangeError(.notClassifier, "\(source.path) has no input or no output.") }
        var sizes = try (input.dimensions ?? []).map { dimension throws -> Int in
            guard case .size(let size) = dimension, size > 0 else {
                throw ExchangeError(.notKnown, "\(source.path) leaves a size open.")
            }
            return size
        }
        if isBatch, !sizes.isEmpty { sizes[0] = 1 }
        let reader = ONNXTensorReader(source, folder: nil)
        let isImage = sizes.count == 4 && sizes[0] == 1
        var converter = ONNXConverter(
            model, input: Shape(isImage ? sizes : [1] + (sizes.isEmpty ? [1] : sizes)), reader: reader)
        converter.define(input.name, ONNXConverter.Activation(id: converter.builder.input, dimensions: sizes))
        try converter.convert(ONNXPatterns(model.graph, reader: reader).needed(for: output.name))
        try refuse(converter.problems, source.path)
        guard case .activation(let result) = try converter.result(output.name) else {
            throw ExchangeError(.notClassifier, "the answers of \(source.path) do not depend on its input.")
        }
        let (graph, weights) = try converter.pruned(to: result.id)
        return (graph, weights, result.dimensions)
    }
}
