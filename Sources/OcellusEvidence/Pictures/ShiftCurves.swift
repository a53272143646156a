// SPDX-License-Identifier: Apache-2.0

import OcellusData
import OcellusInference
import OcellusMetrics
import OcellusPlan
import OcellusTensor

/// Accuracy against the shift of the test images.
enum ShiftCurves {
    /// Pixels.
    private static let farthest = 6

    /// - Parameter check: Asked between shifts; what it throws ends the work.
    static func curve(
        _ model: Classifier, name: String, test: ImageSet, check: () throws -> Void
    ) throws -> ComparisonRecord.ShiftCurve {
        let labels = test.labels.map(Int.init)
        let shifts = Array(-farthest...farthest)
        let correct = try shifts.map { shift in
            // At 0 both directions are the same images.
            try [(0, shift), (shift, 0)].reduce(0) { sum, move in
                try check()
                let images = try shifted(test, down: move.0, right: move.1)
                let predicted = try predictions(logits: model.logits(of: images))
                return sum + zip(predicted, labels).count { $0 == $1 }
            }
        }
        return ComparisonRecord.ShiftCurve(
            network: name, shifts: shifts, accuracy: correct.map { Double($0) / Double(2 * labels.count) },
            // The same images in two directions are not twice as many images.
            intervals: try correct.map { try wilsonInterval(successes: ($0 + 1) / 2, of: labels.count) })
    }

    /// The images moved by whole pixels; what comes in is black.
    static func shifted(_ images: ImageSet, down: Int, right: Int) throws -> ImageSet {
        if down == 0, right == 0 { return images }
        let (channels, height, width) = (images.shape[0], images.shape[1], images.shape[2])
        var pixels = [UInt8](repeating: 0, count: images.count * images.shape.count)
        let rows = max(0, -down)..<max(max(0, -down), min(height, height - down))
        let columns = max(0, -right)..<max(max(0, -right), min(width, width - right))
        if !columns.isEmpty {
            for index in 0..<images.count {
                try images.withPixels(at: index) { source in
                    for plane in 0..<channels {
                        for row in rows {
                            let from = (plane * height + row) * width + columns.lowerBound
                            let to =
                                ((index * channels + plane) * height + row + down) * width + columns.lowerBound + right
                            for offset in 0..<columns.count { pixels[to + offset] = source[from + offset] }
                        }
                    }
                }
            }
        }
        return try ImageSet(classes: images.classes, shape: images.shape, labels: images.labels, pixels: pixels)
    }
}
