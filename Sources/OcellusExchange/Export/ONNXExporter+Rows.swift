// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusTensor

/// How one operator of graphs is said in ONNX.
struct ONNXExportRow {
    let kind: any GraphOperator.Type
    /// Adds nodes and gives the name of the result.
    let write: (Graph.Operation, inout ONNXExporter) throws -> String

    init<Kind: GraphOperator>(
        _ kind: Kind.Type, _ write: @escaping (Kind, [Graph.ValueID], inout ONNXExporter) throws -> String
    ) {
        self.kind = kind
        self.write = { operation, exporter in
            guard let kind = operation.kind as? Kind else {
                throw ModelError(.wrongOperands, "the row of another operator was asked.")
            }
            return try write(kind, operation.inputs, &exporter)
        }
    }
}

extension ONNXExporter {
    /// One for each of `Op.all`.
    static var rows: [ONNXExportRow] {
        [
            ONNXExportRow(Op.Add.self) { _, x, onnx in try onnx.add("Add", x) },
            ONNXExportRow(Op.AveragePool.self) { pool, x, onnx in
                let inside = ("count_include_pad", ONNXAttribute.Value.integer(0))
                return try onnx.add("AveragePool", x, onnx.window(pool.geometry, dilated: false) + [inside])
            },
            ONNXExportRow(Op.BatchNorm.self) { norm, x, onnx in
                try onnx.add(
                    "BatchNormalization", x,
                    [("epsilon", .float(norm.epsilon)), ("momentum", .float(1 - norm.momentum))])
            },
            ONNXExportRow(Op.BatchedProduct.self) { product, x, onnx in try onnx.product(product, x) },
            ONNXExportRow(Op.BlurPool.self) { pool, x, onnx in try onnx.blur(pool, x[0]) },
            ONNXExportRow(Op.Concatenate.self) { _, x, onnx in try onnx.add("Concat", x, [("axis", .integer(1))]) },
            ONNXExportRow(Op.Convolution.self) { convolution, x, onnx in
                try onnx.add(
                    "Conv", x, onnx.window(convolution.geometry) + [("group", .integer(convolution.groups))])
            },
            // Both are the identity outside training.
            ONNXExportRow(Op.DropPath.self) { _, x, onnx in try onnx.name(of: x[0]) },
            ONNXExportRow(Op.Dropout.self) { _, x, onnx in try onnx.name(of: x[0]) },
            ONNXExportRow(Op.Expand.self) { _, x, onnx in try onnx.expand(x[0]) },
            ONNXExportRow(Op.LayerNorm.self) { norm, x, onnx in try onnx.layerNorm(norm, x) },
            ONNXExportRow(Op.LocallyConnected.self) { layer, x, onnx in try onnx.locallyConnected(layer, x) },
            ONNXExportRow(Op.MatrixProduct.self) { product, x, onnx in try onnx.product(product, x) },
            ONNXExportRow(Op.MaxPool.self) { pool, x, onnx in
                try onnx.add("MaxPool", x, onnx.window(pool.geometry, dilated: false))
            },
            ONNXExportRow(Op.Multiply.self) { _, x, onnx in try onnx.add("Mul", x) },
            ONNXExportRow(Op.Reshape.self) { reshape, x, onnx in
                onnx.onnx.add(
                    "Reshape", [try onnx.name(of: x[0]), onnx.onnx.integers([0] + reshape.sizes.dimensions)])
            },
            ONNXExportRow(Op.Scale.self) { scale, x, onnx in
                onnx.onnx.add("Mul", [try onnx.name(of: x[0]), onnx.onnx.number(scale.factor)])
            },
            ONNXExportRow(Op.Slice.self) { slice, x, onnx in
                let range = [[slice.offset], [slice.offset + slice.count], [1]]
                return onnx.onnx.add("Slice", [try onnx.name(of: x[0])] + range.map { onnx.onnx.integers($0) })
            },
            ONNXExportRow(Op.Softmax.self) { _, x, onnx in try onnx.add("Softmax", x, [("axis", .integer(-1))]) },
            ONNXExportRow(Op.Transpose.self) { transpose, x, onnx in
                try onnx.add("Transpose", x, [("perm", .integers([0] + transpose.order))])
            },
            ONNXExportRow(Op.Unary.self) { unary, x, onnx in try onnx.unary(unary.function, x[0]) },
        ]
    }

    // MARK: Parts of rows

    private mutating func add(
        _ type: String, _ inputs: [Graph.ValueID], _ attributes: [(String, ONNXAttribute.Value)] = []
    ) throws -> String {
        var names: [String] = []
        for id in inputs { names.append(try name(of: id)) }
        return onnx.add(type, names, attributes)
    }

    private func window(_ geometry: Geometry2D, dilated: Bool = true) -> [(String, ONNXAttribute.Value)] {
        func sizes(_ sizes: Size2D...) -> ONNXAttribute.Value { .integers(sizes.flatMap { [$0.height, $0.width] }) }
        return [
            ("kernel_shape", sizes(geometry.kernel)), ("strides", sizes(geometry.stride)),
            ("pads", sizes(geometry.before, geometry.after)),
        ] + (dilated ? [("dilations", sizes(geometry.dilation))] : [])
    }

    private mutating func product(_ product: Op.BatchedProduct, _ x: [Graph.ValueID]) throws -> String {
        let rank = shape(x[0]).rank
        var names: [String] = []
        for (id, isTransposed) in zip(x, [product.transposesA, product.transposesB]) {
            var name = try name(of: id)
            if isTransposed {
                let order = Array(0..<rank - 2) + [rank - 1, rank - 2]
                name = onnx.add("Transpose", [name], [("perm", .integers(order))])
            }
            names.append(name)
        }
        return onnx.add("MatMul", names)
    }

    private mutating func product(_ product: Op.MatrixProduct, _ x: [Graph.ValueID]) throws -> String {
        if shape(x[0]).rank == 2 { return try add("Gemm", x, [("transB", .integer(1))]) }
        let weight = try tensor(of: x[1])
        let (outputs, inputs) = (weight.shape[0], weight.shape[1])
        var transposed = [Float](repeating: 0, count: weight.scalars.count)
        for row in 0..<outputs {
            for column in 0..<inputs { transposed[column * outputs + row] = weight.scalars[row * inputs + column] }
        }
        let stored = store(Tensor([inputs, outputs], transposed), like: x[1])
        let result = onnx.add("MatMul", [try name(of: x[0]), stored])
        return product.hasBias ? onnx.add("Add", [result, try name(of: x[2])]) : result
    }

    /// Reflected borders, then a convolution of each map with the taps.
    private mutating func blur(_ pool: Op.BlurPool, _ x: Graph.ValueID) throws -> String {
        let geometry = pool.geometry
        let channels = shape(x)[1]
        let pads = onnx.integers([
            0, 0, geometry.before.height, geometry.before.width, 0, 0, geometry.after.height, geometry.after.width,
        ])
        let padded = onnx.add("Pad", [try name(of: x), pads], [("mode", .text("reflect"))])
        let kernel = pool.taps.flatMap { row in pool.taps.map { Float(row * $0) } }
        let weight = onnx.tensor(
            "taps", [channels, 1, pool.taps.count, pool.taps.count],
            (0..<channels).flatMap { _ in kernel })
        return onnx.add(
            "Conv", [padded, weight],
            [
                ("strides", .integers([geometry.stride.height, geometry.stride.width])), ("group", .integer(channels)),
            ])
    }

    /// A tensor that all images share; repeated along the batch only where nothing else does so.
    private mutating func expand(_ parameter: Graph.ValueID) throws -> String {
        let tensor = try tensor(of: parameter)
        let sizes = tensor.shape.dimensions
        let single = store(Tensor(Shape([1] + sizes), tensor.scalars), like: parameter)
        guard let output = expanded(parameter), !isOnlyAddedOrMultiplied(output) else { return single }
        let target = onnx.add("Concat", [try batchSize(), onnx.integers(sizes)], [("axis", .integer(0))])
        return onnx.add("Expand", [single, target])
    }

    /// Over the last axis; maps are turned so that their channels are last.
    private mutating func layerNorm(_ norm: Op.LayerNorm, _ x: [Graph.ValueID]) throws -> String {
        let isMaps = shape(x[0]).rank == 4
        var input = try name(of: x[0])
        if isMaps { input = onnx.add("Transpose", [input], [("perm", .integers([0, 2, 3, 1]))]) }
        let result = onnx.add(
            "LayerNormalization", [input, try name(of: x[1]), try name(of: x[2])],
            [("axis", .integer(-1)), ("epsilon", .float(norm.epsilon))])
        return isMaps ? onnx.add("Transpose", [result], [("perm", .integers([0, 3, 1, 2]))]) : result
    }

    private mutating func unary(_ function: UnaryFunction, _ x: Graph.ValueID) throws -> String {
        let input = try name(of: x)
        switch function {
        case .relu: return onnx.add("Relu", [input])
        case .sigmoid: return onnx.add("Sigmoid", [input])
        case .tanh: return onnx.add("Tanh", [input])
        case .gelu where operatorSet >= 20: return onnx.add("Gelu", [input])
        case .gelu:
            let error = onnx.add("Erf", [onnx.add("Mul", [input, onnx.number(Float(0.5).squareRoot())])])
            let share = onnx.add("Mul", [onnx.add("Add", [error, onnx.number(1)]), onnx.number(0.5)])
            return onnx.add("Mul", [input, share])
        case .leakyReLU(let slope): return onnx.add("LeakyRelu", [input], [("alpha", .float(slope))])
        case .relu6: return onnx.add("Clip", [input, onnx.number(0), onnx.number(6)])
        case .silu: return onnx.add("Mul", [input, onnx.add("Sigmoid", [input])])
        case .hardSwish: return onnx.add("HardSwish", [input])
        case .hardSigmoid:
            return onnx.add("HardSigmoid", [input], [("alpha", .float(1 / 6)), ("beta", .float(0.5))])
        }
    }

    /// The inputs of every position gathered, then a product of matrices for each position.
    private mutating func locallyConnected(_ layer: Op.LocallyConnected, _ x: [Graph.ValueID]) throws -> String {
        let geometry = layer.convolution.geometry
        let positions = geometry.output.height * geometry.output.width
        let (outputs, channels) = (layer.convolution.outputChannels, layer.convolution.inputChannels)
        let inner = channels * geometry.kernel.height * geometry.kernel.width
        var pixels = try name(of: x[0])
        if layer.connectionSeed == nil {
            let pads = [
                0, 0, geometry.before.height, geometry.before.width, 0, 0, geometry.after.height, geometry.after.width,
            ]
            pixels = onnx.add("Pad", [pixels, onnx.integers(pads)], [("mode", .text("constant"))])
        }
        let flat = onnx.add("Reshape", [pixels, onnx.integers([0, -1])])
        let indices = layer.gatheredInputs
        let table = onnx.table([positions, inner], indices)
        hints.append((ONNXKey.locallyConnected + table, try ONNXKey.json(layer)))
        let gathered = onnx.add("Gather", [flat, table], [("axis", .integer(1))])
        let byPosition = onnx.add("Transpose", [gathered], [("perm", .integers([1, 0, 2]))])
        let weight = try tensor(of: x[1]).scalars
        var turned = [Float](repeating: 0, count: weight.count)
        for position in 0..<positions {
            for output in 0..<outputs {
                for index in 0..<inner {
                    turned[(position * inner + index) * outputs + output] =
                        weight[(position * outputs + output) * inner + index]
                }
            }
        }
        let product = onnx.add("MatMul", [byPosition, store(Tensor([positions, inner, outputs], turned), like: x[1])])
        let byImage = onnx.add("Transpose", [product], [("perm", .integers([1, 2, 0]))])
        let maps = onnx.add(
            "Reshape", [byImage, onnx.integers([0, outputs, geometry.output.height, geometry.output.width])])
        return layer.convolution.hasBias ? onnx.add("Add", [maps, try name(of: x[2])]) : maps
    }
}

extension Op.LocallyConnected {
    /// Which elements of one image, flat and with its padding, every position reads: `[positions, C·kH·kW]`. Drawn inputs come
    /// from the image without padding.
    var gatheredInputs: [Int] {
        if let randomInputs { return randomInputs }
        let geometry = convolution.geometry
        let height = geometry.input.height + geometry.before.height + geometry.after.height
        let width = geometry.input.width + geometry.before.width + geometry.after.width
        var indices: [Int] = []
        for row in 0..<geometry.output.height {
            for column in 0..<geometry.output.width {
                for channel in 0..<convolution.inputChannels {
                    for y in 0..<geometry.kernel.height {
                        for x in 0..<geometry.kernel.width {
                            let (i, j) = (
                                row * geometry.stride.height + y * geometry.dilation.height,
                                column * geometry.stride.width + x * geometry.dilation.width
                            )
                            indices.append((channel * height + i) * width + j)
                        }
                    }
                }
            }
        }
        return indices
    }
}
