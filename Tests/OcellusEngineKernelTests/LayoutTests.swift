// SPDX-License-Identifier: Apache-2.0

import COcellusEngineKernels
import OcellusPlan
import Testing

extension EngineKernels {
    @Suite("layouts, dropout and local connection") struct Layouts {
        static let shapes = [(1, 1, 1, 1), (2, 3, 5, 7), (3, 16, 4, 4), (2, 17, 3, 1), (4, 33, 19, 17), (4, 8, 1, 1)]

        @Test("between plain and blocked", arguments: shapes, MapCase.blocks)
        func layouts(shape: (Int, Int, Int, Int), block: Int) {
            let maps = maps(shape, block)
            let plain = randoms(maps.plainCount, sample: 1)
            let expected = maps.blocked(plain)
            #expect(ocellus_maps_count(maps) == expected.count)
            everywhere { threads, version in
                var blocked = maps.unwritten
                ocellus_maps_from_plain(maps, plain, &blocked, threads)
                #expect(sameBits(blocked, expected), version)
                var back = [Float](repeating: .nan, count: plain.count)
                ocellus_maps_to_plain(maps, blocked, &back, threads)
                #expect(sameBits(back, plain), version)
                var ones = [Float](repeating: 1, count: blocked.count)
                Kernel.zeroPadding(maps, &ones, threads)
                #expect(ones.elementsEqual(maps.blocked([Float](repeating: 1, count: plain.count))), version)
            }
        }

        @Test("dropout keeps what DropoutMask says", arguments: shapes, MapCase.blocks)
        func dropout(shape: (Int, Int, Int, Int), block: Int) {
            let maps = maps(shape, block)
            let x = randoms(maps.plainCount, sample: 2)
            for (rate, seed, step, stream, image): (Float, UInt64, Int, Int, Int) in [
                (0.5, 1, 0, 0, 0), (0.3, 0xfedc_ba98_7654_3210, 70_000, 3, 4444), (0, 5, 1, 1, 4),
            ] {
                let first = image * maps.plainCount / maps.batch
                let expected = x.indices.map { i in
                    DropoutMask.isKept(first + i, rate: rate, seed: seed, step: step, stream: stream)
                        ? x[i] / (1 - rate) : 0
                }
                everywhere { threads, version in
                    var y = maps.unwritten
                    Kernel.dropout(
                        maps, maps.blocked(x), &y, rate: rate, seed: seed, step: step, stream: stream,
                        firstImage: image, threads)
                    #expect(y.elementsEqual(maps.blocked(expected)), version)
                }
            }
        }

        @Test("dropout of many features on several threads") func manyFeatures() {
            let maps = maps((5, 4001, 1, 1), 1)
            let x = [Float](repeating: 1, count: maps.plainCount)
            let expected = x.indices.map { i -> Float in
                DropoutMask.isKept(i, rate: 0.25, seed: 9, step: 2, stream: 1) ? 1 / 0.75 : 0
            }
            everywhere { threads, version in
                var y = x
                y.withUnsafeMutableBufferPointer { y in
                    guard let base = y.baseAddress else { return }
                    Kernel.dropout(
                        maps, base, base, rate: 0.25, seed: 9, step: 2, stream: 1, firstImage: 0, threads)
                }
                #expect(y.elementsEqual(expected), version)
            }
        }

        @Test("columns and their transpose", arguments: MapCase.pools, MapCase.blocks)
        func columns(local: MapCase, block: Int) {
            let field = local.kernel.height * local.kernel.width
            let positions = local.output.height * local.output.width
            let count = positions * local.batch * local.channels * field
            let (x, gradient) = (wholes(local.inputCount, sample: 3), wholes(count, sample: 4))
            var (columns, dx) = ([Float](repeating: 0, count: count), [Float](repeating: 0, count: x.count))
            local.forEachTerm { output, input, position in
                let (map, p) = output.quotientAndRemainder(dividingBy: positions)
                let (n, c) = map.quotientAndRemainder(dividingBy: local.channels)
                let column = ((p * local.batch + n) * local.channels + c) * field + position
                columns[column] = x[input]
                dx[input] += gradient[column]
            }
            let input = local.input(block: block)
            everywhere { threads, version in
                var result = [Float](repeating: .nan, count: count)
                Kernel.localColumns(
                    ocellus_local_columns, input, local.window, input.blocked(x), &result, threads)
                #expect(result.elementsEqual(columns), version)
                var transposed = input.unwritten
                Kernel.localColumns(
                    ocellus_local_columns_gradient, input, local.window, gradient, &transposed, threads)
                #expect(transposed.elementsEqual(input.blocked(dx)), version)
            }
        }

        @Test("products to maps and back", arguments: shapes, MapCase.blocks)
        func products(shape: (Int, Int, Int, Int), block: Int) {
            let (batch, channels, positions) = (shape.0, shape.1, shape.2 * shape.3)
            let maps = maps(shape, block)
            let products = randoms(maps.plainCount, sample: 5)
            let bias = randoms(channels * positions, sample: 6)
            let dy = wholes(maps.plainCount, sample: 7)
            var sums = [Float](repeating: 0, count: bias.count)
            var (plain, gradient) = (products, products)
            for n in 0..<batch {
                for o in 0..<channels {
                    for p in 0..<positions {
                        let (map, product) = ((n * channels + o) * positions + p, (p * batch + n) * channels + o)
                        plain[map] = products[product]
                        gradient[product] = dy[map]
                        sums[o * positions + p] += dy[map]
                    }
                }
            }
            let biased = plain.indices.map { plain[$0] + bias[$0 % bias.count] }
            everywhere { threads, version in
                var y = maps.unwritten
                Kernel.localOutput(maps, products, nil, relu: false, &y, threads)
                #expect(y.elementsEqual(maps.blocked(plain)), version)
                Kernel.localOutput(maps, products, bias, relu: false, &y, threads)
                #expect(y.elementsEqual(maps.blocked(biased)), version)
                Kernel.localOutput(maps, products, bias, relu: true, &y, threads)
                #expect(y.elementsEqual(maps.blocked(biased.map { max(0, $0) })), version)
                var back = [Float](repeating: .nan, count: products.count)
                Kernel.localOutputGradient(ocellus_local_output_gradient, maps, maps.blocked(dy), &back, threads)
                #expect(back.elementsEqual(gradient), version)
                var db = [Float](repeating: .nan, count: bias.count)
                Kernel.localOutputGradient(ocellus_local_bias_gradient, maps, maps.blocked(dy), &db, threads)
                #expect(db.elementsEqual(sums), version)
            }
        }

        func maps(_ shape: (Int, Int, Int, Int), _ block: Int) -> ocellus_maps {
            ocellus_maps(batch: shape.0, channels: shape.1, height: shape.2, width: shape.3, block: block)
        }
    }
}
