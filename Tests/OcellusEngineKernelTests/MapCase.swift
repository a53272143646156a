// SPDX-License-Identifier: Apache-2.0

import COcellusEngineKernels

/// Maps with a window over them, and the plain indexing that the kernels are checked against.
struct MapCase: CustomStringConvertible, Sendable {
    var batch = 2
    var channels = 3
    var size = (height: 5, width: 7)
    var kernel = (height: 3, width: 2)
    var stride = (height: 2, width: 1)
    /// Top, left, bottom, right.
    var padding = (0, 0, 0, 0)

    var output: (height: Int, width: Int) {
        (
            (size.height + padding.0 + padding.2 - kernel.height) / stride.height + 1,
            (size.width + padding.1 + padding.3 - kernel.width) / stride.width + 1
        )
    }
    var inputCount: Int { batch * channels * size.height * size.width }
    var outputCount: Int { batch * channels * output.height * output.width }

    var window: ocellus_window {
        ocellus_window(
            kernel_height: kernel.height, kernel_width: kernel.width, stride_height: stride.height,
            stride_width: stride.width, top: padding.0, left: padding.1, output_height: output.height,
            output_width: output.width)
    }
    func input(block: Int) -> ocellus_maps {
        ocellus_maps(batch: batch, channels: channels, height: size.height, width: size.width, block: block)
    }
    func output(block: Int) -> ocellus_maps {
        ocellus_maps(batch: batch, channels: channels, height: output.height, width: output.width, block: block)
    }

    /// Calls `body` for every output element and every kernel position inside the map, in row-major order, with plain
    /// indices.
    func forEachTerm(_ body: (_ output: Int, _ input: Int, _ position: Int) -> Void) {
        for map in 0..<batch * channels {
            for i in 0..<output.height {
                for j in 0..<output.width {
                    for p in 0..<kernel.height {
                        for q in 0..<kernel.width {
                            let row = i * stride.height + p - padding.0
                            let column = j * stride.width + q - padding.1
                            guard (0..<size.height).contains(row), (0..<size.width).contains(column) else { continue }
                            body(
                                (map * output.height + i) * output.width + j,
                                (map * size.height + row) * size.width + column, p * kernel.width + q)
                        }
                    }
                }
            }
        }
    }

    var description: String {
        "\(batch)×\(channels)×\(size.height)×\(size.width), kernel \(kernel), stride \(stride), padding \(padding)"
    }

    /// Overlapping and separate windows, odd sizes, uncovered borders, padding, channels around the blocks.
    static let pools = [
        MapCase(),
        MapCase(channels: 16, size: (8, 6), kernel: (2, 2), stride: (2, 2)),
        MapCase(batch: 3, channels: 17, size: (7, 5), kernel: (2, 2), stride: (2, 2)),
        MapCase(batch: 1, channels: 1, size: (3, 3), kernel: (2, 2), stride: (2, 2), padding: (0, 0, 1, 1)),
        MapCase(channels: 9, size: (9, 9), kernel: (3, 3), stride: (2, 2), padding: (1, 1, 1, 1)),
        MapCase(channels: 8, size: (6, 11), kernel: (3, 3), stride: (1, 1), padding: (1, 1, 1, 1)),
        MapCase(channels: 5, size: (10, 7), kernel: (2, 2), stride: (3, 4)),
        MapCase(channels: 4, size: (4, 5), kernel: (4, 5), stride: (1, 1)),
        MapCase(batch: 1, channels: 2, size: (17, 19), kernel: (17, 19), stride: (1, 1)),
        MapCase(batch: 1, channels: 3, size: (3, 300), kernel: (2, 3), stride: (1, 2), padding: (1, 2, 0, 1)),
        MapCase(batch: 1, channels: 33, size: (1, 1), kernel: (1, 1), stride: (1, 1)),
        // Large enough for several threads.
        MapCase(batch: 5, channels: 18, size: (20, 21), kernel: (2, 2), stride: (2, 2)),
        MapCase(batch: 5, channels: 18, size: (20, 21), kernel: (3, 3), stride: (2, 2), padding: (1, 1, 1, 1)),
    ]
    static let blocks = [1, 8, 16]
}

extension ocellus_maps {
    var plainCount: Int { batch * channels * height * width }
    private var blocks: Int { (channels + block - 1) / block }

    /// Where plain element `i` lies.
    private func offset(_ i: Int) -> Int {
        let (map, position) = i.quotientAndRemainder(dividingBy: height * width)
        let (n, c) = map.quotientAndRemainder(dividingBy: channels)
        return ((n * blocks + c / block) * height * width + position) * block + c % block
    }

    /// The blocked form of plain elements.
    func blocked<Element: ExpressibleByIntegerLiteral>(_ plain: [Element]) -> [Element] {
        var result = [Element](repeating: 0, count: batch * blocks * height * width * block)
        for i in plain.indices { result[offset(i)] = plain[i] }
        return result
    }

    /// A buffer in which nothing is written yet.
    var unwritten: [Float] { [Float](repeating: .nan, count: batch * blocks * height * width * block) }
}
