// SPDX-License-Identifier: Apache-2.0

/// A tensor that does not depend on the image, row-major.
struct ONNXConstant {
    enum Numbers {
        case floats([Float])
        /// Truth is 1.
        case integers([Int])
    }
    var dimensions: [Int]
    var numbers: Numbers

    init(_ dimensions: [Int], _ floats: [Float]) { (self.dimensions, numbers) = (dimensions, .floats(floats)) }
    init(_ dimensions: [Int], integers: [Int]) { (self.dimensions, numbers) = (dimensions, .integers(integers)) }
    init(dimensions: [Int], numbers: Numbers) { (self.dimensions, self.numbers) = (dimensions, numbers) }

    var count: Int {
        switch numbers {
        case .floats(let floats): floats.count
        case .integers(let integers): integers.count
        }
    }
    var floats: [Float] {
        switch numbers {
        case .floats(let floats): floats
        case .integers(let integers): integers.map { Float($0) }
        }
    }
    /// `nil` where one is no whole number that fits.
    var integers: [Int]? {
        switch numbers {
        case .integers(let integers): return integers
        case .floats(let floats):
            let whole = floats.compactMap { $0.rounded() == $0 ? Int(exactly: $0) : nil }
            return whole.count == floats.count ? whole : nil
        }
    }
    /// The number that every element is.
    var uniform: Float? {
        let floats = floats
        guard let first = floats.first, floats.allSatisfy({ $0 == first }) else { return nil }
        return first
    }
    /// The one element.
    var scalar: Float? { count == 1 ? floats.first : nil }

    func map(_ body: (Float) -> Float) -> ONNXConstant { ONNXConstant(dimensions, floats.map(body)) }

    /// The elements at these places.
    func taking(_ places: [Int], as dimensions: [Int]) -> ONNXConstant {
        switch numbers {
        case .floats(let floats): ONNXConstant(dimensions, places.map { floats[$0] })
        case .integers(let integers): ONNXConstant(dimensions, integers: places.map { integers[$0] })
        }
    }

    /// Axis a of the result is axis `order[a]`.
    func transposed(_ order: [Int]) -> ONNXConstant {
        if order == [1, 0], case .floats(let floats) = numbers { return matrixTransposed(floats) }
        let sizes = order.map { dimensions[$0] }
        let steps = ONNXShape.steps(dimensions)
        return taking(ONNXShape.places(sizes, order.map { steps[$0] }), as: sizes)
    }

    /// Weights are large: no list of places is made for them.
    private func matrixTransposed(_ floats: [Float]) -> ONNXConstant {
        let (rows, columns) = (dimensions[0], dimensions[1])
        let turned = [Float](unsafeUninitializedCapacity: floats.count) { buffer, count in
            for row in 0..<rows {
                for column in 0..<columns { buffer[column * rows + row] = floats[row * columns + column] }
            }
            count = floats.count
        }
        return ONNXConstant([columns, rows], turned)
    }

    /// Repeated along axes of 1 and new ones in front; `nil` for sizes that do not fit.
    func broadcast(to target: [Int]) -> ONNXConstant? {
        if dimensions == target { return self }
        guard ONNXShape.broadcast(dimensions, target) == target else { return nil }
        let own = Array(repeating: 1, count: target.count - dimensions.count) + dimensions
        let steps = zip(own, ONNXShape.steps(own)).map { $0 == 1 ? 0 : $1 }
        return taking(ONNXShape.places(target, steps), as: target)
    }
}

/// Arithmetic on lists of sizes.
enum ONNXShape {
    /// Numbers of one constant that a file may make out of less, at most.
    static let largestConstant = 1 << 24

    /// `nil` beyond ``largestConstant``.
    static func count(_ dimensions: [Int]) -> Int? {
        var total = 1
        for size in dimensions {
            guard size >= 0 else { return nil }
            let (product, overflow) = total.multipliedReportingOverflow(by: size)
            if overflow { return nil }
            total = product
        }
        return total <= largestConstant ? total : nil
    }

    /// Elements between neighbours along each axis.
    static func steps(_ dimensions: [Int]) -> [Int] {
        var steps = [Int](repeating: 1, count: dimensions.count)
        for axis in dimensions.indices.dropLast().reversed() { steps[axis] = steps[axis + 1] * dimensions[axis + 1] }
        return steps
    }

    /// Where the elements of sizes lie under steps, in row-major order.
    static func places(_ dimensions: [Int], _ steps: [Int], from start: Int = 0) -> [Int] {
        var places = [start]
        for (size, step) in zip(dimensions, steps) {
            places = places.flatMap { place in (0..<size).map { place + $0 * step } }
        }
        return places
    }

    /// The sizes that both repeat to; `nil` where they do not fit.
    static func broadcast(_ a: [Int], _ b: [Int]) -> [Int]? {
        let rank = max(a.count, b.count)
        let (a, b) = (aligned(a, rank), aligned(b, rank))
        var sizes: [Int] = []
        for (x, y) in zip(a, b) {
            guard x == y || x == 1 || y == 1 else { return nil }
            sizes.append(x == 1 ? y : x)
        }
        return sizes
    }

    /// With axes of 1 in front.
    static func aligned(_ dimensions: [Int], _ rank: Int) -> [Int] {
        Array(repeating: 1, count: max(0, rank - dimensions.count)) + dimensions
    }

    /// Negative ones count from the end; `nil` outside.
    static func axis(_ axis: Int, _ rank: Int) -> Int? {
        let place = axis < 0 ? axis + rank : axis
        return (0..<max(1, rank)).contains(place) ? place : nil
    }

    /// First place, number of places and step of a slice along an axis, by ONNX's rules for what lies outside.
    static func slice(_ start: Int, _ end: Int, _ step: Int, size: Int) -> (first: Int, count: Int)? {
        guard step != 0, step > -largestConstant, step < largestConstant else { return nil }
        func bounded(_ value: Int, _ range: ClosedRange<Int>) -> Int {
            let place = value < 0 ? value.addingReportingOverflow(size).partialValue : value
            return min(max(place, range.lowerBound), range.upperBound)
        }
        if step > 0 {
            let (first, last) = (bounded(start, 0...size), bounded(end, 0...size))
            return (first, max(0, (last - first + step - 1) / step))
        }
        guard size > 0 else { return (0, 0) }
        let (first, last) = (bounded(start, 0...size - 1), bounded(end, -1...size - 1))
        return (first, max(0, (first - last - step - 1) / -step))
    }

    /// What a `Reshape` asks for; `nil` where the elements do not fit.
    static func reshaped(_ dimensions: [Int], to target: [Int], allowsZero: Bool) -> [Int]? {
        var sizes: [Int] = []
        for (axis, size) in target.enumerated() {
            guard size >= -1 else { return nil }
            guard size == 0, !allowsZero else {
                sizes.append(size)
                continue
            }
            guard axis < dimensions.count else { return nil }
            sizes.append(dimensions[axis])
        }
        guard let total = count(dimensions) else { return nil }
        let open = sizes.indices.filter { sizes[$0] == -1 }
        guard open.count <= 1 else { return nil }
        guard let known = count(sizes.filter { $0 != -1 }) else { return nil }
        if let axis = open.first {
            guard known > 0, total % known == 0 else { return nil }
            sizes[axis] = total / known
        }
        return count(sizes) == total ? sizes : nil
    }
}
