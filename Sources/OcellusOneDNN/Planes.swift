// SPDX-License-Identifier: Apache-2.0

import COcellusEngineKernels
import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor

extension ConvolutionAlgorithm {
    /// The sum as it is defined, plane by plane, by the kernels: the weight gradient of depthwise convolutions.
    package static let planes = ConvolutionAlgorithm(rawValue: "planes")
}

/// ``ConvolutionAlgorithm/planes``.
struct Planes: EngineAlgorithm {
    var name: ConvolutionAlgorithm { .planes }

    func canMake(
        _ direction: ConvolutionDirection, _ convolution: Convolution, in compiler: PlanCompiler
    ) throws(PlanError) -> Bool {
        direction == .weightGradient && compiler.preferredBlock == 16 && convolution.suitsPlanes
    }

    /// oneDNN has kernels for 3×3 and unfolds larger windows into matrices of one row: on Zen 4 a 5×5 kernel then takes a third of a
    /// training step of EfficientNet-Lite0.
    func pays(_ direction: ConvolutionDirection, _ convolution: Convolution, in compiler: PlanCompiler) -> Bool {
        let kernel = convolution.geometry.kernel
        return direction == .weightGradient && compiler.preferredBlock == 16 && convolution.suitsPlanes
            && max(kernel.height, kernel.width) > 3
    }

    func lower(
        _ direction: ConvolutionDirection, _ convolution: Convolution, activation: UnaryFunction?,
        in compiler: inout PlanCompiler
    ) throws(PlanError) {
        guard direction == .weightGradient else { throw compiler.unsupported("this convolution") }
        try compiler.lowerPlanesGradient(convolution)
    }
}

extension PlanCompiler {
    mutating func lowerPlanesGradient(_ convolution: Convolution) throws(PlanError) {
        guard let weight = forwardWeight() else { throw missingForward() }
        // Copies in bfloat16 are the smaller ones, where one is needed.
        let types = (try written(operation.inputs[0]).layout.type, try written(operation.inputs[1]).layout.type)
        let type: Precision = types.0 == .bfloat16 || types.1 == .bfloat16 ? .bfloat16 : .float32
        func maps(_ id: ValueID) throws(PlanError) -> Layout {
            try .maps(shape(id).dimensions, block: preferredBlock, type)
        }
        let x = try instance(operation.inputs[0], as: maps(operation.inputs[0]))
        let dy = try instance(operation.inputs[1], as: maps(operation.inputs[1]))
        let filters = try Layout.plain(convolution.weightDimensions)
        let result = newInstance(operation.outputs[0], try gradientLayout(of: weight, like: filters))
        let needsReorder = !result.layout.equals(filters)
        let dw = needsReorder ? temporary(filters) : result
        let db =
            convolution.hasBias
            ? newInstance(operation.outputs[1], try .plain([convolution.outputChannels])) : nil
        let window = kernelWindow(convolution.geometry)
        needScratch(floats: ocellus_planes_gradient_scratch(kernelMaps(x.layout), window))
        step(
            "convolution weight gradient", kernel("planes", x), reads: [x, dy], writes: [dw] + (db.map { [$0] } ?? [])
        ) { resources in
            resources.call(
                ocellus_planes_gradient,
                ocellus_planes_gradient_arguments(
                    x_maps: kernelMaps(x.layout), y_maps: kernelMaps(dy.layout), window: window,
                    type: x.layout.type.element, x: resources.elements(x), dy: resources.elements(dy),
                    dw: resources.pointer(dw), db: db.map(resources.pointer)))
        }
        if needsReorder { try reorder(dw, to: result, name: "reorder weight gradient") }
    }
}

extension Convolution {
    /// Whether the kernel of ``ConvolutionAlgorithm/planes`` applies: one input and one output in each group, a kernel of up to 7×7.
    fileprivate var suitsPlanes: Bool {
        groups > 1 && groups == inputChannels && groups == outputChannels && geometry.dilation == 1
            && max(geometry.kernel.height, geometry.kernel.width) <= 7
            && geometry.before.height < geometry.kernel.height && geometry.before.width < geometry.kernel.width
    }
}
