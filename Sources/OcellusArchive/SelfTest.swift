// SPDX-License-Identifier: Apache-2.0

public import OcellusModel
package import OcellusTensor

#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

/// One image and the logits that its model gave where it was written: a reader on another machine can tell at once
/// whether it computes the same network.
///
/// Whoever has a backend runs it; this is the data and the bound.
public struct SelfTest: Hashable, Codable, Sendable {
    /// How the writer computed: float32, whatever the model's products are computed in otherwise.
    public var precision: Precision
    /// Pixels of one image, `[C, H, W]`, before the model's preprocessing scales them. Base64 in the file.
    public var pixels: Data
    /// `[classes]`
    public var logits: [Float]

    public init(pixels: Data, logits: [Float], precision: Precision = .float32) {
        self.precision = precision
        self.pixels = pixels
        self.logits = logits
    }

    /// The pixels of a new self-test: uniform random bytes, the same for the same shape.
    package static func pixels(for shape: Shape) -> Data {
        var random = CounterRandom(seed: 0, purpose: .selfTest)
        return Data((0..<shape.count).map { _ in UInt8(truncatingIfNeeded: random.next()) })
    }

    /// Throws ``ArchiveError/Code/selfTestFailed`` when the difference exceeds the bound or a logit is not finite.
    ///
    /// - Parameters:
    ///   - computed: `[classes]`, of ``pixels`` on this machine.
    ///   - reader: What they were computed in.
    package func check(_ computed: [Float], in reader: Precision = .float32, path: String) throws {
        let scale = logits.reduce(1) { max($0, abs($1)) }
        let bound = max(precision.tolerance, reader.tolerance) * scale
        let differences = zip(computed, logits).map { abs($0 - $1) }
        // Written so that a NaN fails.
        guard computed.count == logits.count, differences.allSatisfy({ $0 <= bound }) else {
            let worst = differences.first { !$0.isFinite } ?? differences.max() ?? .nan
            throw ArchiveError(
                .selfTestFailed, "\(path) gives other logits here than where it was written.",
                needs: "differences of at most \(bound)", received: "a difference of \(worst)",
                because: "the file's self-test is one image with the logits of the machine that trained",
                advice: "another --backend to see which machine is wrong, and please report it")
        }
    }
}

extension Precision {
    /// Largest difference of a logit, as a share of the largest logit (at least 1).
    ///
    /// A sum of K products differs between orders of summation by about √K·ε of its size: 7e-6 for the 12,288 inputs of a
    /// dense layer on 32×32×3 with ε = 6e-8, several times that over the layers of a network and with Winograd's
    /// algorithm. In bfloat16 each factor is rounded by up to 2⁻⁸ of itself: about a thousandth of a layer's sums, a
    /// hundredth after dozens of layers. Swapped channels, a transposed weight or another preprocessing change logits by
    /// far more than a thousandth, and by more than a tenth.
    fileprivate var tolerance: Float { self == .float32 ? 1e-3 : 0.1 }
}
