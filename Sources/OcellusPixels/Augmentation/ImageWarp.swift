// SPDX-License-Identifier: Apache-2.0

import COcellusImageKernels
package import OcellusModel
package import OcellusTensor

/// Resamples planar images of one size through a ``PlaneTransform``, bilinearly.
///
///     var warp = ImageWarp(shape: [3, 32, 32], border: .edge)
///     let turned = warp.apply(.rotation(degrees: 15), to: pixels)
///
/// Maps by whole pixels, mirrored or not, move bytes and change none. Where the source is shrunk to less than two thirds,
/// each output pixel is the mean of several places, so that fine patterns do not turn into coarse ones; above that the
/// filter is plain bilinear interpolation, as in other libraries. Holds scratch memory: one for each thread.
package struct ImageWarp {
    /// `[C, H, W]`
    package let shape: Shape
    package let border: Augmentation.Border
    private let size: ocellus_planes_size
    private var scratch: [UInt8]

    package init(shape: Shape, border: Augmentation.Border = .black) {
        self.shape = shape
        self.border = border
        size = ocellus_planes_size(channels: shape[0], height: shape[1], width: shape[2])
        scratch = [UInt8](repeating: 0, count: ocellus_warp_scratch(size))
    }

    /// As ``apply(_:to:into:)`` into a new array.
    package mutating func apply(_ transform: PlaneTransform, to pixels: [UInt8]) -> [UInt8] {
        let count = shape.count
        precondition(pixels.count == count, "\(pixels.count) bytes for \(shape)")
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            pixels.withUnsafeBufferPointer { apply(transform, to: $0, into: buffer) }
            initialized = count
        }
    }

    /// - Parameters:
    ///   - pixels: Planar `[C, H, W]`.
    ///   - output: Gets as many bytes; another buffer than `pixels`.
    package mutating func apply(
        _ transform: PlaneTransform, to pixels: UnsafeBufferPointer<UInt8>,
        into output: UnsafeMutableBufferPointer<UInt8>
    ) {
        precondition(pixels.count == shape.count && output.count >= shape.count, "buffers of \(shape)")
        if let shift = WholeShift(transform, height: size.height, width: size.width) {
            ocellus_shift(
                pixels.baseAddress, size, shift.down, shift.right, shift.isMirrored ? 1 : 0,
                shift.isUpsideDown ? 1 : 0, border.kernel, output.baseAddress, size.height, size.width)
            return
        }
        let matrix = Self.cornerMatrix(transform, height: size.height, width: size.width)
        let shrinkage = transform.shrinkage
        let samples = shrinkage.isFinite && shrinkage > 1.5 ? Int32(min(8, shrinkage.rounded(.up))) : 1
        withUnsafeBytes(of: matrix) { matrix in
            ocellus_warp(
                pixels.baseAddress, size, matrix.assumingMemoryBound(to: Float.self).baseAddress, border.kernel,
                samples, &scratch, output.baseAddress,
                size.height, size.width)
        }
    }

    /// The map between places that are measured from the upper left corner.
    private static func cornerMatrix(_ transform: PlaneTransform, height: Int, width: Int) -> SIMD16<Float> {
        let (x, y) = (Double(width) / 2, Double(height) / 2)
        let m = transform.matrix
        // T(center) · M · T(−center)
        var corner = m
        for row in 0..<3 { corner[3 * row + 2] = m[3 * row + 2] - x * m[3 * row] - y * m[3 * row + 1] }
        for column in 0..<3 {
            corner[column] += x * corner[6 + column]
            corner[3 + column] += y * corner[6 + column]
        }
        let last = corner[8]
        return SIMD16<Float>(last == 0 ? corner : corner / last)
    }
}

/// A map that moves whole pixels.
private struct WholeShift {
    var down: Int
    var right: Int
    var isMirrored: Bool
    var isUpsideDown: Bool

    init?(_ transform: PlaneTransform, height: Int, width: Int) {
        let m = transform.matrix
        guard abs(m[0]) == 1, abs(m[4]) == 1, m[1] == 0, m[3] == 0, m[6] == 0, m[7] == 0, m[8] == 1,
            m[2] == m[2].rounded(), m[5] == m[5].rounded(), abs(m[2]) < 0x1p30, abs(m[5]) < 0x1p30
        else { return nil }
        isMirrored = m[0] < 0
        isUpsideDown = m[4] < 0
        // Mirrored: x = −u + m[2] from the centre is the same as column right + j of the mirrored image.
        right = isMirrored ? -Int(m[2]) : Int(m[2])
        down = isUpsideDown ? -Int(m[5]) : Int(m[5])
    }
}

extension Augmentation.Border {
    var kernel: ocellus_border {
        switch self {
        case .black: ocellus_border_black
        case .edge: ocellus_border_edge
        case .reflect: ocellus_border_reflect
        }
    }
}
