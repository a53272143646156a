// SPDX-License-Identifier: Apache-2.0

import COneDNN
import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor

extension PlanCompiler {
    mutating func lowerConvolution(_ convolution: Convolution, activation: UnaryFunction?) throws(PlanError) {
        // What is added comes before the function.
        let joined = operation.added == nil ? activation : nil
        chosen[forward] = try chooseAlgorithms(convolution, activation: joined)
        let algorithm = try algorithm(try begin(.forward))
        try algorithm.lower(.forward, convolution, activation: activation, in: &self)
        guard convolutions[forward] == nil else { return }
        for choice in (chosen[forward] ?? [:]).values where try self.algorithm(choice.algorithm).asksForForward {
            let current =
                algorithm.readsAnyMaps
                ? try maps(operation.inputs[0]).layout
                : try Layout.maps(shape(operation.inputs[0]).dimensions, block: preferredBlock)
            convolutions[forward] = try directRecord(
                convolution, activation: activation, current: current, asMatrix: false)
            return
        }
    }

    /// What a forward operation in blocks of channels reads and writes.
    struct BlockedOperands {
        var x: Instance
        var weights: Instance
        var bias: Instance?
        var added: Instance?
        var y: Instance

        var reads: [Instance] { [x, weights] + [bias, added].compactMap(\.self) }
    }

    /// - Parameter type: Of maps.
    mutating func blockedOperands(
        _ convolution: Convolution, _ type: Precision
    ) throws(PlanError) -> BlockedOperands {
        let (x, w, y) = (operation.inputs[0], operation.inputs[1], operation.outputs[0])
        let input = try instance(x, as: .maps(shape(x).dimensions, block: preferredBlock, type))
        let weights = try parameter(w, as: .filters(convolution.weightDimensions, block: preferredBlock))
        let bias =
            convolution.hasBias ? try parameter(operation.inputs[2], as: .plain([convolution.outputChannels])) : nil
        let result = try Layout.maps(shape(y).dimensions, block: preferredBlock, type)
        let added: Instance? = if let id = operation.added { try instance(id, as: result) } else { nil }
        // The kernels read what they add right before they write there, but their input at places around.
        let output =
            if let added, added.buffer != input.buffer { newInstance(y, over: added) } else { newInstance(y, result) }
        return BlockedOperands(x: input, weights: weights, bias: bias, added: added, y: output)
    }

    func convolutionName(activation: UnaryFunction?, adds: Bool) -> String {
        let function = activation.map { " and \($0.name)" } ?? ""
        return "convolution" + (adds ? activation == nil ? " and sum" : ", sum" : "") + function
    }

    /// Adds the step that writes a weight's gradient in the weight's layout, with a reorder when the primitive has
    /// another.
    mutating func weightGradientStep(
        _ name: String, _ description: Description, reads: [(Int, Instance)], weights: Layout, bias: Layout?
    ) throws(PlanError) {
        let produced = try description.required(OCELLUS_DNN_WEIGHTS_GRADIENT)
        let weights = produced.dimensions == weights.dimensions ? weights : produced
        let dw = newInstance(operation.outputs[0], weights)
        let needsReorder = !produced.equals(weights)
        let target = needsReorder ? temporary(produced) : dw
        var writes = [(OCELLUS_DNN_WEIGHTS_GRADIENT, target)]
        if let bias { writes.append((OCELLUS_DNN_BIAS_GRADIENT, newInstance(operation.outputs[1], bias))) }
        try primitive(name, description, reads: reads, writes: writes)
        if needsReorder { try reorder(target, to: dw, name: "reorder weight gradient") }
    }

    /// The weight of the forward operation that this one is a gradient of.
    func forwardWeight() -> ValueID? {
        program.position(of: forward).map { program.operations[$0].inputs[1] }
    }

    func missingForward() -> PlanError { PlanError(.invalid, "a gradient comes before its layer.") }
}

extension Convolution {
    /// `[O, C, kH, kW]`, with groups `[groups, O/groups, C/groups, kH, kW]`: the same row-major order.
    var weightDimensions: [Int] {
        let kernel = [geometry.kernel.height, geometry.kernel.width]
        let (inputs, outputs) = (inputChannels / groups, outputChannels / groups)
        return (groups > 1 ? [groups] : []) + [outputs, inputs] + kernel
    }

    var window: ocellus_dnn_window {
        func pair(_ size: Size2D) -> (Int64, Int64) { (Int64(size.height), Int64(size.width)) }
        return ocellus_dnn_window(
            stride: pair(geometry.stride), dilation: pair(geometry.dilation), before: pair(geometry.before),
            after: pair(geometry.after))
    }
}

extension Op.Convolution: EngineOperator {
    func lower(in compiler: inout PlanCompiler) throws(PlanError) {
        try compiler.lowerConvolution(self, activation: compiler.operation.epilogue.activation)
    }
    func takesBfloat16(_ id: ValueID, _ reader: Operation, in compiler: PlanCompiler) -> Bool { true }
}

extension Op.ConvolutionInputGradient: EngineOperator {
    func lower(in compiler: inout PlanCompiler) throws(PlanError) {
        try compiler.lowerGradient(.inputGradient, convolution)
    }
    func takesBfloat16(_ id: ValueID, _ reader: Operation, in compiler: PlanCompiler) -> Bool { true }
}

extension Op.ConvolutionWeightGradient: EngineOperator {
    func lower(in compiler: inout PlanCompiler) throws(PlanError) {
        try compiler.lowerGradient(.weightGradient, convolution)
    }
    func takesBfloat16(_ id: ValueID, _ reader: Operation, in compiler: PlanCompiler) -> Bool { true }
}
