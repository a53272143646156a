// SPDX-License-Identifier: Apache-2.0

import OcellusReport
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Ctrl-C, SIGTERM, and SIGHUP, which a terminal sends when it closes. While something can be lost, the first asks for a clean stop and the second ends the process at
/// once; before and after, the first ends it.
enum StopRequest {
    private static let signal = Atomic<Int32>(0)
    private static let isClean = Atomic<Bool>(false)
    /// Address of a C text, 0 for none; never freed, because the handler may be reading it.
    private static let farewell = Atomic<UInt>(0)

    /// The signal that asked to stop; `nil` when none did.
    static var received: Int32? {
        let value = signal.load(ordering: .relaxed)
        return value == 0 ? nil : value
    }

    /// Whether work should stop at the next point where nothing is lost.
    static var isPending: Bool { received != nil }

    static func install() {
        // Touched here so that the handler finds them initialised.
        signal.store(0, ordering: .relaxed)
        isClean.store(false, ordering: .relaxed)
        farewell.store(0, ordering: .relaxed)
        for number in [SIGINT, SIGTERM, SIGHUP] {
            // Under nohup the process outlives its terminal.
            if number == SIGHUP, isIgnored(number) { continue }
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { StopRequest.handle($0) }
            sigaction(number, &action, nil)
        }
    }

    private static func isIgnored(_ number: Int32) -> Bool {
        var action = sigaction()
        guard sigaction(number, nil, &action) == 0, let handler = action.__sigaction_handler.sa_handler else {
            return false
        }
        return unsafeBitCast(handler, to: UInt.self) == unsafeBitCast(SIG_IGN, to: UInt.self)
    }

    /// From here on the first signal waits for whoever asks ``isPending``.
    static func beginCleanStops() { isClean.store(true, ordering: .relaxed) }

    /// From here on a signal ends the process, because everything that matters is on disk.
    ///
    /// - Parameter message: Written to stderr then.
    static func endCleanStops(message: String) {
        let text = Console.style(of: STDERR_FILENO, color: .never).shownLines(message)
        farewell.store(UInt(bitPattern: strdup(text + "\n")), ordering: .releasing)
        isClean.store(false, ordering: .relaxed)
        if let received { handle(received) }
    }

    /// Calls only what a signal handler may.
    private static func handle(_ number: Int32) {
        if isClean.load(ordering: .relaxed) {
            let (isFirst, _) = signal.compareExchange(expected: 0, desired: number, ordering: .relaxed)
            if isFirst { return }
        } else if let text = UnsafePointer<CChar>(bitPattern: farewell.load(ordering: .acquiring)) {
            _ = write(STDERR_FILENO, text, strlen(text))
        }
        _exit(128 + number)
    }
}
