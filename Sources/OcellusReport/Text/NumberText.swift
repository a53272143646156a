// SPDX-License-Identifier: Apache-2.0

package import OcellusGraph
import OcellusModel
package import OcellusTensor

/// Numbers as people read them, the same on the terminal and on the page, whatever the locale.
///
/// A value that is not finite prints as `–`: a report never shows NaN.
package enum NumberText {
    /// `12,230,010`
    package static func integer(_ value: Int) -> String {
        let digits = Array(String(value.magnitude))
        var text = value < 0 ? "−" : ""
        for (position, digit) in digits.enumerated() {
            if position > 0, (digits.count - position) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return text
    }

    /// Fixed decimals with a true minus sign, and no `−0.0`.
    package static func decimal(_ value: Double, _ digits: Int) -> String {
        guard value.isFinite else { return "–" }
        let text = fixed(abs(value), decimals: digits)
        return value < 0 && text.contains(where: { $0 != "0" && $0 != "." }) ? "−" + text : text
    }

    /// A fraction as a percentage: `84.2 %`.
    package static func percent(_ fraction: Double?, digits: Int = 1) -> String {
        guard let fraction, fraction.isFinite else { return "–" }
        return decimal(100 * fraction, digits) + " %"
    }

    /// A difference of fractions in percentage points with its sign: `+7.7`.
    package static func points(_ difference: Double) -> String {
        let text = decimal(100 * difference, 1)
        return text == "–" || text.hasPrefix("−") || text == "0.0" ? text : "+" + text
    }

    /// Three significant digits and a unit prefix: `12.2 M`.
    package static func short(_ value: Int) -> String {
        scaled(Double(value), base: 1000, units: ["", " k", " M", " G", " T", " P"])
    }

    /// Decimal units: `48.9 MB`.
    package static func bytes(_ value: Int) -> String {
        scaled(Double(value), base: 1000, units: [" B", " kB", " MB", " GB", " TB", " PB"])
    }

    /// `0.84 s`, `12.3 s`, `3 min 20 s`, `1 h 05 min`
    package static func seconds(_ value: Double) -> String {
        guard value.isFinite, value < 1e12 else { return "–" }
        if value < 59.95 { return significant(value) + " s" }
        let whole = Int(value.rounded())
        if whole < 3600 { return "\(whole / 60) min \(twoDigits(whole % 60)) s" }
        return "\(integer(whole / 3600)) h \(twoDigits(whole % 3600 / 60)) min"
    }

    /// `0.031`, `< 0.001`
    package static func pValue(_ value: Double) -> String {
        guard value.isFinite else { return "–" }
        return value < 0.001 ? "< 0.001" : decimal(value, 3)
    }

    /// A rate: whole numbers from 100 on, three significant digits below.
    package static func rate(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "–" }
        return value >= 100 ? integer(Int(value.rounded())) : significant(value)
    }

    /// Three significant digits without an exponent.
    package static func significant(_ value: Double) -> String {
        guard value.isFinite else { return "–" }
        guard value != 0 else { return "0" }
        // Rounded first: 0.9996 has the exponent of 1.00.
        return decimal(value, max(0, min(6, decimals(of: value, significant: 3))))
    }

    /// `28×28×1` (width, height, channels) for an image, `128` for features.
    package static func size(_ shape: Shape) -> String {
        guard shape.rank == 3 else { return shape.dimensions.map(String.init).joined(separator: "×") }
        return "\(shape[2])×\(shape[1])×\(shape[0])"
    }

    /// `5×5` (width, height).
    package static func size(_ size: Size2D) -> String { "\(size.width)×\(size.height)" }

    private static func twoDigits(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }

    private static func scaled(_ value: Double, base: Double, units: [String]) -> String {
        var (value, unit) = (value, 0)
        // 999.5 would print as 1000 of the smaller unit.
        while abs(value) >= base * 0.9995, unit < units.count - 1 {
            value /= base
            unit += 1
        }
        return (unit == 0 ? decimal(value, 0) : significant(value)) + units[unit]
    }
}

/// `one seed`, `5 seeds`
package func counted(_ count: Int, _ noun: String, plural: String? = nil) -> String {
    count == 1 ? "one \(noun)" : "\(NumberText.integer(count)) \(plural ?? noun + "s")"
}
