// SPDX-License-Identifier: Apache-2.0

import CEmbeddedImages
import OcellusPixels
import OcellusTensor

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Handwritten digits of OpenCV, compiled into the binary as the one picture that they come in: 2000×1000 pixels, 50 rows
/// of 100 digits of 20×20, five rows for each class.
///
/// The first 400 of each digit are to train on, the last 100 to test on; the classes take turns.
enum EmbeddedDigits {
    private static let side = 20
    private static let perRow = 100
    private static let rowsPerClass = 5
    private static let classes = (0...9).map(String.init)
    private static let trained = 400

    static let dataset: Result<ImageDataset, DataError> = Result { () throws(DataError) in
        let file = ocellus_opencv_digits()
        let name = "embedded/digits.png"
        let picture = try ImageDecoder.decode(Data(bytes: file.bytes, count: file.count), name: name)
        let (width, height) = (perRow * side, classes.count * rowsPerClass * side)
        guard picture.width == width, picture.height == height, picture.channels == 1 else {
            throw DataError(
                .wrongSize, "\(name) is not the picture of digits.", needs: "\(width)×\(height) gray pixels",
                received: "\(picture.width)×\(picture.height), channels: \(picture.channels)")
        }
        let count = rowsPerClass * perRow
        return try ImageDataset(
            name: "opencv-digits", train: set(0..<trained, of: picture), test: set(trained..<count, of: picture))
    }

    /// Numbers are those within a class.
    private static func set(_ numbers: Range<Int>, of picture: DecodedImage) throws(DataError) -> ImageSet {
        var labels: [UInt16] = []
        var pixels: [UInt8] = []
        pixels.reserveCapacity(numbers.count * classes.count * side * side)
        for number in numbers {
            for digit in classes.indices {
                labels.append(UInt16(digit))
                let row = digit * rowsPerClass + number / perRow
                for y in row * side..<(row + 1) * side {
                    let start = y * picture.width + number % perRow * side
                    pixels += picture.pixels[start..<start + side]
                }
            }
        }
        return try ImageSet(classes: classes, shape: [1, side, side], labels: labels, pixels: pixels)
    }
}
