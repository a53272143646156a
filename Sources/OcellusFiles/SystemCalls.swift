// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

// Calls of the system whose names this room or another gives to something of its own.

/// As `write(2)`.
package func written(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int {
    write(descriptor, bytes.baseAddress, bytes.count)
}

/// As `read(2)`.
package func received(_ bytes: UnsafeMutableRawBufferPointer, from descriptor: Int32) -> Int {
    read(descriptor, bytes.baseAddress, bytes.count)
}

/// As `open(2)`; files are made with the rights that the process's mask leaves.
package func opened(_ path: UnsafePointer<CChar>, _ flags: Int32) -> Int32 { open(path, flags, 0o666) }

/// Lets this thread wait.
package func waitHere(seconds: Double) {
    guard seconds > 0 else { return }
    let seconds = min(seconds, 86_400)
    var span = timespec(tv_sec: Int(seconds), tv_nsec: Int((seconds - seconds.rounded(.down)) * 1e9))
    var rest = timespec()
    while nanosleep(&span, &rest) != 0, errno == EINTR { span = rest }
}

/// Seconds that all threads of this process have computed, as `clock(3)` counts them.
package func processorTime() -> Double { Double(clock()) / Double(CLOCKS_PER_SEC) }

/// Bytes that a directory's volume can still take for this user; 0 when that cannot be told.
package func freeSpace(of directory: Path) -> Int {
    var status = statvfs()
    guard directory.withCString({ statvfs($0, &status) }) == 0 else { return 0 }
    let (bytes, overflow) = Int(clamping: status.f_bavail).multipliedReportingOverflow(
        by: Int(clamping: status.f_frsize))
    return overflow ? Int.max : bytes
}

/// The user's directory: `HOME`, else what the system's list of users says; `/` for a user without one.
package var homeDirectory: Path {
    if let home = getenv("HOME"), home.pointee != 0 { return Path(cString: home) }
    guard let user = getpwuid(getuid()), let home = user.pointee.pw_dir else { return Path("/") }
    return Path(cString: home)
}

/// The most bytes of memory that this process has held at one time; 0 when the system does not tell.
package func peakMemory() -> Int {
    var usage = rusage()
    // RUSAGE_SELF, whose type differs between systems.
    guard getrusage(0, &usage) == 0 else { return 0 }
    #if canImport(Darwin)
        return usage.ru_maxrss
    #else
        return usage.ru_maxrss * 1024
    #endif
}
