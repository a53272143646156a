// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Asks before memory is taken: Swift's arrays end the process where there is none.
package enum FreeMemory {
    /// Whether the system gives that many bytes now. Nothing is kept; what is asked for right after it is there too, unless
    /// another thread takes it.
    package static func grants(_ bytes: Int) -> Bool {
        guard let memory = malloc(max(1, bytes)) else { return false }
        free(memory)
        return true
    }
}
