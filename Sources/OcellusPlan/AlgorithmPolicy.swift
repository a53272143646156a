// SPDX-License-Identifier: Apache-2.0

/// How algorithms are chosen where there are several.
package enum AlgorithmPolicy: String, Codable, Sendable, CaseIterable {
    /// By what was measured on this machine.
    case measured
    /// By a rule of the shapes.
    case fixed
}

/// How an algorithm came to be chosen.
package enum AlgorithmOrigin: String, Sendable {
    /// By a rule of the shapes.
    case fixed
    /// By measuring, on this machine.
    case measured
    /// By the run or the model file, which keep what was measured.
    case stored
}
