// SPDX-License-Identifier: Apache-2.0

/// The version of the library and the command, by semantic versioning.
public enum OcellusVersion {
    public static let current = "0.1.0"
}
