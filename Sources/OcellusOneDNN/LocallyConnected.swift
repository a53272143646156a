// SPDX-License-Identifier: Apache-2.0

import COcellusEngineKernels
import COneDNN
import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor

/// Sizes of a locally connected layer as a batch of matrix products: for each of P positions `[N, K] × [K, O]`.
private struct Products {
    var positions: Int
    var samples: Int
    var inputs: Int
    var outputs: Int

    init(_ convolution: Convolution, samples: Int) {
        let geometry = convolution.geometry
        positions = geometry.output.height * geometry.output.width
        self.samples = samples
        inputs = convolution.inputChannels * geometry.kernel.height * geometry.kernel.width
        outputs = convolution.outputChannels
    }

    var columns: [Int] { [positions, samples, inputs] }
    var products: [Int] { [positions, samples, outputs] }
    var weights: [Int] { [positions, outputs, inputs] }
}

extension PlanCompiler {
    mutating func lowerLocal(_ layer: Op.LocallyConnected, relu: Bool) throws(PlanError) {
        let convolution = layer.convolution
        let (w, y) = (operation.inputs[1], operation.outputs[0])
        let sizes = Products(convolution, samples: program.batchSize)
        let columns = try localColumns(layer, sizes)
        let weights = try parameter(w, as: .plain(sizes.weights))
        let products = temporary(try .plain(sizes.products))
        // w is [P, O, K]: read as [P, K, O].
        let transposed = Instance(
            buffer: weights.buffer,
            layout: try .strided(
                [sizes.positions, sizes.inputs, sizes.outputs], [sizes.outputs * sizes.inputs, 1, sizes.inputs]))
        try matrixProduct("locally connected products", columns, transposed, products, isMain: true)
        let bias =
            convolution.hasBias
            ? try parameter(operation.inputs[2], as: .plain(shape(operation.inputs[2]).dimensions)) : nil
        let result = newInstance(y, try .plain(shape(y).dimensions))
        let maps = kernelMaps(result.layout)
        step(
            "locally connected output", kernel("transpose", result), reads: [products] + (bias.map { [$0] } ?? []),
            writes: [result], isMain: false
        ) { resources in
            resources.call(
                ocellus_local_output,
                ocellus_local_output_arguments(
                    maps: maps, products: resources.pointer(products), bias: bias.map(resources.pointer), relu: relu,
                    y: resources.pointer(result)))
        }
    }

    mutating func lowerLocalInputGradient(_ layer: Op.LocallyConnected) throws(PlanError) {
        let convolution = layer.convolution
        let (dy, w, dx) = (operation.inputs[0], operation.inputs[1], operation.outputs[0])
        let sizes = Products(convolution, samples: program.batchSize)
        let products = try localProducts(dy, sizes)
        let columns = temporary(try .plain(sizes.columns))
        try matrixProduct(
            "locally connected input gradient", products, try plain(w, sizes.weights), columns, isMain: true)
        let result = newInstance(dx, try .plain(shape(dx).dimensions))
        let (maps, window) = (kernelMaps(result.layout), kernelWindow(convolution.geometry))
        if let offsets = try offsets(layer, maps) {
            step(
                "scatter columns", kernel("gather gradient", result), reads: [columns], writes: [result], isMain: false
            ) { resources in
                resources.call(
                    ocellus_local_gather_gradient,
                    ocellus_local_gather_arguments(
                        maps: maps, table: resources.table(offsets), positions: sizes.positions, inputs: sizes.inputs,
                        from: resources.pointer(columns), to: resources.pointer(result)))
            }
            return
        }
        step("fold columns", kernel("columns gradient", result), reads: [columns], writes: [result], isMain: false) {
            resources in
            resources.call(
                ocellus_local_columns_gradient,
                ocellus_local_columns_arguments(
                    maps: maps, window: window, from: resources.pointer(columns), to: resources.pointer(result)))
        }
    }

    mutating func lowerLocalWeightGradient(_ layer: Op.LocallyConnected) throws(PlanError) {
        let convolution = layer.convolution
        let dy = operation.inputs[1]
        let sizes = Products(convolution, samples: program.batchSize)
        let columns = try localColumns(layer, sizes)
        let products = try localProducts(dy, sizes)
        let dw = newInstance(operation.outputs[0], try .plain(sizes.weights))
        let transposed = Instance(
            buffer: products.buffer,
            layout: try .strided(
                [sizes.positions, sizes.outputs, sizes.samples], [sizes.samples * sizes.outputs, 1, sizes.outputs]))
        try matrixProduct("locally connected weight gradient", transposed, columns, dw, isMain: true)
        guard convolution.hasBias else { return }
        let gradient = try maps(dy)
        let db = newInstance(operation.outputs[1], try .plain(shape(operation.outputs[1]).dimensions))
        let sizesOfMaps = kernelMaps(gradient.layout)
        step("locally connected bias gradient", kernel("sum", gradient), reads: [gradient], writes: [db], isMain: false)
        { resources in
            resources.call(
                ocellus_local_bias_gradient,
                ocellus_local_output_gradient_arguments(
                    maps: sizesOfMaps, dy: resources.pointer(gradient), to: resources.pointer(db)))
        }
    }

    /// Where the random inputs of each position lie in one sample of the maps; `nil` for windows.
    private func offsets(_ layer: Op.LocallyConnected, _ maps: ocellus_maps) throws(PlanError) -> [Int32]? {
        guard layer.connectionSeed != nil else { return nil }
        let (area, block) = (maps.height * maps.width, maps.block)
        // The kernels' tables hold 32-bit offsets.
        guard (maps.channels + block) * area <= Int(Int32.max) else {
            throw PlanError(
                .unsupported, "the engine has no random inputs of such large maps.",
                needs: "at most 2³¹ − 1 values an image", received: "\(maps.channels * area)",
                advice: "smaller images (--size)")
        }
        return layer.randomInputs?.map { input in
            let (channel, pixel) = (input / area, input % area)
            return Int32(channel / block * area * block + pixel * block + channel % block)
        }
    }

    /// What the positions of this operation's first input see, side by side.
    private mutating func localColumns(
        _ layer: Op.LocallyConnected, _ sizes: Products
    ) throws(PlanError) -> Instance {
        let convolution = layer.convolution
        let x = try maps(operation.inputs[0])
        let columns = temporary(try .plain(sizes.columns))
        let (maps, window) = (kernelMaps(x.layout), kernelWindow(convolution.geometry))
        if let offsets = try offsets(layer, maps) {
            step("gather columns", kernel("gather", x), reads: [x], writes: [columns], isMain: false) { resources in
                resources.call(
                    ocellus_local_gather,
                    ocellus_local_gather_arguments(
                        maps: maps, table: resources.table(offsets), positions: sizes.positions, inputs: sizes.inputs,
                        from: resources.pointer(x), to: resources.pointer(columns)))
            }
            return columns
        }
        step("unfold columns", kernel("columns", x), reads: [x], writes: [columns], isMain: false) { resources in
            resources.call(
                ocellus_local_columns,
                ocellus_local_columns_arguments(
                    maps: maps, window: window, from: resources.pointer(x), to: resources.pointer(columns)))
        }
        return columns
    }

    /// The output's gradient with positions outermost.
    private mutating func localProducts(_ dy: ValueID, _ sizes: Products) throws(PlanError) -> Instance {
        let gradient = try maps(dy)
        let products = temporary(try .plain(sizes.products))
        let maps = kernelMaps(gradient.layout)
        step("positions outermost", kernel("transpose", gradient), reads: [gradient], writes: [products], isMain: false)
        { resources in
            resources.call(
                ocellus_local_output_gradient,
                ocellus_local_output_gradient_arguments(
                    maps: maps, dy: resources.pointer(gradient), to: resources.pointer(products)))
        }
        return products
    }

    mutating func matrixProduct(
        _ name: String, _ a: Instance, _ b: Instance, _ result: Instance, isMain: Bool
    ) throws(PlanError) {
        let description = try Description.probe { out in
            ocellus_dnn_matrix_product(
                out, context.pointer, a.layout.pointer, b.layout.pointer, result.layout.pointer)
        }
        guard let description else { throw unsupported("these matrix products") }
        try primitive(
            name, description, reads: [(OCELLUS_DNN_SOURCE, a), (OCELLUS_DNN_WEIGHTS, b)],
            writes: [(OCELLUS_DNN_RESULT, result)], isMain: isMain)
    }
}

extension Op.LocallyConnected: EngineOperator {
    func lower(in compiler: inout PlanCompiler) throws(PlanError) {
        try compiler.lowerLocal(self, relu: compiler.endsInReLU)
    }
}

extension Op.LocallyConnectedInputGradient: EngineOperator {
    func lower(in compiler: inout PlanCompiler) throws(PlanError) { try compiler.lowerLocalInputGradient(forward) }
}

extension Op.LocallyConnectedWeightGradient: EngineOperator {
    func lower(in compiler: inout PlanCompiler) throws(PlanError) { try compiler.lowerLocalWeightGradient(forward) }
}
