// SPDX-License-Identifier: Apache-2.0

import OcellusData
import OcellusFiles
import OcellusTensor

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// One file of a set, from the first mirror that gives it.
struct Download {
    let file: StandardSet.File
    let set: StandardSet
    let directory: String
    let settings: SetFetcher

    /// Requests to one mirror, whatever they bring.
    private static let mostRequests = 50

    private var place: String { "\(directory)/\(file.name)" }

    /// What one mirror came to.
    private enum Verdict {
        case done
        /// Nothing whole came.
        case failed(String)
        /// All bytes came, and they are others.
        case wrong(String)
    }

    /// - Throws: ``FetchError`` when no mirror gave the file.
    func run(_ report: (FetchEvent) -> Void) throws(FetchError) {
        let part = try PartFile(place + ".part")
        // Left by a process that ended at the wrong moment.
        if part.count >= file.size, try finish(part, report) == nil { return }
        var reasons: [String] = []
        var isWrong = false
        for mirror in settings.mirrors + set.mirrors {
            switch try fetch(from: mirror, into: part, report) {
            case .done: return
            case .failed(let reason):
                reasons.append("\(mirror): \(reason)")
            case .wrong(let reason):
                isWrong = true
                reasons.append("\(mirror): \(reason)")
            }
            report(.notice(reasons[reasons.count - 1]))
        }
        let isKept = part.count > 0
        if !isKept { unlink(part.path) }
        throw FetchError(
            isWrong ? .wrongContent : .failed, "\(file.name) of \(set.name) could not be fetched.",
            needs: "\(file.size) bytes with the SHA-256 \(file.sha256)", because: reasons.joined(separator: "; "),
            advice: isKept
                ? "again later: what was received is kept; or another address by --mirror"
                : "again later, or another address by --mirror")
    }

    private func fetch(
        from mirror: String, into part: PartFile, _ report: (FetchEvent) -> Void
    ) throws(FetchError) -> Verdict {
        let address = (mirror.hasSuffix("/") ? mirror : mirror + "/") + file.name
        var reason = ""
        var hasStartedAgain = false
        var fruitless = 0
        report(.started(file: file.name, address: address, offset: part.count))
        for request in 1...Self.mostRequests {
            if request > 1 {
                report(.again(file: file.name, reason: reason, offset: part.count))
                waitHere(seconds: settings.pause * Double(1 << max(0, fruitless - 1)))
            }
            let offset = part.count
            switch try transfer(address, part, report) {
            case .complete:
                guard let mismatch = try finish(part, report) else { return .done }
                // What an earlier transfer left may have been the wrong part.
                guard offset > 0, !hasStartedAgain else { return .wrong(mismatch) }
                reason = mismatch
                hasStartedAgain = true
            case .interrupted(let text):
                reason = text
                fruitless = part.count > offset ? 0 : fruitless + 1
                guard fruitless < settings.tries else { return .failed(text) }
            case .unusablePart(let text):
                try part.empty()
                guard !hasStartedAgain else { return .failed(text) }
                reason = text
                hasStartedAgain = true
            case .useless(let text):
                return .failed(text)
            }
        }
        return .failed("\(reason), at the last of \(Self.mostRequests) requests")
    }

    private func transfer(
        _ address: String, _ part: PartFile, _ report: (FetchEvent) -> Void
    ) throws(FetchError) -> Transfer.Outcome {
        var outcome = Result<Transfer.Outcome, FetchError>.success(.interrupted(""))
        withoutActuallyEscaping(report) { report in
            outcome = Result { () throws(FetchError) in
                try Transfer.run(address, part: part, size: file.size, patience: settings.patience) {
                    report(.progress(file: file.name, bytes: $0, size: file.size))
                }
            }
        }
        return try outcome.get()
    }

    /// Puts a file that is as published into its place; keeps any other as `.bad`, and `part` is empty then.
    ///
    /// - Returns: `nil`, or what is wrong.
    private func finish(_ part: PartFile, _ report: (FetchEvent) -> Void) throws(FetchError) -> String? {
        do {
            guard let mismatch = try StandardSet.mismatch(of: file, at: part.path) else {
                try part.move(to: place)
                unlink(place + ".bad")
                report(.finished(file: file.name, size: file.size))
                return nil
            }
            try part.keep(as: place + ".bad")
            return "its SHA-256 is \(mismatch.received) (kept as \(file.name).bad)"
        } catch let error as FetchError {
            throw error
        } catch {
            throw FetchError(.writeFailed, "\(part.path) cannot be read again.", because: "\(error)")
        }
    }
}
