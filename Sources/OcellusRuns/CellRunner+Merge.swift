// SPDX-License-Identifier: Apache-2.0

import OcellusArchive
import OcellusFiles
package import OcellusTraining

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension CellRunner {
    /// Takes the results that this run lacks from a copy of it, in which another machine worked.
    ///
    /// - Parameter copy: Of the same configuration, which the caller has made sure of.
    /// - Returns: How many.
    /// - Throws: ``ArchiveError`` and ``FileError`` for files that cannot be read or written; what was taken before stays.
    package func merge(from copy: RunDirectory) throws -> Int {
        guard let directory else { return 0 }
        var count = 0
        for cell in cells {
            let (source, file) = (copy.url.appending(path: maker.file(of: cell)), self.file(of: cell, in: directory))
            guard Path(source).exists, !Path(file).exists else { continue }
            try AtomicFile.createDirectory(file.deletingLastPathComponent())
            let holder = try lock(file, of: directory)
            if case .another = holder { continue }
            defer { withExtendedLifetime(holder) {} }
            guard !Path(file).exists else { continue }
            let result = try read(source, of: cell)
            for name in maker.companions(of: cell) {
                let (source, file) = (copy.url.appending(path: name), directory.url.appending(path: name))
                guard Path(source).exists else { continue }
                try AtomicFile.createDirectory(file.deletingLastPathComponent())
                try AtomicFile.write(try AtomicFile.read(source), to: file)
            }
            // Last, because it is what tells a finished cell.
            try directory.write(result, to: file)
            try maker.cleanUp(after: cell)
            count += 1
        }
        return count
    }
}
