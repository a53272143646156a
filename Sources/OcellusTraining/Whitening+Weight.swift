// SPDX-License-Identifier: Apache-2.0

package import OcellusData
import OcellusGraph
package import OcellusModel
package import OcellusPixels
package import OcellusTensor

extension Whitening {
    /// The weight `[outputs, C, kH, kW]` of a network's first convolution.
    ///
    /// - Throws: ``ModelError/Code/outOfRange`` as ``layer(of:)``; ``DataError`` naming a file that cannot be read.
    package func weight(of network: Network, from images: ImageSet, scaling: PixelScaling) throws -> Tensor<Float> {
        let layer = try layer(of: network)
        let kernel = layer.kernelSize
        let shape: Shape = [layer.outputChannels, network.input[0], kernel.height, kernel.width]
        let moments = try secondMoments(images, scaling, kernel)
        let pairs = eigenpairs(moments).sorted { $0.value > $1.value }.prefix(layer.outputChannels / 2)
        let filters = pairs.flatMap { pair in
            // Rounding can leave an eigenvalue of 0 just below it.
            pair.vector.map { Float($0 / (max(0, pair.value) + epsilon).squareRoot()) }
        }
        return Tensor(shape, filters + filters.map { -$0 })
    }

    /// `E[p·pᵀ]` over all patches p, channel by channel and row by row.
    private func secondMoments(_ images: ImageSet, _ scaling: PixelScaling, _ kernel: Size2D) throws -> [[Double]] {
        let (channels, height, width) = (images.shape[0], images.shape[1], images.shape[2])
        let size = channels * kernel.height * kernel.width
        let offsets = (0..<channels).flatMap { channel in
            (0..<kernel.height).flatMap { row in
                (0..<kernel.width).map { (channel * height + row) * width + $0 }
            }
        }
        let count = min(self.images, images.count)
        var sums = [Double](repeating: 0, count: size * size)
        var patch = [Double](repeating: 0, count: size)
        var pixels = [Float](repeating: 0, count: images.shape.count)
        for index in 0..<count {
            try pixels.withUnsafeMutableBufferPointer {
                try images.copyScaled(CollectionOfOne(index), by: scaling, into: $0)
            }
            for row in 0...height - kernel.height {
                for column in 0...width - kernel.width {
                    let start = row * width + column
                    for i in 0..<size { patch[i] = Double(pixels[start + offsets[i]]) }
                    for i in 0..<size {
                        for j in i..<size { sums[i * size + j] += patch[i] * patch[j] }
                    }
                }
            }
        }
        let patches = Double(count * (height - kernel.height + 1) * (width - kernel.width + 1))
        return (0..<size).map { i in
            (0..<size).map { j in sums[min(i, j) * size + max(i, j)] / patches }
        }
    }
}

/// Eigenvalues and eigenvectors of length 1 of a symmetric matrix by Jacobi's rotations (Golub and Van Loan 2013, Matrix
/// Computations, section 8.5), in no order. The first component of a vector that is not 0 is positive.
private func eigenpairs(_ matrix: [[Double]]) -> [(value: Double, vector: [Double])] {
    let size = matrix.count
    var a = matrix
    var rows = (0..<size).map { i in (0..<size).map { $0 == i ? 1.0 : 0 } }
    let scale = a.joined().reduce(0) { $0 + $1 * $1 }
    // Convergence is quadratic: a few sweeps are enough, thirty are more than any matrix of doubles needs.
    for _ in 0..<30 {
        let rest = (0..<size).reduce(0.0) { sum, i in sum + (0..<i).reduce(0) { $0 + a[i][$1] * a[i][$1] } }
        guard rest > 1e-30 * scale else { break }
        for p in 0..<size {
            for q in p + 1..<max(size, p + 1) where a[p][q] != 0 {
                let tau = (a[q][q] - a[p][p]) / (2 * a[p][q])
                let t = (tau < 0 ? -1 : 1) / (abs(tau) + (1 + tau * tau).squareRoot())
                let c = 1 / (1 + t * t).squareRoot()
                let s = t * c
                for k in 0..<size { (a[k][p], a[k][q]) = (c * a[k][p] - s * a[k][q], s * a[k][p] + c * a[k][q]) }
                for k in 0..<size {
                    (a[p][k], a[q][k]) = (c * a[p][k] - s * a[q][k], s * a[p][k] + c * a[q][k])
                    (rows[p][k], rows[q][k]) = (c * rows[p][k] - s * rows[q][k], s * rows[p][k] + c * rows[q][k])
                }
            }
        }
    }
    return (0..<size).map { i in
        let sign: Double = (rows[i].first { $0 != 0 } ?? 1) < 0 ? -1 : 1
        return (a[i][i], rows[i].map { sign * $0 })
    }
}
