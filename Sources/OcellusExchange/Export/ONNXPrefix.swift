// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusModel
import OcellusTensor

/// How much of the preprocessing a file holds.
package enum ONNXPreprocess: String, CaseIterable, Sendable {
    /// Photos of any size come in, `image` uint8 `[batch, height, width, C]`.
    case resize
    /// Photos of the model's size come in, `image` uint8 `[batch, H, W, C]`.
    case normalize
    /// The network alone: `input` float32 `[batch, C, H, W]`.
    case none
}

/// The nodes before the network: the preprocessing of a model in operators.
///
/// The reader makes them again from the metadata and compares: what is equal, node by node, is this preprocessing and nothing
/// else.
struct ONNXPrefix {
    let preprocessing: Preprocessing
    let mode: ONNXPreprocess

    /// - Returns: The name of the network's input, float32 `[batch, C, H, W]`.
    /// - Throws: ``ExchangeError/Code/notExpressible``.
    func write(_ onnx: inout ONNXGraphBuilder) throws -> String {
        let sizes: [ONNXValueInfo.Dimension] = [.size(preprocessing.height), .size(preprocessing.width)]
        let (batch, channels) = (
            ONNXValueInfo.Dimension.named("batch"), ONNXValueInfo.Dimension.size(preprocessing.channels)
        )
        guard mode != .none else {
            return onnx.input(ONNXValueInfo(name: "input", element: 1, dimensions: [batch, channels] + sizes))
        }
        let outer = mode == .resize ? [.named("height"), .named("width")] : sizes
        let image = onnx.input(ONNXValueInfo(name: "image", element: 2, dimensions: [batch] + outer + [channels]))
        onnx.place = "preprocessing"
        defer { onnx.place = "" }
        var pixels = onnx.add("Transpose", [image], [("perm", .integers([0, 3, 1, 2]))])
        if mode == .resize { pixels = try resized(pixels, &onnx) }
        // The order of the roundings is that of training: (pixel / 255 − mean) / deviation.
        let share = onnx.add("Div", [onnx.add("Cast", [pixels], [("to", .integer(1))]), onnx.number(255)])
        let shape = [1, preprocessing.channels, 1, 1]
        let centred = onnx.add("Sub", [share, onnx.tensor("mean", shape, preprocessing.mean)])
        return onnx.add(
            "Div", [centred, onnx.tensor("standard_deviation", shape, preprocessing.standardDeviation)],
            as: "network_input")
    }

    // MARK: Sizes

    /// Arithmetic on sizes of one element each.
    private struct Sizes {
        var onnx: ONNXGraphBuilder
        mutating func size(of value: String, axis: Int) -> String {
            onnx.add("Shape", [value], [("start", .integer(axis)), ("end", .integer(axis + 1))])
        }
        mutating func number(_ value: Int) -> String { onnx.integers([value]) }
        mutating func times(_ a: String, _ b: Int) -> String { onnx.add("Mul", [a, number(b)]) }
        mutating func sum(_ a: String, _ b: String) -> String { onnx.add("Add", [a, b]) }
        mutating func difference(_ a: String, _ b: String) -> String { onnx.add("Sub", [a, b]) }
        /// Rounded down: all are positive.
        mutating func quotient(_ a: String, _ b: String) -> String { onnx.add("Div", [a, b]) }
        mutating func least(_ a: String, _ b: String) -> String { onnx.add("Min", [a, b]) }
        mutating func most(_ a: String, _ b: String) -> String { onnx.add("Max", [a, b]) }
        mutating func pair(_ a: String, _ b: String) -> String { onnx.add("Concat", [a, b], [("axis", .integer(0))]) }
        /// `a · factor / b`, rounded to the nearest, halves up.
        mutating func rounded(_ a: String, _ factor: Int, over b: String, _ divisor: Int) -> String {
            let bottom = times(b, divisor)
            return quotient(sum(times(a, 2 * factor), bottom), times(bottom, 2))
        }
    }

    private func resized(_ pixels: String, _ onnx: inout ONNXGraphBuilder) throws -> String {
        guard preprocessing.fitting.resampling != .lanczos else {
            throw ExchangeError(
                .notExpressible, "the resize of this model has no form in ONNX.", needs: "a bilinear or bicubic filter",
                received: "lanczos", advice: "--preprocess normalize, and resize the photos before")
        }
        var sizes = Sizes(onnx: onnx)
        let result: String
        switch preprocessing.fitting.fit {
        case .stretch:
            result = resize(pixels, to: sizes.onnx.integers([preprocessing.height, preprocessing.width]), &sizes)
        case .pad: result = padded(pixels, &sizes)
        case .crop: result = cropped(pixels, &sizes)
        }
        onnx = sizes.onnx
        return result
    }

    private func resize(_ pixels: String, to target: String, _ sizes: inout Sizes) -> String {
        var attributes: [(String, ONNXAttribute.Value)] = [
            ("antialias", .integer(1)), ("axes", .integers([2, 3])),
            ("coordinate_transformation_mode", .text("half_pixel")),
        ]
        if preprocessing.fitting.resampling == .bicubic {
            attributes += [
                ("cubic_coeff_a", .float(-0.5)), ("exclude_outside", .integer(1)), ("mode", .text("cubic")),
            ]
        } else {
            attributes.append(("mode", .text("linear")))
        }
        return sizes.onnx.add("Resize", [pixels, "", "", target], attributes)
    }

    private func slice(_ pixels: String, from start: String, to end: String, _ sizes: inout Sizes) -> String {
        sizes.onnx.add("Slice", [pixels, start, end, sizes.onnx.integers([2, 3])])
    }

    /// The longer side is scaled to fit, the rest is black.
    private func padded(_ pixels: String, _ sizes: inout Sizes) -> String {
        let (height, width) = (preprocessing.height, preprocessing.width)
        let (imageHeight, imageWidth) = (sizes.size(of: pixels, axis: 2), sizes.size(of: pixels, axis: 3))
        func side(_ a: String, _ factor: Int, over b: String, most: Int, _ sizes: inout Sizes) -> String {
            let whole = sizes.rounded(a, factor, over: b, 1)
            return sizes.least(sizes.most(whole, sizes.number(1)), sizes.number(most))
        }
        let innerHeight = side(imageHeight, width, over: imageWidth, most: height, &sizes)
        let innerWidth = side(imageWidth, height, over: imageHeight, most: width, &sizes)
        let inner = resize(pixels, to: sizes.pair(innerHeight, innerWidth), &sizes)
        let free = (
            sizes.difference(sizes.number(height), innerHeight), sizes.difference(sizes.number(width), innerWidth)
        )
        let two = sizes.number(2)
        let (top, left) = (sizes.quotient(free.0, two), sizes.quotient(free.1, two))
        let none = sizes.onnx.integers([0, 0])
        let (bottom, right) = (sizes.difference(free.0, top), sizes.difference(free.1, left))
        let pads = sizes.onnx.add("Concat", [none, top, left, none, bottom, right], [("axis", .integer(0))])
        return sizes.onnx.add("Pad", [inner, pads], [("mode", .text("constant"))])
    }

    /// The largest part of the model's aspect ratio, to the nearest pixel; or the middle of the resized image, by the rule.
    private func cropped(_ pixels: String, _ sizes: inout Sizes) -> String {
        let (height, width) = (preprocessing.height, preprocessing.width)
        let (imageHeight, imageWidth) = (sizes.size(of: pixels, axis: 2), sizes.size(of: pixels, axis: 3))
        let two = sizes.number(2)
        guard let cover else {
            let cutHeight = sizes.least(imageHeight, sizes.rounded(imageWidth, height, over: sizes.number(width), 1))
            let cutWidth = sizes.least(imageWidth, sizes.rounded(imageHeight, width, over: sizes.number(height), 1))
            let one = sizes.number(1)
            let (seenHeight, seenWidth) = (sizes.most(cutHeight, one), sizes.most(cutWidth, one))
            let top = sizes.quotient(sizes.difference(imageHeight, seenHeight), two)
            let left = sizes.quotient(sizes.difference(imageWidth, seenWidth), two)
            let seen = slice(
                pixels, from: sizes.pair(top, left),
                to: sizes.pair(sizes.sum(top, seenHeight), sizes.sum(left, seenWidth)), &sizes)
            return resize(seen, to: sizes.onnx.integers([height, width]), &sizes)
        }
        let wholeHeight = sizes.most(
            sizes.number(cover.height), sizes.quotient(sizes.times(imageHeight, cover.width), imageWidth))
        let wholeWidth = sizes.most(
            sizes.number(cover.width), sizes.quotient(sizes.times(imageWidth, cover.height), imageHeight))
        let whole = resize(pixels, to: sizes.pair(wholeHeight, wholeWidth), &sizes)
        // Half of what is over, halves to even, as torchvision's CenterCrop rounds.
        func offset(_ size: String, _ kept: Int, _ sizes: inout Sizes) -> String {
            let over = sizes.difference(size, sizes.number(kept))
            let half = sizes.quotient(over, two)
            let isOdd = sizes.onnx.add(
                "Mul", [sizes.onnx.add("Mod", [over, two]), sizes.onnx.add("Mod", [half, two])])
            return sizes.sum(half, isOdd)
        }
        let (top, left) = (offset(wholeHeight, height, &sizes), offset(wholeWidth, width, &sizes))
        return slice(
            whole, from: sizes.pair(top, left),
            to: sizes.pair(sizes.sum(top, sizes.number(height)), sizes.sum(left, sizes.number(width))), &sizes)
    }

    /// What the resized image must cover; `nil` for the largest part.
    private var cover: Size2D? {
        switch preprocessing.fitting.crop {
        case .largest: nil
        case .fraction(let share):
            Size2D(Int(Double(preprocessing.height) / share), Int(Double(preprocessing.width) / share))
        case .resizeSide(let side): Size2D(side, side)
        }
    }
}
