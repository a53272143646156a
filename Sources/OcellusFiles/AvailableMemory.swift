// SPDX-License-Identifier: Apache-2.0

import COcellusFiles

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The one place that says how much memory this process may take: what the machine has, the control groups allow, and the
/// limit on addresses (`ulimit -v`) leaves, whichever is least.
///
/// A group is bound by its own limit and by those of all groups that hold it; a process that takes more is killed without a
/// word. What others hold is not subtracted: it changes from moment to moment.
package enum AvailableMemory {
    /// Bytes, as they were when the process asked first.
    package static let bytes = bytes()

    /// - Parameters:
    ///   - machine: Bytes that the machine has.
    ///   - addresses: Bytes of addresses that the process may use; `nil` without a limit.
    ///   - root: Where the system's files lie; another folder in tests.
    package static func bytes(
        machine: UInt64 = ProcessInfo.processInfo.physicalMemory, addresses: UInt64? = addressLimit, root: String = ""
    ) -> UInt64 {
        let limits = ControlGroups(controller: "memory", root: root).folders.compactMap { folder in
            switch folder {
            // "max" without a limit.
            case .unified(let path): ControlGroups.number("\(path)/memory.max")
            // A number beyond every machine without a limit.
            case .divided(let path): ControlGroups.number("\(path)/memory.limit_in_bytes")
            }
        }
        return limits.filter { $0 >= 0 }.map { UInt64(exactly: $0.rounded(.down)) ?? .max }
            .reduce(min(machine, addresses ?? machine), min)
    }

    /// The process's limit on addresses; `nil` without one.
    package static var addressLimit: UInt64? {
        var limit = rlimit()
        #if canImport(Glibc)
            let status = getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
        #else
            let status = getrlimit(RLIMIT_AS, &limit)
        #endif
        guard status == 0, limit.rlim_cur < UInt64(Int64.max) else { return nil }
        return UInt64(limit.rlim_cur)
    }

    /// Gives large buffers back to the system as soon as they are freed, for commands that decode pictures of many sizes.
    package static func returnLargeBuffers() { ocellus_return_large_buffers(4 << 20) }
}
