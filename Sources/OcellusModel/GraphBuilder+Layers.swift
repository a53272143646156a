// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
import OcellusTensor

extension GraphBuilder {
    /// Builds a chain of layers, each under its name or index; an error gets the layer's place, what its input came from, and
    /// what made that so small.
    ///
    /// - Parameters:
    ///   - branch: The branch of a composite that the chain is, `nil` for the network itself.
    ///   - input: What the first layer reads.
    /// - Returns: The last layer's output, the input of an empty chain.
    public mutating func build(
        _ layers: [NamedLayer], branch: String? = nil, from input: Graph.ValueID
    ) throws(ModelError) -> Graph.ValueID {
        var outputs = [input]
        for (index, named) in layers.enumerated() {
            let x = outputs[index]
            do {
                outputs.append(
                    try layer(named.component(index, branch: branch), "\(named.layer)", from: x) {
                        (builder) throws(ModelError) in
                        try named.layer.build(x, in: &builder)
                    })
            } catch {
                throw located(error, layers, branch, outputs.map { shape($0) })
            }
        }
        return outputs[layers.count]
    }

    /// - Parameter shapes: Of the chain's input and of the layers' outputs before the one that failed.
    private func located(
        _ error: ModelError, _ layers: [NamedLayer], _ branch: String?, _ shapes: [Shape]
    ) -> ModelError {
        var located = error
        let index = shapes.count - 1
        let place =
            "layer \(index + 1) of \(layers.count)" + (branch.map { " of \($0)" } ?? "") + ", \(layers[index].layer)"
        located.layer = located.layer.map { "\(place): \($0)" } ?? place
        if index > 0, located.received == printed(shapes[index]) {
            located.received = "\(printed(shapes[index])) from layer \(index), \(layers[index - 1].layer)"
        }
        if located.kind == .kernelExceedsInput, located.because == nil {
            located.because = Self.reduction(layers, noun: branch == nil ? "images" : "maps", shapes)
        }
        return located
    }

    /// `three 2×2 poolings reduce 32×32 images to 4×4`; `nil` when the layers do not reduce height or width.
    private static func reduction(_ layers: [NamedLayer], noun: String, _ shapes: [Shape]) -> String? {
        guard let first = shapes.first, let last = shapes.last, shapes.allSatisfy({ $0.rank == 4 }) else { return nil }
        var causes: [(name: String, count: Int)] = []
        for (index, layer) in layers.prefix(shapes.count - 1).enumerated()
        where shapes[index + 1][2] * shapes[index + 1][3] < shapes[index][2] * shapes[index][3] {
            let name = layer.layer.reducerName
            if let known = causes.firstIndex(where: { $0.name == name }) {
                causes[known].count += 1
            } else {
                causes.append((name, 1))
            }
        }
        guard !causes.isEmpty else { return nil }
        let words = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
        let parts = causes.map { name, count in
            (count < words.count ? words[count] : "\(count)") + " \(name)" + (count == 1 ? "" : "s")
        }
        let subject =
            parts.count == 1 ? parts[0] : parts.dropLast().joined(separator: ", ") + " and " + parts[parts.count - 1]
        let verb = causes.count == 1 && causes[0].count == 1 ? "reduces" : "reduce"
        return "\(subject) \(verb) \(first[2])×\(first[3]) \(noun) to \(last[2])×\(last[3])"
    }
}
