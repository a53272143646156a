// SPDX-License-Identifier: Apache-2.0

package import OcellusTensor

/// Throws ``ModelError/Code/wrongRank`` unless `shape` is `[N, C, H, W]` with positive sizes.
package func requireMaps(_ shape: Shape) throws(ModelError) {
    guard shape.rank == 4 else {
        throw ModelError(
            .wrongRank, "cannot run.", needs: "maps [N, C, H, W]", received: printed(shape),
            advice: "put it before Flatten and Dense")
    }
    try requirePositive(shape)
}

/// Throws ``ModelError/Code/wrongRank`` unless `shape` is `[N, F]` with positive sizes.
package func requireFeatures(_ shape: Shape) throws(ModelError) {
    guard shape.rank == 2 else {
        throw ModelError(
            .wrongRank, "cannot run.", needs: "features [N, F]", received: printed(shape),
            advice: "put Flatten or GlobalAveragePool2D before it")
    }
    try requirePositive(shape)
}

/// Throws ``ModelError/Code/wrongRank`` unless `shape` is `[N, F]` or `[N, T, F]` with positive sizes.
package func requireTokensOrFeatures(_ shape: Shape) throws(ModelError) {
    guard shape.rank == 2 || shape.rank == 3 else {
        throw ModelError(
            .wrongRank, "cannot run.", needs: "features [N, F] or tokens [N, T, F]", received: printed(shape),
            advice: "put Flatten or GlobalAveragePool2D before it")
    }
    try requirePositive(shape)
}

/// Throws ``ModelError/Code/wrongRank`` unless `shape` is `[N, T, F]` with positive sizes.
package func requireTokens(_ shape: Shape) throws(ModelError) {
    guard shape.rank == 3 else {
        throw ModelError(
            .wrongRank, "cannot run.", needs: "tokens [N, T, F]", received: printed(shape),
            advice: "put PatchEmbedding before it")
    }
    try requirePositive(shape)
}

package func requirePositive(_ shape: Shape) throws(ModelError) {
    guard shape.dimensions.allSatisfy({ $0 >= 1 }), shape.checkedCount != nil else {
        throw ModelError(
            .notPositive, "received an empty or oversized tensor.", needs: "sizes of at least 1", received: "\(shape)")
    }
}

/// A shape with its batch axis printed as `N`.
package func printed(_ shape: Shape) -> String {
    "[" + (["N"] + shape.dimensions.dropFirst().map(String.init)).joined(separator: ", ") + "]"
}

/// Throws ``ModelError/Code/wrongRank`` unless `shape` is `[C, H, W]` with sizes of 1 to 2^20.
package func requireImage(_ shape: Shape) throws(ModelError) {
    guard shape.rank == 3, shape.dimensions.allSatisfy({ (1...1 << 20).contains($0) }) else {
        throw ModelError(
            .wrongRank, "the network's input is not an image.", needs: "[C, H, W] with sizes of at least 1",
            received: "\(shape)")
    }
}

/// Largest count of elements, weights or multiply-adds: exact in a `Double` and far from overflow when a few are added.
package let largestCount = 1 << 53

/// The product, or ``ModelError/Code/tooLarge`` above ``largestCount``.
package func product(_ factors: Int...) throws(ModelError) -> Int {
    guard let count = Shape(factors).checkedCount, count <= largestCount else {
        throw ModelError(
            .tooLarge, "is too large to count.", needs: "a product of at most 2^53",
            received: factors.map(String.init).joined(separator: " × "))
    }
    return count
}

/// The sum, or ``ModelError/Code/tooLarge`` above ``largestCount``; both must be at most that.
package func sum(_ a: Int, _ b: Int) throws(ModelError) -> Int {
    guard a + b <= largestCount else {
        throw ModelError(.tooLarge, "is too large to count.", needs: "a sum of at most 2^53", received: "\(a) + \(b)")
    }
    return a + b
}

/// The shape itself, or ``ModelError/Code/tooLarge`` when it has more than 2^53 elements.
package func checked(_ shape: Shape) throws(ModelError) -> Shape {
    guard let count = shape.checkedCount, count <= largestCount else {
        throw ModelError(
            .tooLarge, "gives a tensor that is too large to count.", needs: "at most 2^53 elements",
            received: printed(shape))
    }
    return shape
}

/// Throws ``ModelError/Code/notPositive`` unless `value` is in 1 ... 2^30.
package func requireCount(_ value: Int, _ name: String) throws(ModelError) {
    guard value >= 1, value <= 1 << 30 else {
        throw ModelError(
            value < 1 ? .notPositive : .tooLarge, "has an impossible \(name).", needs: "1 to 1073741824",
            received: "\(value)")
    }
}

/// Throws ``ModelError/Code/wrongOperands`` unless `condition` holds.
func require(_ condition: Bool, _ needs: String, _ received: Shape) throws(ModelError) {
    guard condition else {
        throw ModelError(.wrongOperands, "has operands that do not fit.", needs: needs, received: "\(received)")
    }
}
