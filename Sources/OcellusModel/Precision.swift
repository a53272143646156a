// SPDX-License-Identifier: Apache-2.0

/// What products are computed in.
///
/// Weights, their update, the loss, batch statistics and every sum are float32 in both.
public enum Precision: String, Hashable, Codable, Sendable, CaseIterable {
    /// 24 significant bits everywhere.
    case float32
    /// The factors of convolutions and dense layers, and the maps between them, are rounded to 8 significant bits
    /// (bfloat16); the products are summed in float32.
    case bfloat16
}
