// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusPixels

/// What the machine can hold.
enum Memory {
    /// Throws ``DataError/Code/tooLarge`` when `bytes` are more than the machine's memory.
    static func check(_ bytes: Int, for name: String) throws(DataError) {
        let available = ProcessInfo.processInfo.physicalMemory
        guard UInt64(bytes) <= available else {
            throw DataError(
                .tooLarge, "\(name) does not fit into memory.", needs: "\(gibibytes(UInt64(bytes)))",
                received: "a machine with \(gibibytes(available))", advice: "fewer or smaller images")
        }
    }

    static func gibibytes(_ bytes: UInt64) -> String {
        "\((Double(bytes) / Double(1 << 30) * 10).rounded() / 10) GiB"
    }
}
