// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusImages

/// One file of a set, from the first mirror that gives it.
struct Download {
    let file: StandardSet.File
    let set: StandardSet
    let directory: String
    let settings: SetFetcher

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
        for address in addresses {
            switch try fetch(from: address, into: part, report) {
            case .done: return
            case .failed(let reason):
                reasons.append("\(address): \(reason)")
            case .wrong(let reason):
                isWrong = true
                reasons.append("\(address): \(reason)")
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

    private var addresses: [String] {
        (settings.mirrors + set.mirrors).map { mirror in
            let base = mirror.hasSuffix("/") ? mirror : mirror + "/"
            return base + file.name
        }
    }

    private func fetch(
        from address: String, into part: PartFile, _ report: (FetchEvent) -> Void
    ) throws(FetchError) -> Verdict {
        var reason = ""
        var hasStartedAgain = false
        var attempt = 0
        while attempt < settings.tries {
            if attempt > 0 { Thread.sleep(forTimeInterval: settings.pause * Double(1 << min(attempt - 1, 5))) }
            attempt += 1
            let offset = part.count
            report(.started(file: file.name, address: address, offset: offset))
            switch try transfer(address, part, report) {
            case .complete:
                guard let mismatch = try finish(part, report) else { return .done }
                // What an earlier transfer left may have been the wrong part.
                guard offset > 0, !hasStartedAgain else { return .wrong(mismatch) }
                reason = mismatch
                hasStartedAgain = true
            case .interrupted(let text):
                reason = text
            case .unusablePart(let text):
                try part.empty()
                guard !hasStartedAgain else { return .failed(text) }
                reason = text
                hasStartedAgain = true
            case .useless(let text):
                return .failed(text)
            }
        }
        return .failed(attempt > 1 ? "\(reason), at the last of \(attempt) tries" : reason)
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
