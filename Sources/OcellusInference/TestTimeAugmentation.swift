// SPDX-License-Identifier: Apache-2.0

package import OcellusTensor

/// Views of an image whose logits are averaged: slower by their number, usually a little more accurate.
///
/// Krizhevsky, Sutskever and Hinton 2012, NeurIPS, section 4.1; `multicrop` as in Jordan 2024, arXiv:2404.00498,
/// section 2.
public enum TestTimeAugmentation: String, Codable, Sendable, CaseIterable {
    /// The image alone.
    case none
    /// The image and its mirror image, half each.
    case mirror
    /// `mirror` of the image (half), and of the image moved by one pixel down and right, and up and left (a quarter
    /// each); what comes in at the border is reflected.
    case multicrop

    /// One view of an image.
    package struct View: Sendable, Equatable {
        /// The view's pixel (row, column) is the image's (row + shift, column + shift), reflected at the border.
        package var shift: Int
        /// Mirrored left to right after that.
        package var isMirrored: Bool
        /// Of its logits in the mean; the shares of all views make 1.
        package var share: Float

        /// The image as it is.
        package static let whole = View(shift: 0, isMirrored: false, share: 1)
    }

    package var views: [View] {
        func mirrored(shift: Int, share: Float) -> [View] {
            [false, true].map { View(shift: shift, isMirrored: $0, share: share / 2) }
        }
        return switch self {
        case .none: [.whole]
        case .mirror: mirrored(shift: 0, share: 1)
        case .multicrop:
            mirrored(shift: 0, share: 0.5) + mirrored(shift: -1, share: 0.25) + mirrored(shift: 1, share: 0.25)
        }
    }
}

extension TestTimeAugmentation.View {
    /// Replaces each image of `[N, C, H, W]` by this view of it.
    package func apply(to images: UnsafeMutableBufferPointer<Float>, shape: Shape) {
        guard shift != 0 || isMirrored else { return }
        let (height, width) = (shape[1], shape[2])
        func reflected(_ index: Int, _ size: Int) -> Int {
            let inside = index < 0 ? -index : index >= size ? 2 * size - 2 - index : index
            // One row or column has nothing to reflect.
            return min(max(inside, 0), size - 1)
        }
        let rows = (0..<height).map { reflected($0 + shift, height) }
        let columns = (0..<width).map { reflected((isMirrored ? width - 1 - $0 : $0) + shift, width) }
        var plane = [Float](repeating: 0, count: height * width)
        for start in stride(from: 0, to: images.count, by: height * width) {
            for index in plane.indices { plane[index] = images[start + index] }
            for row in 0..<height {
                for column in 0..<width {
                    images[start + row * width + column] = plane[rows[row] * width + columns[column]]
                }
            }
        }
    }
}
