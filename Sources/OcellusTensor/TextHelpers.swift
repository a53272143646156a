// SPDX-License-Identifier: Apache-2.0

// What the standard library lacks for text and numbers, so that no room needs a library with tables of the world's languages.

extension StringProtocol {
    /// Without the white space at both ends.
    package var trimmed: String {
        let start = drop(while: \.isWhitespace)
        return String(start.reversed().drop(while: \.isWhitespace).reversed())
    }
}

/// A number with fixed decimals as C's `%.nf` writes it: the exact value, rounded to the nearest, ties to even.
///
/// Exact for every value below 10³⁶ and up to 20 decimals; larger ones are written with their exponent.
package func fixed(_ value: Double, decimals: Int) -> String {
    guard value.isFinite, abs(value) < 1e36 else { return "\(value)" }
    let decimals = max(0, min(20, decimals))
    let sign = value.sign == .minus ? "-" : ""
    let whole = UInt128(abs(value))
    // A Double is a whole number times a power of two, at least 2^-1074; the fraction is below 2^53 of such.
    let fraction = abs(value) - Double(whole)
    let power = power(of: 10, decimals)
    var scaled: UInt128 = 0
    if fraction > 0 {
        // fraction = significand · 2^(exponent − 52), and significand · 10^20 fits 120 bits.
        let significand = UInt128(fraction.significandBitPattern | (fraction.isNormal ? 1 << 52 : 0))
        let shift = 52 - (fraction.isNormal ? Int(fraction.exponent) : -1022)
        let product = significand * power
        if shift < 128 {
            scaled = product >> UInt128(shift)
            let rest = product & ((1 << UInt128(shift)) - 1)
            let half: UInt128 = 1 << UInt128(shift - 1)
            let previous = decimals == 0 ? whole : scaled
            if rest > half || rest == half && previous % 2 == 1 { scaled += 1 }
        }
    }
    let carry: UInt128 = scaled >= power ? 1 : 0
    let digits = decimals == 0 ? "" : String(scaled - carry * power)
    let padding = String(repeating: "0", count: decimals - digits.count)
    return "\(sign)\(whole + carry)" + (decimals == 0 ? "" : "." + padding + digits)
}

/// Decimals at which a number has that many significant digits once it is rounded to them: 2 for 1.234 and three digits,
/// negative where digits before the point are rounded away.
package func decimals(of value: Double, significant digits: Int) -> Int {
    guard value.isFinite, value != 0 else { return 0 }
    var exponent = 0
    let magnitude = abs(value)
    while exponent < 308, Double("1e\(exponent + 1)").map({ $0 <= magnitude }) ?? false { exponent += 1 }
    while exponent > -308, Double("1e\(exponent)").map({ $0 > magnitude }) ?? false { exponent -= 1 }
    // 9.996 has three digits as 10.0.
    let decimals = digits - 1 - exponent
    guard (0...20).contains(decimals) else { return decimals }
    let rounded = Double(fixed(magnitude, decimals: decimals)) ?? magnitude
    return rounded >= Double("1e\(exponent + 1)") ?? .infinity ? decimals - 1 : decimals
}

/// As C's `%.ng`: that many significant digits, without zeros at the end.
package func rounded(_ value: Double, significant digits: Int) -> String {
    let places = decimals(of: value, significant: digits)
    guard value.isFinite, (0...20).contains(places) else { return "\(value)" }
    let text = fixed(value, decimals: places)
    guard text.contains(".") else { return text }
    let short = text.reversed().drop { $0 == "0" }.drop { $0 == "." }
    return String(short.reversed())
}

private func power(of base: UInt128, _ exponent: Int) -> UInt128 {
    (0..<exponent).reduce(1) { power, _ in power * base }
}
