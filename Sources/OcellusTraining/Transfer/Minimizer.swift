// SPDX-License-Identifier: Apache-2.0

import OcellusTensor

/// L-BFGS with a line search to the strong Wolfe conditions.
///
/// Nocedal and Wright 2006, "Numerical Optimization", algorithms 7.4 and 7.5 (two loops over the last steps) and 3.5 and 3.6
/// (line search, cubic interpolation).
struct Minimizer {
    /// Steps that the curvature is told from.
    var memory = 12
    /// Ends where no element of the gradient is larger.
    var gradientTolerance: Double
    var maximumIterations = 1000

    /// Where a search ended.
    struct Result {
        var point: [Double]
        var value: Double
        var iterations: Int
        /// How often the function was asked.
        var evaluations: Int
        /// Whether the gradient's tolerance was met, or no step could lower the value any more.
        var hasConverged: Bool
    }

    /// - Parameters:
    ///   - start: Where to begin.
    ///   - function: Gives its value at a point and writes its gradient.
    func minimize(from start: [Double], _ function: ([Double], inout [Double]) -> Double) -> Result {
        var point = start
        var gradient = [Double](repeating: 0, count: start.count)
        var value = function(point, &gradient)
        var evaluations = 1
        var history = Curvature(memory: memory)
        for iteration in 0..<maximumIterations {
            guard largest(gradient) > gradientTolerance else {
                return Result(
                    point: point, value: value, iterations: iteration, evaluations: evaluations, hasConverged: true)
            }
            var direction = history.direction(for: gradient)
            var slope = dot(direction, gradient)
            if !(slope < 0) {
                history = Curvature(memory: memory)
                direction = gradient.map { -$0 }
                slope = -dot(gradient, gradient)
            }
            // Nothing is known of the scale at first: a step of length 1 at most.
            let first = history.isEmpty ? min(1, 1 / (-slope).squareRoot()) : 1
            var search = LineSearch(point: point, value: value, slope: slope, direction: direction)
            guard let found = search.run(from: first, function) else {
                // The value cannot be told from its neighbours' any more.
                return Result(
                    point: point, value: value, iterations: iteration, evaluations: evaluations + search.evaluations,
                    hasConverged: true)
            }
            evaluations += search.evaluations
            history.add(step: difference(found.point, point), change: difference(found.gradient, gradient))
            let hasStalled = value - found.value <= 4 * Double.ulpOfOne * max(abs(value), abs(found.value))
            (point, value, gradient) = (found.point, found.value, found.gradient)
            if hasStalled, largest(gradient) <= 1e3 * gradientTolerance {
                return Result(
                    point: point, value: value, iterations: iteration + 1, evaluations: evaluations, hasConverged: true)
            }
        }
        return Result(
            point: point, value: value, iterations: maximumIterations, evaluations: evaluations, hasConverged: false)
    }
}

/// The last steps and how the gradient changed over them.
private struct Curvature {
    let memory: Int
    private var pairs: [(step: [Double], change: [Double], product: Double)] = []

    init(memory: Int) { self.memory = memory }

    var isEmpty: Bool { pairs.isEmpty }

    mutating func add(step: [Double], change: [Double]) {
        let product = dot(step, change)
        // The Wolfe conditions make it positive but for roundings.
        guard product > 1e-12 * dot(change, change).squareRoot() * dot(step, step).squareRoot() else { return }
        if pairs.count == memory { pairs.removeFirst() }
        pairs.append((step, change, product))
    }

    /// Minus the gradient times the estimate of the inverse Hessian.
    func direction(for gradient: [Double]) -> [Double] {
        var direction = gradient.map { -$0 }
        guard let last = pairs.last else { return direction }
        var factors = [Double](repeating: 0, count: pairs.count)
        for index in pairs.indices.reversed() {
            factors[index] = dot(pairs[index].step, direction) / pairs[index].product
            accumulate(-factors[index], pairs[index].change, in: &direction)
        }
        let scale = last.product / dot(last.change, last.change)
        for index in direction.indices { direction[index] *= scale }
        for index in pairs.indices {
            let factor = dot(pairs[index].change, direction) / pairs[index].product
            accumulate(factors[index] - factor, pairs[index].step, in: &direction)
        }
        return direction
    }
}

/// Looks along a direction for a place that is lower and flatter: f(a) ≤ f(0) + c₁·a·f′(0) and |f′(a)| ≤ c₂·|f′(0)|.
private struct LineSearch {
    let point: [Double]
    let value: Double
    let slope: Double
    let direction: [Double]
    private(set) var evaluations = 0

    private static let decrease = 1e-4
    private static let flatness = 0.9
    private static let mostEvaluations = 30

    struct Place {
        var length: Double
        var point: [Double]
        var value: Double
        var gradient: [Double]
        var slope: Double
    }

    init(point: [Double], value: Double, slope: Double, direction: [Double]) {
        (self.point, self.value, self.slope, self.direction) = (point, value, slope, direction)
    }

    /// - Returns: `nil` where no place is lower.
    mutating func run(from first: Double, _ function: ([Double], inout [Double]) -> Double) -> Place? {
        var last = Place(length: 0, point: point, value: value, gradient: [], slope: slope)
        var length = first
        while evaluations < Self.mostEvaluations {
            let place = look(length, function)
            let isHigh = !(place.value <= value + Self.decrease * length * slope)
            if isHigh || (last.length > 0 && place.value >= last.value) {
                return zoom(low: last, high: place, function)
            }
            if abs(place.slope) <= Self.flatness * abs(slope) { return place }
            if place.slope >= 0 { return zoom(low: place, high: last, function) }
            last = place
            length *= 2
        }
        return last.length > 0 ? last : nil
    }

    private mutating func look(_ length: Double, _ function: ([Double], inout [Double]) -> Double) -> Place {
        evaluations += 1
        var moved = point
        accumulate(length, direction, in: &moved)
        var gradient = [Double](repeating: 0, count: point.count)
        let found = function(moved, &gradient)
        return Place(length: length, point: moved, value: found, gradient: gradient, slope: dot(gradient, direction))
    }

    /// Narrows an interval in which such a place lies.
    private mutating func zoom(
        low: Place, high: Place, _ function: ([Double], inout [Double]) -> Double
    ) -> Place? {
        var (low, high) = (low, high)
        while evaluations < Self.mostEvaluations {
            let width = abs(high.length - low.length)
            guard width > 1e-12 * max(low.length, high.length) else { break }
            let place = look(Self.interpolated(low, high), function)
            if !(place.value <= value + Self.decrease * place.length * slope) || place.value >= low.value {
                high = place
            } else {
                if abs(place.slope) <= Self.flatness * abs(slope) { return place }
                if place.slope * (high.length - low.length) >= 0 { high = low }
                low = place
            }
        }
        return low.length > 0 && low.value < value ? low : nil
    }

    /// The minimum of the cubic through both places, kept off their ends.
    private static func interpolated(_ a: Place, _ b: Place) -> Double {
        let (left, right) = (min(a.length, b.length), max(a.length, b.length))
        let margin = 0.1 * (right - left)
        let first = a.slope + b.slope - 3 * (a.value - b.value) / (a.length - b.length)
        let root = first * first - a.slope * b.slope
        guard root >= 0, b.value.isFinite, b.slope.isFinite else { return (left + right) / 2 }
        let second = root.squareRoot() * (b.length > a.length ? 1 : -1)
        let length =
            b.length - (b.length - a.length) * (b.slope + second - first) / (b.slope - a.slope + 2 * second)
        guard length.isFinite else { return (left + right) / 2 }
        return min(max(length, left + margin), right - margin)
    }
}

// MARK: - Vectors

/// In eight sums, which are added in a fixed order.
private func dot(_ a: [Double], _ b: [Double]) -> Double {
    a.withUnsafeBufferPointer { a in
        b.withUnsafeBufferPointer { b in
            var sums = SIMD8<Double>.zero
            let whole = a.count / 8 * 8
            for start in stride(from: 0, to: whole, by: 8) {
                var left = SIMD8<Double>.zero
                var right = SIMD8<Double>.zero
                for lane in 0..<8 {
                    left[lane] = a[start + lane]
                    right[lane] = b[start + lane]
                }
                sums += left * right
            }
            var sum = sums.sum()
            for index in whole..<a.count { sum += a[index] * b[index] }
            return sum
        }
    }
}

private func accumulate(_ factor: Double, _ vector: [Double], in sum: inout [Double]) {
    sum.withUnsafeMutableBufferPointer { sum in
        vector.withUnsafeBufferPointer { vector in
            for index in 0..<sum.count { sum[index] += factor * vector[index] }
        }
    }
}

private func difference(_ a: [Double], _ b: [Double]) -> [Double] {
    [Double](unsafeUninitializedCapacity: a.count) { buffer, count in
        for index in 0..<a.count { buffer[index] = a[index] - b[index] }
        count = a.count
    }
}

private func largest(_ vector: [Double]) -> Double {
    var largest = 0.0
    for element in vector {
        // A NaN counts as larger than everything.
        if !(abs(element) <= largest) { largest = abs(element) }
    }
    return largest
}
