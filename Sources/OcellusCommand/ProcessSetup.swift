// SPDX-License-Identifier: Apache-2.0

import Foundation
import Ocellus

/// What has to be settled before the first line of work.
enum ProcessSetup {
    /// A file above the size limit of the process (`ulimit -f`) is a full disk and no reason to die: the write fails and
    /// says so.
    static func reportFileSizeLimit() { signal(SIGXFSZ, SIG_IGN) }

    /// Where standard input is closed its number would go to the next file that is opened, and that would be read instead.
    /// What stands there from now on cannot be read, as if nothing were there.
    static func occupyStandardInput() {
        if fcntl(STDIN_FILENO, F_GETFD) == -1 { _ = open("/dev/null", O_WRONLY) }
    }

    /// A reader of stderr that has gone away, as in `2>&1 | head`, is no reason to lose a training: the write fails and
    /// nobody misses it. ``Console/output(_:)`` restores the signal for stdout.
    static func outliveReaders() { signal(SIGPIPE, SIG_IGN) }

    /// How often a thread of GNU OpenMP looks for work before it sleeps, some 10 to 20 microseconds.
    ///
    /// With OpenMP's own 300,000 a team spins for milliseconds after each parallel region: two processes on the same cores
    /// slow each other down thirtyfold. 1,000 cost nothing when alone, below 300 the step of a small network gets longer.
    static let spinCount = "1000"

    /// GNU OpenMP reads its spin count when it is loaded, so it is set and the program starts itself once more, which takes
    /// some 20 milliseconds. Where a few files are predicted that is longer than the work, and its threads spin even less.
    /// A value that the user has set stays.
    static func configureThreadLibrary() {
        #if os(Linux)
            let variables = ["GOMP_SPINCOUNT", "OMP_WAIT_POLICY"]
            guard variables.allSatisfy({ getenv($0) == nil }) else { return }
            if predictsFewFiles(CommandLine.arguments) { return EngineChoice.sleepSoon() }
            setenv("GOMP_SPINCOUNT", spinCount, 1)
            var arguments: [UnsafeMutablePointer<CChar>?] = CommandLine.arguments.map { strdup($0) }
            arguments.append(nil)
            execv("/proc/self/exe", arguments)
            // Reached only when the program cannot start itself, e.g. without /proc: it then runs with the default.
            for argument in arguments { free(argument) }
        #endif
    }

    /// Whether the command is `predict` with a model and at most eight files, by the arguments as they stand: among them may
    /// be an option's value.
    static func predictsFewFiles(_ arguments: [String]) -> Bool {
        guard arguments.count > 1, arguments[1] == "predict" else { return false }
        let places = arguments.dropFirst(2).filter { !$0.hasPrefix("-") }
        let isFile = places.map { place in
            var information = stat()
            return stat(place, &information) != 0 || information.st_mode & S_IFMT == S_IFREG
        }
        return !arguments.contains("-") && places.count <= 9 && isFile.allSatisfy { $0 }
    }
}
