// SPDX-License-Identifier: Apache-2.0

import Ocellus
import OcellusFiles
import OcellusPlan
import OcellusTensor

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

    /// Throws where the process may open so few files, start so few threads or use so few addresses that Swift's own
    /// machinery would end it, or wait for ever, without a word.
    ///
    /// - Throws: ``ResourceError``.
    static func requireResources() throws(ResourceError) {
        try requireDescriptors(4)
        if let limit = AvailableMemory.addressLimit, limit < leastAddresses {
            throw ResourceError(
                .memory, "the process may use too little memory.", needs: "\(leastAddresses >> 20) MiB of addresses",
                received: "\(limit >> 20) MiB", advice: "a higher limit (ulimit -v)")
        }
        try ThreadSupply.require(ProcessInfo.processInfo.activeProcessorCount + 1)
    }

    /// The program, its libraries and the stacks of a few threads, before there is a picture.
    private static let leastAddresses: UInt64 = 512 << 20

    private static func requireDescriptors(_ count: Int) throws(ResourceError) {
        let open = (0..<count).map { _ in dup(STDERR_FILENO) }
        let isClosed = open.allSatisfy { $0 < 0 } && fcntl(STDERR_FILENO, F_GETFD) == -1
        let received = open.count { $0 >= 0 }
        for descriptor in open where descriptor >= 0 { close(descriptor) }
        guard received < count, !isClosed else { return }
        throw ResourceError(
            .descriptors, "the process may open too few files.", needs: "\(count) beside those that are open",
            received: "\(received)", advice: "a higher limit of open files (ulimit -n)")
    }

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
            if predictsFewFiles(Arguments.given) { return EngineChoice.sleepSoon() }
            setenv("GOMP_SPINCOUNT", spinCount, 1)
            // Where the program cannot start itself it runs with the default.
            Arguments.startAgain()
        #endif
    }

    /// Whether the command is `predict` with a model and at most eight files, by the arguments as they stand: among them may
    /// be an option's value.
    static func predictsFewFiles(_ arguments: [String]) -> Bool {
        guard arguments.first == "predict" else { return false }
        let places = arguments.dropFirst().filter { !$0.hasPrefix("-") }
        let isFile = places.map { place in
            let status = FileStatus(of: Path(escaped: place))
            return status == nil || status?.kind == .file
        }
        return !arguments.contains("-") && places.count <= 9 && isFile.allSatisfy { $0 }
    }
}
