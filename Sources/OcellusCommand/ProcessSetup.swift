// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What has to be settled before the first line of work.
enum ProcessSetup {
    /// A file above the size limit of the process (`ulimit -f`) is a full disk and no reason to die: the write fails and
    /// says so.
    static func reportFileSizeLimit() { signal(SIGXFSZ, SIG_IGN) }

    /// GNU OpenMP reads its spin count when it is loaded, so it is set and the program starts itself once more.
    ///
    /// With the default a team spins for milliseconds after each parallel region, and two processes on the same cores slow
    /// each other down a hundredfold; 10,000 rounds cost nothing when alone. A value that the user has set stays.
    static func configureThreadLibrary() {
        #if os(Linux)
            let variables = ["GOMP_SPINCOUNT", "OMP_WAIT_POLICY"]
            guard variables.allSatisfy({ getenv($0) == nil }) else { return }
            setenv("GOMP_SPINCOUNT", "10000", 1)
            var arguments: [UnsafeMutablePointer<CChar>?] = CommandLine.arguments.map { strdup($0) }
            arguments.append(nil)
            execv("/proc/self/exe", arguments)
            // Reached only when the program cannot start itself, e.g. without /proc: it then runs with the default.
            for argument in arguments { free(argument) }
        #endif
    }
}
