// SPDX-License-Identifier: Apache-2.0

/// Which algorithm each direction of each convolution takes where that was measured instead of decided by a rule.
///
/// Algorithms differ in the order of their sums, so the choice decides the last bits of every result. A run and its model
/// keep the table and use it again on the same machine. Its keys and names are the device's own: whoever keeps the table
/// neither reads nor changes them.
public struct AlgorithmTable: Hashable, Codable, Sendable {
    /// Processor, libraries and kernels that it was measured with.
    public var machine: String
    /// An algorithm's name by the direction, sizes, precision and threads that it was chosen for.
    public var choices: [String: String]

    public init(machine: String, choices: [String: String]) {
        self.machine = machine
        self.choices = choices
    }
}
