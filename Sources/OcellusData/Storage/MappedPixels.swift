// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
import OcellusPixels
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

/// Bytes in a file without a name, mapped into memory: more than memory holds is no trouble, and the space is free again
/// when this object or the process ends, however it ends.
final class MappedPixels: Sendable {
    /// Written by many threads, each its own images, before it is shared; only read after that.
    nonisolated(unsafe) let bytes: UnsafeMutableBufferPointer<UInt8>

    /// - Parameters:
    ///   - count: At least 1.
    ///   - directory: Made when missing.
    /// - Throws: ``DataError/Code/tooLarge`` when the volume has no space, ``DataError/Code/notPermitted`` when the
    ///   directory cannot be written.
    init(count: Int, in directory: URL) throws(DataError) {
        let template = directory.appending(path: "decoded-XXXXXX").path(percentEncoded: false)
        _ = try? Path(directory.path(percentEncoded: false)).makeDirectories()
        var name = Array(template.utf8CString)
        let descriptor = mkstemp(&name)
        guard descriptor >= 0 else {
            throw DataError(
                .notPermitted, "no file for decoded images can be made in \(directory.path(percentEncoded: false)).",
                because: String(cString: strerror(errno)), advice: "another XDG_CACHE_HOME, or --cache none")
        }
        defer { close(descriptor) }
        unlink(name)
        // Space is taken now: a page that finds none later would end the process.
        #if canImport(Darwin)
            let status = ftruncate(descriptor, off_t(count)) == 0 ? 0 : errno
        #else
            let status = posix_fallocate(descriptor, 0, off_t(count))
        #endif
        let pages = status == 0 ? mmap(nil, count, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0) : nil
        guard let pages, pages != MAP_FAILED else {
            throw DataError(
                .tooLarge, "the decoded images do not fit into \(directory.path(percentEncoded: false)).",
                needs: "\(count) bytes", because: String(cString: strerror(status == 0 ? errno : status)),
                advice: "another XDG_CACHE_HOME, or --cache none")
        }
        bytes = UnsafeMutableBufferPointer(start: pages.assumingMemoryBound(to: UInt8.self), count: count)
    }

    deinit { munmap(bytes.baseAddress, bytes.count) }

    func prefetch(_ range: Range<Int>) {
        guard let base = bytes.baseAddress else { return }
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        let start = range.lowerBound / page * page
        madvise(base + start, range.upperBound - start, MADV_WILLNEED)
    }
}
