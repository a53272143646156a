// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusModel
import OcellusTensor
import Testing

@Suite("What a network costs") struct NetworkSummaryTests {
    // Receptive fields by the recurrence r += (k − 1)·j, j *= s: conv 3, pool 3+1, conv 4+2·2, pool 8+1·2.
    @Test("the reference CNN, layer by layer") func referenceCNN() throws {
        let summary = try NetworkSummary(.cnn(input: [3, 32, 32], classes: 10))
        #expect(
            summary.rows.map(\.output) == [
                [32, 30, 30], [32, 30, 30], [32, 15, 15], [64, 13, 13], [64, 13, 13], [64, 6, 6], [2304], [64], [64],
                [10],
            ])
        #expect(summary.rows.map(\.receptiveField) == [3, 3, 4, 8, 8, 10, nil, nil, nil, nil])
        #expect(summary.rows.map(\.parameters) == [896, 0, 0, 18_496, 0, 0, 0, 147_520, 0, 650])
        #expect(summary.rows.map(\.multiplyAdds) == [777_600, 0, 0, 3_115_008, 0, 0, 0, 147_456, 0, 640])
        #expect(summary.rows[0].activationBytes == 4 * 32 * 30 * 30)
        let elements = 2 * 28_800 + 7_200 + 2 * 10_816 + 2_304 * 2 + 64 * 2 + 10
        #expect(summary.activationBytes == 4 * elements)
        #expect(summary.rows.map(\.name) == (0..<10).map(String.init))
        #expect(summary.rows[3].layer == "Conv2D(64, 3×3, padding valid)")
    }

    @Test("strides whose product is no number leave out the receptive field") func giantStrides() throws {
        let pool = MaxPool2D(1, stride: Size2D(1 << 20, 1 << 20))
        let network = Network(input: [1, 8, 8]) {
            pool
            pool
            pool
            pool
            Conv2D(2, kernelSize: 3, padding: .same)
            Flatten()
            Dense(2)
        }
        let summary = try NetworkSummary(network)
        #expect(summary.rows.map(\.receptiveField) == [1, 1, 1, 1, nil, nil, nil])
        let windows = try network.windows()
        #expect(windows["3"]?.stride == Size2D(1 << 40, 1 << 40))
        let limit = Size2D(1 << 40, 1 << 40)
        let widest = Window(extent: limit, stride: limit, before: limit)
        #expect(widest.followed(by: widest) == widest)
    }

    /// Input rows that output row 0 of the chain depends on, found by following every window backwards.
    private func span(_ layers: [(kernel: Int, stride: Int, dilation: Int)]) -> Int {
        var rows: Set<Int> = [0]
        for layer in layers.reversed() {
            rows = Set(rows.flatMap { row in (0..<layer.kernel).map { row * layer.stride + $0 * layer.dilation } })
        }
        return (rows.max() ?? 0) - (rows.min() ?? 0) + 1
    }

    @Test("receptive fields equal what the windows reach")
    func receptiveFields() throws {
        for (first, second) in [(1, 1), (2, 1), (1, 2), (3, 2)] {
            for dilation in 1...3 {
                for pool in 2...3 {
                    let network = Network(input: [1, 64, 64]) {
                        Conv2D(2, kernelSize: 3, stride: Size2D(first, first), padding: .valid)
                        MaxPool2D(Size2D(pool, pool), stride: 2)
                        Conv2D(
                            2, kernelSize: 3, stride: Size2D(second, second), padding: .same,
                            dilation: Size2D(dilation, dilation))
                    }
                    let expected = span([(3, first, 1), (pool, 2, 1), (3, second, dilation)])
                    let field = try NetworkSummary(network).rows[2].receptiveField
                    #expect(field == Size2D(expected, expected))
                }
            }
        }
    }

    // A dense layer of 3000 on 224×224×3 needs 451.6 M weights; on a 1920×1080 photo, 18.7 thousand million.
    @Test("a dense network explodes with the photo, convolutions do not") func photoSizes() throws {
        let ann = Network.ann(input: [3, 32, 32], classes: 10)
        let resNet = Network.resNet18(input: [3, 32, 32], classes: 10)
        let photo = try NetworkSummary.atSize([3, 224, 224], of: ann)
        #expect(photo.rows[1].parameters == 224 * 224 * 3 * 3000 + 3000)
        #expect(photo.parameters == 451_584_000 + 3000 + 3_001_000 + 10_010)
        let large = try NetworkSummary.atSize([3, 1080, 1920], of: ann)
        #expect(large.rows[1].parameters == 18_662_403_000)
        #expect(try NetworkSummary.atSize([3, 1080, 1920], of: resNet).parameters == 11_173_962)
        #expect(throws: ModelError.self) { try NetworkSummary.atSize([3, 0, 9], of: ann) }
    }
}
