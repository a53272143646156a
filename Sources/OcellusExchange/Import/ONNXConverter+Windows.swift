// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusTensor

/// Convolutions, pools and norms of maps.
extension ONNXConverter {
    private func maps(_ x: Activation) throws -> (channels: Int, height: Int, width: Int) {
        guard x.dimensions.count == 4, x.dimensions[0] == 1 else {
            throw ONNXUnsupported("reads \(x.dimensions) instead of the maps [1, C, H, W] of one image")
        }
        return (x.dimensions[1], x.dimensions[2], x.dimensions[3])
    }

    private func pair(_ list: [Int]?, _ usual: Int) throws -> Size2D {
        let list = list ?? [usual, usual]
        guard list.count == 2, list.allSatisfy({ (0...1 << 20).contains($0) }) else {
            throw ONNXUnsupported("has sizes of other than two axes")
        }
        return Size2D(list[0], list[1])
    }

    /// The window of a convolution or pool.
    ///
    /// - Parameter shrinks: Whether windows that begin inside but end outside count, as `ceil_mode` asks.
    private mutating func geometry(
        _ call: ONNXCall, _ x: Activation, kernel: Size2D, shrinks: Bool = false
    ) throws -> (geometry: Geometry2D, added: Bool) {
        _ = try maps(x)
        let shape = Shape(x.dimensions)
        let stride = try pair(try call.integers("strides"), 1)
        let dilation = try pair(try call.integers("dilations"), 1)
        let automatic = try call.text("auto_pad", "NOTSET")
        func window(_ padding: Padding2D) throws -> Geometry2D {
            try Geometry2D(input: shape, kernel: kernel, stride: stride, padding: padding, dilation: dilation)
        }
        switch automatic {
        case "SAME_UPPER": return (try window(.same), false)
        case "SAME_LOWER":
            // The odd row or column goes before.
            let upper = try window(.same)
            let lower = Padding2D.explicit(
                top: upper.after.height, left: upper.after.width, bottom: upper.before.height, right: upper.before.width
            )
            return (try window(lower), false)
        case "VALID", "NOTSET": break
        default: throw ONNXUnsupported("has the padding \(automatic)")
        }
        let pads = automatic == "VALID" ? [0, 0, 0, 0] : try call.integers("pads") ?? [0, 0, 0, 0]
        guard pads.count == 4, pads.allSatisfy({ (0...1 << 20).contains($0) }) else {
            throw ONNXUnsupported("has pads \(pads)")
        }
        let plain = try window(.explicit(top: pads[0], left: pads[1], bottom: pads[2], right: pads[3]))
        guard shrinks else { return (plain, false) }
        func after(_ size: Int, _ extent: Int, _ stride: Int, _ before: Int, _ after: Int) -> Int {
            let free = size + before + after - extent
            var output = (free + stride - 1) / stride + 1
            // The last window must begin inside the map or what lies before it.
            if (output - 1) * stride >= size + before { output -= 1 }
            let needed = (output - 1) * stride + extent - size - before
            return output == free / stride + 1 ? after : max(0, needed)
        }
        let bottom = after(shape[2], plain.extent.height, stride.height, pads[0], pads[2])
        let right = after(shape[3], plain.extent.width, stride.width, pads[1], pads[3])
        let wide = try window(.explicit(top: pads[0], left: pads[1], bottom: bottom, right: right))
        return (wide, bottom != pads[2] || right != pads[3])
    }

    mutating func convolution(_ call: ONNXCall) throws -> Activation {
        let x = try call.activation(0)
        let channels = try maps(x).channels
        let weight = try call.needed(1)
        let bias = try call.constant(2)?.floats
        guard weight.dimensions.count == 4 else { throw ONNXUnsupported("is no convolution over two axes") }
        let groups = try call.integer("group", 1)
        let kernel = Size2D(weight.dimensions[2], weight.dimensions[3])
        guard groups >= 1, channels % groups == 0, weight.dimensions[1] == channels / groups else {
            throw ONNXUnsupported("has a weight \(weight.dimensions) for \(channels) channels in \(groups) groups")
        }
        let outputs = weight.dimensions[0]
        let kind = Op.Convolution(
            geometry: try geometry(call, x, kernel: kernel).geometry, inputChannels: channels, outputChannels: outputs,
            groups: groups, hasBias: bias != nil)
        let fanIn = weight.dimensions[1] * kernel.height * kernel.width
        var operands = [
            try natural(x),
            try parameter(call.name(1), weight.dimensions, weight.floats, .heNormal, fanIn: fanIn),
        ]
        if let bias { operands.append(try parameter(call.name(2), [bias.count], bias)) }
        let id = try builder.apply(kind, operands)
        return Activation(id: id, dimensions: builder.shape(id).dimensions)
    }

    /// Every channel on its own with one kernel of equal weights.
    private mutating func depthwise(_ x: Activation, _ geometry: Geometry2D, weight: Float) throws -> Activation {
        let channels = try maps(x).channels
        let shape = [channels, 1, geometry.kernel.height, geometry.kernel.width]
        let kind = Op.Convolution(
            geometry: geometry, inputChannels: channels, outputChannels: channels, groups: channels, hasBias: false)
        let numbers = [Float](repeating: weight, count: shape.reduce(1, *))
        let id = try emit(kind, try natural(x), try parameter("", shape, numbers, .constant(weight)))
        return Activation(id: id, dimensions: builder.shape(id).dimensions)
    }

    mutating func maxPool(_ call: ONNXCall) throws -> Activation {
        try pool(call) { Op.MaxPool($0) }
    }

    mutating func averagePool(_ call: ONNXCall) throws -> Activation {
        let x = try call.activation(0)
        let kernel = try pair(try call.integers("kernel_shape"), 1)
        let (window, added) = try geometry(call, x, kernel: kernel, shrinks: try call.integer("ceil_mode", 0) == 1)
        let isPadded = window.before != 0 || window.after != 0
        guard isPadded, try call.integer("count_include_pad", 0) == 1 else {
            return try pool(call) { Op.AveragePool($0) }
        }
        guard !added else { throw ONNXUnsupported("counts padding that is only there because sizes are rounded up") }
        return try depthwise(x, window, weight: 1 / Float(kernel.height * kernel.width))
    }

    private mutating func pool(_ call: ONNXCall, _ kind: (Geometry2D) -> any GraphOperator) throws -> Activation {
        let x = try call.activation(0)
        let kernel = try pair(try call.integers("kernel_shape"), 1)
        let window = try geometry(call, x, kernel: kernel, shrinks: try call.integer("ceil_mode", 0) == 1).geometry
        let id = try emit(kind(window), try natural(x))
        return Activation(id: id, dimensions: builder.shape(id).dimensions)
    }

    /// Rows and columns of zeros, or reflected ones that are no part of our operators.
    mutating func padded(_ call: ONNXCall) throws -> Activation {
        let x = try call.activation(0)
        guard try call.text("mode", "constant") == "constant",
            let pads = try call.integers("pads", orInput: 1) ?? call.integers("paddings")
        else { throw ONNXUnsupported("pads with something other than zeros") }
        let filling = try call.constant(2)?.scalar ?? call.float("value", 0)
        let rank = x.dimensions.count
        var all = pads
        if let axes = try call.constant(3)?.integers {
            guard pads.count == 2 * axes.count else { throw ONNXUnsupported("has pads \(pads)") }
            all = [Int](repeating: 0, count: 2 * rank)
            for (place, given) in axes.enumerated() {
                guard let axis = ONNXShape.axis(given, rank) else {
                    throw ONNXUnsupported("pads an axis that is not there")
                }
                (all[axis], all[axis + rank]) = (pads[place], pads[place + axes.count])
            }
        }
        if all.allSatisfy({ $0 == 0 }) { return x }
        _ = try maps(x)
        guard filling == 0, all.count == 8, [0, 1, 4, 5].allSatisfy({ all[$0] == 0 }), all.allSatisfy({ $0 >= 0 })
        else {
            throw ONNXUnsupported("pads with something other than zeros around maps")
        }
        let window = try Geometry2D(
            input: Shape(x.dimensions), kernel: 1, stride: 1,
            padding: .explicit(top: all[2], left: all[3], bottom: all[6], right: all[7]))
        return try depthwise(x, window, weight: 1)
    }

    /// A convolution of each map with one kernel, the outer product of taps, behind reflected borders.
    mutating func blurPool(_ call: ONNXCall) throws -> Activation {
        let x = try call.activation(0)
        let channels = try maps(x).channels
        let weight = try call.needed(1)
        let size = weight.dimensions.last ?? 0
        guard weight.dimensions == [channels, 1, size, size], try call.integer("group", 1) == channels, size > 0 else {
            throw ONNXUnsupported("reflects the border of something other than a blur of each map")
        }
        let kernel = weight.floats.prefix(size * size).map { Double($0) }
        let total = kernel.reduce(0, +)
        let taps = (0..<size).map { row in kernel[row * size..<(row + 1) * size].reduce(0, +) / total.squareRoot() }
        let product = taps.flatMap { row in taps.map { row * $0 } }
        let isOne = weight.floats.enumerated().allSatisfy { abs(Double($1) - product[$0 % (size * size)]) <= 1e-6 }
        guard total > 0, isOne else { throw ONNXUnsupported("has kernels that are no product of the same taps") }
        let window = try geometry(call, x, kernel: Size2D(size, size)).geometry
        let id = try emit(Op.BlurPool(window, taps: taps), try natural(x))
        return Activation(id: id, dimensions: builder.shape(id).dimensions)
    }

    mutating func batchNorm(_ call: ONNXCall) throws -> Activation {
        let x = try call.activation(0)
        guard x.dimensions.count >= 2, x.dimensions[0] == 1 else {
            throw ONNXUnsupported("reads \(x.dimensions) instead of the maps of one image")
        }
        guard try call.integer("training_mode", 0) == 0 else { throw ONNXUnsupported("is written for training") }
        let channels = x.dimensions[1]
        var tensors: [[Float]] = []
        for place in 1...4 { tensors.append(try call.needed(place).floats) }
        guard tensors.allSatisfy({ $0.count == channels }), tensors[3].allSatisfy({ $0 >= 0 }) else {
            throw ONNXUnsupported("has statistics that are not those of \(channels) channels")
        }
        let epsilon = try call.float("epsilon", 1e-5)
        let rest = x.dimensions.dropFirst(2).reduce(1, *)
        let source = x.dimensions.count == 4 ? try natural(x) : try view(x, [channels, rest, 1])
        let norm = Op.BatchNorm(
            epsilon: max(epsilon, 1e-30), momentum: 1 - min(1, max(0, try call.float("momentum", 0.9))))
        let id = try emit(
            norm, source, try parameter(call.name(1), [channels], tensors[0], .ones),
            try parameter(call.name(2), [channels], tensors[1]), try buffer(call.name(3), tensors[2], 0),
            try buffer(call.name(4), tensors[3], 1))
        return Activation(id: id, dimensions: x.dimensions)
    }

    /// What ``ONNXExporter`` makes of a layer whose weights are not shared.
    mutating func locallyConnected(_ call: ONNXCall) throws -> Activation {
        let x = try call.activation(0)
        let (table, weight) = (try call.needed(1), try call.needed(2))
        guard let json = hints[ONNXKey.locallyConnected + call.name(1)],
            let layer = ONNXKey.value(Op.LocallyConnected.self, json)
        else { throw ONNXUnsupported("is a product for every place, which is known in files of Ocellus alone") }
        var kind = layer
        kind.convolution.hasBias = false
        let geometry = kind.convolution.geometry
        let (outputs, channels) = (kind.convolution.outputChannels, kind.convolution.inputChannels)
        let inner = channels * geometry.kernel.height * geometry.kernel.width
        let positions = geometry.output.height * geometry.output.width
        let source = try view(x, [channels, geometry.input.height, geometry.input.width])
        // The rule checks the sizes before they are computed with.
        let shape = try kind.resultShape([builder.shape(source), kind.weightShape])
        guard weight.dimensions == [positions, inner, outputs], table.integers == kind.gatheredInputs else {
            throw ONNXUnsupported("does not read what the file's description of it says")
        }
        let floats = weight.floats
        var turned = [Float](repeating: 0, count: floats.count)
        for position in 0..<positions {
            for index in 0..<inner {
                for output in 0..<outputs {
                    turned[(position * outputs + output) * inner + index] =
                        floats[(position * inner + index) * outputs + output]
                }
            }
        }
        let tensor = try parameter(call.name(2), kind.weightShape.dimensions, turned, .heNormal, fanIn: inner)
        return Activation(id: try emit(kind, source, tensor), dimensions: shape.dimensions)
    }
}
