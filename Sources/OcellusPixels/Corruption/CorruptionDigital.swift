// SPDX-License-Identifier: Apache-2.0

import OcellusTensor

// Brightness, contrast, saturation, elastic deformation, pixelation and JPEG.

extension LevelPlanes {
    /// Adds to the value of HSV; hue and saturation stay.
    mutating func brighten(_ amount: Double) {
        for pixel in 0..<plane {
            let largest = (0..<channels).map { values[$0 * plane + pixel] }.max() ?? 0
            let brighter = min(1, largest + amount)
            for channel in 0..<channels {
                let index = channel * plane + pixel
                values[index] = largest > 0 ? values[index] * brighter / largest : brighter
            }
        }
    }

    /// Moves values towards their channel's mean: by the factor as far from it.
    mutating func changeContrast(_ factor: Double) {
        for start in stride(from: 0, to: values.count, by: plane) {
            let mean = values[start..<start + plane].reduce(0, +) / Double(plane)
            for index in start..<start + plane { values[index] = (values[index] - mean) * factor + mean }
        }
    }

    /// Changes the saturation s of HSV to `factor·s + added`. Gray has the hue of red, as in the published code.
    mutating func saturate(factor: Double, added: Double) {
        guard channels == 3 else { return }
        for pixel in 0..<plane {
            let color = (0..<3).map { values[$0 * plane + pixel] }
            let (low, high) = (color.min() ?? 0, color.max() ?? 0)
            guard high > 0 else { continue }
            let saturation = (high - low) / high
            let changed = min(max(saturation * factor + added, 0), 1)
            for channel in 0..<3 {
                let distance = saturation > 0 ? (high - color[channel]) / saturation : channel == 0 ? 0 : high
                values[channel * plane + pixel] = high - distance * changed
            }
        }
    }

    /// Moves three corners of a square and with them the image, then every pixel by a smooth random field.
    ///
    /// - Parameters:
    ///   - reach: What the fields are multiplied by, in pixels.
    ///   - deviation: Of the Gaussian that smooths them.
    ///   - corner: Largest distance of a corner along one axis.
    mutating func deform(reach: Double, deviation: Double, corner: Double, _ random: inout CounterRandom) {
        let moves = (0..<6).map { _ in random.uniform(in: -corner...corner) }
        let fields = (0..<2).map { _ in
            var field = LevelPlanes(
                height: height, width: width, values: (0..<plane).map { _ in random.uniform(in: -1...1) })
            field.blur(deviation: deviation, border: .symmetric, truncate: 3)
            return field.values.map { $0 * reach }
        }
        move(corners: moves)
        let before = self
        for channel in 0..<channels {
            for pixel in 0..<plane {
                values[channel * plane + pixel] = before.value(
                    channel, Double(pixel / width) + fields[1][pixel], Double(pixel % width) + fields[0][pixel],
                    .symmetric)
            }
        }
    }

    /// The affine map that moves the lower right, upper right and upper left corner of a square in the middle.
    ///
    /// - Parameter moves: To the right and down, for each corner.
    private mutating func move(corners moves: [Double]) {
        let side = Double(min(height, width) / 3)
        let (x, y) = (Double(width / 2), Double(height / 2))
        // Edges of the moved square: the right one upwards, the upper one to the left.
        let (upX, upY) = (moves[2] - moves[0], -2 * side + moves[3] - moves[1])
        let (leftX, leftY) = (-2 * side + moves[4] - moves[2], moves[5] - moves[3])
        let determinant = upX * leftY - upY * leftX
        // No square fits into an image of less than three pixels.
        guard side > 0, abs(determinant) > 1e-9 else { return }
        let before = self
        for row in 0..<height {
            for column in 0..<width {
                let (right, down) = (
                    Double(column) - (x + side + moves[0]), Double(row) - (y + side + moves[1])
                )
                let up = (right * leftY - down * leftX) / determinant
                let left = (down * upX - right * upY) / determinant
                let (sourceX, sourceY) = (x + side - 2 * side * left, y + side - 2 * side * up)
                for channel in 0..<channels {
                    values[channel * plane + row * width + column] = before.value(channel, sourceY, sourceX, .mirror)
                }
            }
        }
    }
}

extension Corruption {
    /// Shrinks the image to a share of its sides and enlarges it again, both with Pillow's box filter.
    func pixelated(_ pixels: [UInt8], _ shape: Shape, share: Double) -> [UInt8] {
        let (height, width) = (shape[1], shape[2])
        let (fewRows, fewColumns) = (max(1, Int(Double(height) * share)), max(1, Int(Double(width) * share)))
        var image = pixels
        let sizes = [(height, width, fewRows, fewColumns), (fewRows, fewColumns, height, width)]
        for (rows, columns, newRows, newColumns) in sizes {
            image = Self.boxed(image, lines: shape[0] * rows, count: columns, to: newColumns, step: 1)
            image = Self.boxed(image, lines: shape[0], count: rows, to: newRows, step: newColumns)
        }
        return image
    }

    /// Resamples along one axis: `lines` blocks of `count` rows of `step` bytes become blocks of `newCount` rows.
    private static func boxed(_ pixels: [UInt8], lines: Int, count: Int, to newCount: Int, step: Int) -> [UInt8] {
        let scale = Double(count) / Double(newCount)
        let support = 0.5 * max(1, scale)
        var result: [UInt8] = []
        result.reserveCapacity(lines * newCount * step)
        for line in 0..<lines {
            for position in 0..<newCount {
                let center = (Double(position) + 0.5) * scale
                let first = max(0, Int(center - support + 0.5))
                let last = min(count, Int(center + support + 0.5))
                let taken = (first..<last).filter {
                    let place = (Double($0) - center + 0.5) / max(1, scale)
                    return place > -0.5 && place <= 0.5
                }
                for byte in 0..<step {
                    let sum = taken.reduce(0) { $0 + Int(pixels[(line * count + $1) * step + byte]) }
                    result.append(UInt8((2 * sum + taken.count) / max(1, 2 * taken.count)))
                }
            }
        }
        return result
    }

    /// Through a baseline JPEG with colour at half resolution, written and read by libjpeg.
    func compressed(_ pixels: [UInt8], _ shape: Shape, quality: Int) throws(DataError) -> [UInt8] {
        let image = DecodedImage(width: shape[2], height: shape[1], channels: shape[0], planar: pixels)
        let decoded = try ImageDecoder.decode(try ImageEncoder.jpeg(image, quality: quality))
        let plane = shape[1] * shape[2]
        return (0..<shape.count).map { decoded.pixels[($0 % plane) * shape[0] + $0 / plane] }
    }
}
