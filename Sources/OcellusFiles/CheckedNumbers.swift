// SPDX-License-Identifier: Apache-2.0

/// A value of a file whose numbers depend on each other: counts that must match, positions in lists.
///
/// Checked once, when it is read; whoever computes with it later need not ask again.
package protocol CheckedNumbers {
    func checkNumbers() throws(NumberOutOfRange)
}

extension NumberOutOfRange {
    /// The largest whole number below which a Double holds every one; sums of thousands of such numbers fit an Int.
    package static let largest = 1 << 53

    /// Compares every number of a JSON text with ±2^53: within that a Double becomes an Int, and sums do not overflow.
    ///
    /// - Parameters:
    ///   - json: Sound JSON.
    ///   - exempt: Names of values that use all 64 bits, such as seeds.
    package static func check(json: [UInt8], exempt: Set<String> = ["seed", "seeds"]) throws(NumberOutOfRange) {
        guard let value = try? JSONValue(json) else { return }
        try check(value, at: "", exempt)
    }

    private static func check(_ value: JSONValue, at path: String, _ exempt: Set<String>) throws(NumberOutOfRange) {
        switch value {
        case .object(let members):
            for (key, member) in members.sorted(by: { $0.key < $1.key }) where !exempt.contains(key) {
                try check(member, at: path.isEmpty ? key : "\(path).\(key)", exempt)
            }
        case .array(let elements):
            for (index, element) in elements.enumerated() { try check(element, at: "\(path)[\(index)]", exempt) }
        case .number(let text):
            guard let number = Double(text), abs(number) <= Double(largest) else {
                throw NumberOutOfRange(name: path, needs: "−2^53 to 2^53", received: text)
            }
        case .null, .bool, .string: break
        }
    }

    /// A list with one entry for each of something.
    package static func check(_ name: String, count: Int, as needed: Int) throws(NumberOutOfRange) {
        guard count == needed else {
            throw NumberOutOfRange(name: name, needs: "\(needed) entries", received: "\(count)")
        }
    }

    /// Counts of things and their sum, which must be a number too.
    package static func check(_ name: String, counts: [Int]) throws(NumberOutOfRange) {
        var sum = 0
        for count in counts {
            try check(name, count, in: 0...largest)
            sum += count
            try check(name, sum, in: 0...largest)
        }
    }

    /// Positions in a list of `size` entries.
    package static func check(_ name: String, position: Int, in size: Int) throws(NumberOutOfRange) {
        guard position >= 0, position < size else {
            throw NumberOutOfRange(name: name, needs: "0 to \(size - 1)", received: "\(position)")
        }
    }
}
