// SPDX-License-Identifier: Apache-2.0

/// The text with `�` for every scalar that would move a cursor, break a line or turn the writing direction.
///
/// Names of files, classes and tensors may hold anything; a terminal that shows them must not obey them.
package func harmless(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
        let isHarmful =
            switch scalar.value {
            case 0...0x1F, 0x7F...0x9F, 0x61C, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF, 0xFFFE,
                0xFFFF:
                true
            default: false
            }
        result.append(isHarmful ? "\u{FFFD}" : scalar)
    }
    return String(result)
}
