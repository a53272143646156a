// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Why the system refused a call. Rooms turn it into their own errors, which name what was tried.
package struct SystemError: Error, Hashable, Sendable {
    package var number: Int32

    package init(_ number: Int32) { self.number = number }

    /// In the system's words.
    package var reason: String { String(cString: strerror(number)) }
}
