// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
import OcellusPixels
import OcellusTensor

/// What this process can hold.
enum Memory {
    /// Throws ``DataError/Code/noMemory`` when `bytes` are more than this process may take, or than it is given now.
    static func check(
        _ bytes: Int, for name: String, available: UInt64 = AvailableMemory.bytes
    ) throws(DataError) {
        guard UInt64(clamping: bytes) <= available, FreeMemory.grants(bytes) else {
            throw DataError(
                .noMemory, "\(name) does not fit into memory.", needs: "\(gibibytes(UInt64(clamping: bytes)))",
                received: "\(gibibytes(available)) for this process, what it holds already included",
                advice: "fewer or smaller images")
        }
    }

    static func gibibytes(_ bytes: UInt64) -> String {
        "\((Double(bytes) / Double(1 << 30) * 10).rounded() / 10) GiB"
    }
}
