// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusModel
import OcellusTensor
import Testing

/// Positions along one axis at which a window of `extent` may start, found by trying each of them.
private func starts(_ padded: Int, _ extent: Int, _ stride: Int) -> Int {
    (0..<padded).count { $0 % stride == 0 && $0 + extent <= padded }
}

@Suite("Windows over maps") struct GeometryTests {
    static let sizes = [1, 2, 5, 13]
    static let paddings: [Padding2D] = [.valid, .same, .all(1), .explicit(top: 0, left: 2, bottom: 1, right: 0)]

    // Height and width differ in every number, so that an exchange of the two shows.
    @Test("outputs are the windows that fit, counted one by one", arguments: sizes, paddings)
    func counted(size: Int, padding: Padding2D) throws {
        for kernel in 1...5 {
            for stride in 1...3 {
                for dilation in 1...3 {
                    let (height, width) = (size, size + 3)
                    let (kernelWidth, strideAcross, dilationAcross) = (kernel % 3 + 1, stride % 3 + 1, dilation % 2 + 1)
                    let down = dilation * (kernel - 1) + 1
                    let across = dilationAcross * (kernelWidth - 1) + 1
                    let layer = Conv2D(
                        4, kernelSize: Size2D(kernel, kernelWidth), stride: Size2D(stride, strideAcross),
                        padding: padding, dilation: Size2D(dilation, dilationAcross))
                    let (top, left, bottom, right): (Int, Int, Int, Int)
                    switch padding {
                    case .valid: (top, left, bottom, right) = (0, 0, 0, 0)
                    case .explicit(let t, let l, let b, let r): (top, left, bottom, right) = (t, l, b, r)
                    case .same:
                        // One output for every stride-th input, as few zeros as that takes, the odd one behind.
                        let outputs = Size2D(
                            (0..<height).count { $0 % stride == 0 }, (0..<width).count { $0 % strideAcross == 0 })
                        let vertical = (0...).first { starts(height + $0, down, stride) >= outputs.height } ?? 0
                        let horizontal = (0...).first { starts(width + $0, across, strideAcross) >= outputs.width } ?? 0
                        (top, bottom) = (vertical / 2, (vertical + 1) / 2)
                        (left, right) = (horizontal / 2, (horizontal + 1) / 2)
                    }
                    let rows = starts(height + top + bottom, down, stride)
                    let columns = starts(width + left + right, across, strideAcross)
                    let input: Shape = [2, 3, height, width]
                    if rows == 0 || columns == 0 {
                        let error = #expect(throws: ModelError.self) { try layer.outputShape(for: input) }
                        #expect(error?.kind == .kernelExceedsInput)
                        continue
                    }
                    #expect(try layer.outputShape(for: input) == [2, 4, rows, columns], "\(layer) on \(input)")
                    let geometry = try layer.geometry(for: input)
                    #expect(geometry.before == Size2D(top, left) && geometry.after == Size2D(bottom, right))
                    #expect(geometry.extent == Size2D(down, across))
                }
            }
        }
    }

    @Test("sizes that make no sense are refused")
    func refused() {
        let input: Shape = [1, 3, 8, 8]
        for layer in [
            Conv2D(4, kernelSize: 0), Conv2D(4, kernelSize: Size2D(3, -1)), Conv2D(4, kernelSize: 3, stride: 0),
            Conv2D(4, kernelSize: 3, dilation: 0), Conv2D(0, kernelSize: 3), Conv2D(4, kernelSize: 3, groups: 0),
        ] {
            let error = #expect(throws: ModelError.self) { try layer.outputShape(for: input) }
            #expect(error?.kind == .notPositive, "\(layer)")
        }
        let negative = #expect(throws: ModelError.self) {
            try Conv2D(4, kernelSize: 3, padding: .all(-1)).outputShape(for: input)
        }
        #expect(negative?.kind == .outOfRange)
        let huge = #expect(throws: ModelError.self) { try Conv2D(4, kernelSize: 2_000_000).outputShape(for: input) }
        #expect(huge?.kind == .tooLarge)
    }

    @Test("nothing overflows, however large the numbers of a file are") func overflow() {
        let image: Shape = [1 << 20, 1 << 20, 1 << 20]
        let wide = Network(input: image) {
            Conv2D(1 << 30, kernelSize: 1)
            Conv2D(1 << 30, kernelSize: 1_048_575, padding: .same)
        }
        #expect(throws: ModelError.self) { try wide.outputShape(batchSize: 1 << 20) }
        #expect(throws: ModelError.self) { try wide.parameters() }
        #expect(throws: ModelError.self) { try NetworkSummary(wide) }
        let many = Network(input: [1, 1024, 1024]) {
            Flatten()
            for _ in 0..<20 { Dense(1 << 29) }
        }
        let error = #expect(throws: ModelError.self) { try many.parameters() }
        #expect(error?.kind == .tooLarge)
    }
}
