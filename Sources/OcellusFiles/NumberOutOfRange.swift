// SPDX-License-Identifier: Apache-2.0

import OcellusTensor

/// A number of a file that means nothing where it stands.
///
/// Numbers of files may be anything their type can hold. They are compared with what they can mean before something is
/// computed from them: one more than the largest number there is ends the process.
package struct NumberOutOfRange: Error, Hashable, Sendable {
    package let name: String
    package let needs: String
    package let received: String

    package init(name: String, needs: String, received: String) {
        self.name = name
        self.needs = needs
        self.received = received
    }

    /// The same inside of another value: `runs[1].` in front of the name.
    package func inside(_ path: String) -> NumberOutOfRange {
        NumberOutOfRange(name: "\(path).\(name)", needs: needs, received: received)
    }

    /// - Parameters:
    ///   - name: As the file calls it.
    ///   - allowed: Holds no NaN, so neither passes one.
    package static func check<Value: Comparable>(
        _ name: String, _ value: Value, in allowed: ClosedRange<Value>
    ) throws(NumberOutOfRange) {
        guard !allowed.contains(value) else { return }
        let needs =
            allowed.lowerBound == allowed.upperBound
            ? "\(allowed.lowerBound)" : "\(allowed.lowerBound) to \(allowed.upperBound)"
        throw NumberOutOfRange(name: name, needs: needs, received: "\(value)")
    }
}
