// SPDX-License-Identifier: Apache-2.0

package import OcellusTensor

/// What a chain of layers does to shapes, with errors that name the layer's place.
package enum LayerPath {
    /// Runs `body` with each layer, its index and its shapes; an error gets the layer's place.
    ///
    /// - Parameter branch: The branch of a composite that the chain is, `nil` for the network itself.
    package static func walk(
        _ layers: [NamedLayer], branch: String? = nil, from input: Shape,
        _ body: (_ layer: NamedLayer, _ index: Int, _ input: Shape, _ output: Shape) throws(ModelError) -> Void
    ) throws(ModelError) -> Shape {
        var shape = input
        for (index, layer) in layers.enumerated() {
            do {
                let output = try layer.layer.outputShape(for: shape)
                try body(layer, index, shape, output)
                shape = output
            } catch {
                throw located(error, layers, branch, index, from: input, at: shape)
            }
        }
        return shape
    }

    /// The path component of a layer: its own name, else its index behind the branch's name.
    package static func component(_ layer: NamedLayer, _ index: Int, branch: String?) -> String {
        layer.name ?? (branch.map { "\($0).\(index)" } ?? "\(index)")
    }

    static func outputShape(
        of layers: [NamedLayer], branch: String?, for input: Shape
    ) throws(ModelError) -> Shape {
        try walk(layers, branch: branch, from: input) { (_, _, _, _) throws(ModelError) in }
    }

    static func parameters(of layers: [NamedLayer], branch: String?, for input: Shape) throws(ModelError)
        -> [ParameterSpec]
    {
        var specs: [ParameterSpec] = []
        _ = try walk(layers, branch: branch, from: input) { (layer, index, input, _) throws(ModelError) in
            for var spec in try layer.layer.parameters(for: input) {
                spec.name = component(layer, index, branch: branch) + "." + spec.name
                specs.append(spec)
            }
        }
        return specs
    }

    static func buffers(of layers: [NamedLayer], branch: String?, for input: Shape) throws(ModelError) -> [BufferSpec] {
        var specs: [BufferSpec] = []
        _ = try walk(layers, branch: branch, from: input) { (layer, index, input, _) throws(ModelError) in
            for var spec in try layer.layer.buffers(for: input) {
                spec.name = component(layer, index, branch: branch) + "." + spec.name
                specs.append(spec)
            }
        }
        return specs
    }

    static func multiplyAdds(
        of layers: [NamedLayer], branch: String?, for input: Shape
    ) throws(ModelError) -> Int {
        var total = 0
        _ = try walk(layers, branch: branch, from: input) { (layer, _, input, _) throws(ModelError) in
            total = try sum(total, try layer.layer.multiplyAdds(for: input))
        }
        return total
    }

    /// Windows compose: extents add up in units of the strides so far.
    package static func window(of layers: [NamedLayer], for input: Shape) -> Window {
        var total = Window.pointwise
        var shape = input
        for layer in layers {
            total = total.followed(by: layer.layer.window(for: shape))
            guard let next = try? layer.layer.outputShape(for: shape) else { break }
            shape = next
        }
        return total
    }
}

extension LayerPath {
    /// The error with the layer's place, where its input came from and what made that so small.
    private static func located(
        _ error: ModelError, _ layers: [NamedLayer], _ branch: String?, _ index: Int, from input: Shape,
        at shape: Shape
    ) -> ModelError {
        var located = error
        let place =
            "layer \(index + 1) of \(layers.count)" + (branch.map { " of \($0)" } ?? "") + ", \(layers[index].layer)"
        located.layer = located.layer.map { "\(place): \($0)" } ?? place
        if index > 0, located.received == printed(shape) {
            located.received = "\(printed(shape)) from layer \(index), \(layers[index - 1].layer)"
        }
        if located.kind == .kernelExceedsInput, located.because == nil {
            located.because = reduction(layers[..<index], noun: branch == nil ? "images" : "maps", from: input)
        }
        return located
    }

    /// `three 2×2 poolings reduce 32×32 images to 4×4`; `nil` when the layers do not reduce height or width.
    private static func reduction(_ layers: ArraySlice<NamedLayer>, noun: String, from input: Shape) -> String? {
        var shape = input
        var causes: [(name: String, count: Int)] = []
        for layer in layers {
            guard let next = try? layer.layer.outputShape(for: shape), next.rank == 4, shape.rank == 4 else {
                return nil
            }
            if next[2] * next[3] < shape[2] * shape[3] {
                let name = layer.kind.reducerName
                if let known = causes.firstIndex(where: { $0.name == name }) {
                    causes[known].count += 1
                } else {
                    causes.append((name, 1))
                }
            }
            shape = next
        }
        guard !causes.isEmpty else { return nil }
        let words = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
        let parts = causes.map { name, count in
            (count < words.count ? words[count] : "\(count)") + " \(name)" + (count == 1 ? "" : "s")
        }
        let subject =
            parts.count == 1 ? parts[0] : parts.dropLast().joined(separator: ", ") + " and " + parts[parts.count - 1]
        let verb = causes.count == 1 && causes[0].count == 1 ? "reduces" : "reduce"
        return "\(subject) \(verb) \(input[2])×\(input[3]) \(noun) to \(shape[2])×\(shape[3])"
    }
}

extension LayerKind {
    /// What a person calls the layer when it made maps smaller.
    fileprivate var reducerName: String {
        switch self {
        case .conv2D(let layer): "\(layer.kernelSize) convolution"
        case .locallyConnected2D(let layer): "\(layer.kernelSize) untied convolution"
        case .maxPool2D(let layer): "\(layer.kernelSize) pooling"
        case .averagePool2D(let layer): "\(layer.kernelSize) pooling"
        case .blurPool2D(let layer): "\(Size2D(layer.kernelSize, layer.kernelSize)) pooling"
        case .residual: "residual block"
        default: "\(tag) layer"
        }
    }
}

extension Window {
    /// The window of `next` applied to this one's outputs (Araujo, Norris and Sim 2019, Distill, equation 2).
    ///
    /// Numbers above ``largest`` stay there.
    package func followed(by next: Window) -> Window {
        Window(
            extent: Size2D(
                Self.sum(extent.height, next.extent.height - 1, stride.height),
                Self.sum(extent.width, next.extent.width - 1, stride.width)),
            stride: Size2D(
                Self.sum(0, stride.height, next.stride.height), Self.sum(0, stride.width, next.stride.width)),
            before: Size2D(
                Self.sum(before.height, next.before.height, stride.height),
                Self.sum(before.width, next.before.width, stride.width)))
    }

    /// No image has a side of so many pixels, and a position in one times this is still a number. Strides multiply: four of
    /// 2^20 on maps of one position, each allowed, would be more than there are numbers.
    static let largest = 1 << 40

    /// Whether the extent is the true one.
    var isMeasured: Bool { max(extent.height, extent.width) < Self.largest }

    /// `start + count·step`, none of them negative.
    private static func sum(_ start: Int, _ count: Int, _ step: Int) -> Int {
        let (product, overflow) = count.multipliedReportingOverflow(by: step)
        return overflow ? largest : min(largest, min(largest, start) + min(largest, product))
    }
}
