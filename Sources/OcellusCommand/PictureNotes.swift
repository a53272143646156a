// SPDX-License-Identifier: Apache-2.0

import OcellusPixels

/// What of pictures a model does not see, one line for each kind.
struct PictureNotes {
    private static let mostNames = 5

    private var several: [String] = []
    private var banded: [String] = []

    mutating func add(_ header: ImageHeader, of name: String) {
        if header.hasMoreFrames { several.append(name) }
        if header.bandsLeftOut > 0 { banded.append("\(name) (\(header.bandsLeftOut))") }
    }

    var lines: [String] {
        var lines: [String] = []
        if !several.isEmpty {
            lines.append("of several pages or frames the first is seen: \(Self.list(several))")
        }
        if !banded.isEmpty {
            lines.append("bands beside gray or colour are left out: \(Self.list(banded))")
        }
        return lines
    }

    private static func list(_ names: [String]) -> String {
        let shown = names.prefix(mostNames).joined(separator: ", ")
        return names.count > mostNames ? "\(shown) and \(names.count - mostNames) more" : shown
    }
}
