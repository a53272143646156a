// SPDX-License-Identifier: Apache-2.0

import RealModule

/// A projective map of the plane, from a place in the output to the place in the source that is seen there.
///
///     (x, y, 1) ~ M · (u, v, 1)
///
/// Places are measured from the image's centre in pixels, x to the right and y down, so a rotation or a scale needs no
/// centre. Maps compose to one, which is resampled once.
package struct PlaneTransform: Hashable, Sendable {
    /// Row-major, 3 × 3, in the first nine lanes: an array would be allocated for every image.
    package private(set) var matrix: SIMD16<Double>

    package static let identity = PlaneTransform(1, 0, 0, 0, 1, 0)

    private init(_ matrix: SIMD16<Double>) { self.matrix = matrix }

    /// A matrix by its rows.
    private init(
        _ a: Double, _ b: Double, _ c: Double, _ d: Double, _ e: Double, _ f: Double, _ g: Double = 0, _ h: Double = 0,
        _ i: Double = 1
    ) {
        matrix = SIMD16(a, b, c, d, e, f, g, h, i, 0, 0, 0, 0, 0, 0, 0)
    }

    /// Turns the picture by an angle in degrees, counter-clockwise as it is looked at.
    package static func rotation(degrees: Double) -> PlaneTransform {
        // Whole quarters are exact, which the cosine of an angle in radians is not.
        let turned = (degrees / 90).rounded()
        if turned * 90 == degrees {
            let quarter = ((Int(turned.truncatingRemainder(dividingBy: 4)) % 4) + 4) % 4
            let (cosine, sine) = [(1.0, 0.0), (0, 1), (-1, 0), (0, -1)][quarter]
            return PlaneTransform(cosine, -sine, 0, sine, cosine, 0)
        }
        let (cosine, sine) = (Double.cos(degrees * .pi / 180), Double.sin(degrees * .pi / 180))
        return PlaneTransform(cosine, -sine, 0, sine, cosine, 0)
    }

    /// Enlarges the picture about its centre: a factor of 2 shows its middle half.
    package static func scale(x: Double, y: Double) -> PlaneTransform {
        PlaneTransform(1 / x, 0, 0, 0, 1 / y, 0)
    }

    /// Moves the picture by pixels, to the right and down.
    package static func translation(x: Double, y: Double) -> PlaneTransform {
        PlaneTransform(1, 0, -x, 0, 1, -y)
    }

    /// Slants the picture: a row that lies v below the centre moves by `x · v` to the right, a column that lies u beside
    /// it by `y · u` down.
    package static func shear(x: Double, y: Double) -> PlaneTransform {
        let determinant = 1 - x * y
        return PlaneTransform(1 / determinant, -x / determinant, 0, -y / determinant, 1 / determinant, 0)
    }

    /// Mirrors the picture left to right, upside down, or both.
    package static func mirror(horizontally: Bool, vertically: Bool) -> PlaneTransform {
        PlaneTransform(horizontally ? -1 : 1, 0, 0, 0, vertically ? -1 : 1, 0)
    }

    /// Shows the rectangle of the source with the given centre, `width` and `height` stretched over the whole output.
    ///
    /// - Parameters:
    ///   - widthShare: Of the output's width that the rectangle has; `heightShare` likewise.
    package static func crop(
        centerX: Double, centerY: Double, widthShare: Double, heightShare: Double
    ) -> PlaneTransform {
        PlaneTransform(widthShare, 0, centerX, 0, heightShare, centerY)
    }

    /// The map that takes four places of the output to four of the source; `nil` when three of either lie on a line.
    ///
    /// Solves Heckbert's equations for the unit square twice (Fundamentals of Texture Mapping and Image Warping, 1989,
    /// section 2.2.3).
    package static func quadrilateral(
        from output: [(x: Double, y: Double)], to source: [(x: Double, y: Double)]
    ) -> PlaneTransform? {
        guard let fromSquare = unitSquare(to: output)?.inverse, let toSource = unitSquare(to: source) else {
            return nil
        }
        return toSource.following(fromSquare)
    }

    /// The unit square's corners (0, 0), (1, 0), (1, 1), (0, 1) to four places in that order.
    private static func unitSquare(to p: [(x: Double, y: Double)]) -> PlaneTransform? {
        let (dx1, dx2) = (p[1].x - p[2].x, p[3].x - p[2].x)
        let (dy1, dy2) = (p[1].y - p[2].y, p[3].y - p[2].y)
        let sumX = p[0].x - p[1].x + p[2].x - p[3].x
        let sumY = p[0].y - p[1].y + p[2].y - p[3].y
        let divisor = dx1 * dy2 - dx2 * dy1
        guard divisor != 0 else { return nil }
        let g = (sumX * dy2 - dx2 * sumY) / divisor
        let h = (dx1 * sumY - sumX * dy1) / divisor
        return PlaneTransform(
            p[1].x - p[0].x + g * p[1].x, p[3].x - p[0].x + h * p[3].x, p[0].x,
            p[1].y - p[0].y + g * p[1].y, p[3].y - p[0].y + h * p[3].y, p[0].y, g, h)
    }

    /// This picture transformed further: `next` acts on what this one shows.
    package func then(_ next: PlaneTransform) -> PlaneTransform { following(next) }

    /// The matrix product `self · inner`, scaled so that the last element is 1.
    private func following(_ inner: PlaneTransform) -> PlaneTransform {
        let (a, b) = (matrix, inner.matrix)
        func element(_ row: Int, _ column: Int) -> Double {
            a[3 * row] * b[column] + a[3 * row + 1] * b[column + 3] + a[3 * row + 2] * b[column + 6]
        }
        let product = PlaneTransform(
            element(0, 0), element(0, 1), element(0, 2), element(1, 0), element(1, 1), element(1, 2), element(2, 0),
            element(2, 1), element(2, 2))
        let last = product.matrix[8]
        return last == 0 || last == 1 ? product : PlaneTransform(product.matrix / last)
    }

    private var inverse: PlaneTransform? {
        let m = matrix
        let cofactors = PlaneTransform(
            m[4] * m[8] - m[5] * m[7], m[2] * m[7] - m[1] * m[8], m[1] * m[5] - m[2] * m[4],
            m[5] * m[6] - m[3] * m[8], m[0] * m[8] - m[2] * m[6], m[2] * m[3] - m[0] * m[5],
            m[3] * m[7] - m[4] * m[6], m[1] * m[6] - m[0] * m[7], m[0] * m[4] - m[1] * m[3])
        let c = cofactors.matrix
        return m[0] * c[0] + m[1] * c[3] + m[2] * c[6] == 0 ? nil : cofactors
    }

    /// How many pixels of the source stand beside each other where the output has one, at the centre, along the axis
    /// where they are most.
    package var shrinkage: Double {
        // The derivative at the centre, and its larger singular value.
        let m = matrix
        let (w, x, y) = (m[8], m[2] / m[8], m[5] / m[8])
        let (a, b) = ((m[0] - x * m[6]) / w, (m[1] - x * m[7]) / w)
        let (c, d) = ((m[3] - y * m[6]) / w, (m[4] - y * m[7]) / w)
        let sum = a * a + b * b + c * c + d * d
        let determinant = a * d - b * c
        return ((sum + max(0, sum * sum - 4 * determinant * determinant).squareRoot()) / 2).squareRoot()
    }
}
