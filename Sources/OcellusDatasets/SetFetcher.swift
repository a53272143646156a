// SPDX-License-Identifier: Apache-2.0

package import OcellusData
import OcellusFiles
import OcellusPixels
import OcellusTensor

#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Fetches standard sets into the cache directory, when it is told to and never otherwise.
///
/// Each file is received beside its place as `NAME.part`, compared with the published SHA-256 and then moved there, so a
/// file that has its name is whole. A transfer that ends early is gone on from, by the next mirror or the next call. A file
/// with another checksum is kept as `NAME.bad`.
package struct SetFetcher: Sendable {
    /// Holds a directory for each set.
    package var root = StandardSet.root
    /// Addresses that are tried before the published ones; a file's name is appended.
    package var mirrors: [String] = []
    /// Nothing is sent; what is not here is an error.
    package var isOffline = false
    /// Seconds without a connection, or with less than 1,000 bytes each, after which a mirror is given up.
    package var patience = 30
    /// Requests in a row that may bring nothing before the next mirror is tried.
    package var tries = 3
    /// Seconds before a mirror is asked again; they double with each request that brought nothing.
    package var pause = 1.0

    package init() {}

    /// Makes sure that all files of a set are here, by their checksums.
    ///
    /// Blocks the thread. Two processes, or two calls, that fetch one set do so one after the other.
    ///
    /// - Parameters:
    ///   - set: Which.
    ///   - report: Called on this thread.
    /// - Returns: The directory of the files.
    /// - Throws: ``FetchError``; what was received stays for the next call.
    package func fetch(_ set: StandardSet, report: (FetchEvent) -> Void = { _ in }) throws(FetchError) -> String {
        if case .installed(let path) = set.presence(in: root),
            SetVerification.files(of: set, in: root).allSatisfy({ $0.state == .good })
        {
            for file in set.files { report(.present(file: file.name)) }
            return path
        }
        guard !isOffline || set.presence(in: root).directory != nil else {
            throw offline(set, lacks: set.files)
        }
        let directory = set.directory(in: root)
        let path = directory.path(percentEncoded: false)
        do {
            try Path(path).makeDirectories()
        } catch {
            throw FetchError(
                .cannotWrite, "the directory \(path) cannot be made.", because: error.reason,
                advice: "another place by XDG_CACHE_HOME")
        }
        let lock = try lock(path + "/.lock") { report(.waiting) }
        defer { withExtendedLifetime(lock) {} }
        var missing: [StandardSet.File] = []
        for file in set.files {
            if try isPresent(file, at: path + "/" + file.name, report) {
                report(.present(file: file.name))
            } else {
                missing.append(file)
            }
        }
        guard !missing.isEmpty else { return path }
        guard !isOffline else {
            throw offline(set, lacks: missing)
        }
        try checkSpace(for: missing, in: path)
        for file in missing {
            try Download(file: file, set: set, directory: path, settings: self).run(report)
        }
        return path
    }

    private func offline(_ set: StandardSet, lacks files: [StandardSet.File]) -> FetchError {
        FetchError(
            .offline, "\(set.name) is not on this machine, and nothing may be fetched.",
            needs: files.map(\.name).joined(separator: ", "), advice: "the same without --offline")
    }

    /// Keeps a set's directory for this process, which waits while another has it.
    private func lock(_ path: String, willWait: () -> Void) throws(FetchError) -> FileLock {
        do {
            return try FileLock(file: Path(path), willWait: willWait)
        } catch {
            throw FetchError.writing(path, error.number)
        }
    }

    /// A file of another content is moved out of the way.
    private func isPresent(
        _ file: StandardSet.File, at path: String, _ report: (FetchEvent) -> Void
    ) throws(FetchError) -> Bool {
        guard FileManager.default.fileExists(atPath: path) else { return false }
        do {
            guard let mismatch = try StandardSet.mismatch(of: file, at: path) else { return true }
            report(
                .notice(
                    "\(path) has the SHA-256 \(mismatch.received) instead of \(mismatch.needs): now \(file.name).bad"))
        } catch {
            report(.notice("\(path) cannot be read: now \(file.name).bad"))
        }
        guard rename(path, path + ".bad") == 0 else { throw FetchError.writing(path + ".bad", errno) }
        return false
    }

    private func checkSpace(for files: [StandardSet.File], in path: String) throws(FetchError) {
        let needed = files.reduce(0) { sum, file in
            let part = FileStatus(of: Path("\(path)/\(file.name).part"))
            return sum + max(0, file.size - (part?.size ?? 0))
        }
        let free = StandardSet.freeSpace(in: URL(filePath: path))
        // 0 stands for a volume that does not say.
        guard free == 0 || free > needed else {
            throw FetchError(
                .noSpace, "\(path) has no space for the files.", needs: "\(needed) bytes",
                received: "\(free) bytes free",
                advice: "another place by XDG_CACHE_HOME")
        }
    }
}
