// SPDX-License-Identifier: Apache-2.0

package import OcellusData
import OcellusPixels
import OcellusTensor

#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

/// Whether the files of a set are still those that were published.
package struct SetVerification: Sendable, Hashable {
    package enum State: Sendable, Hashable {
        case good
        case missing
        case damaged(needs: String, received: String)
        case unreadable(String)
    }

    package var file: String
    package var path: String
    package var state: State

    /// Reads all files of a set and compares their checksums; nothing is changed.
    package static func files(of set: StandardSet, in root: URL = StandardSet.root) -> [SetVerification] {
        let presence = set.presence(in: root)
        let directory = presence.directory ?? set.directory(in: root).path(percentEncoded: false)
        let isInstalled = if case .installed = presence { true } else { false }
        return set.files.map { file in
            let path = "\(directory)/\(file.name)"
            return SetVerification(
                file: file.name, path: path, state: state(of: file, at: path, isInstalled: isInstalled))
        }
    }

    private static func state(of file: StandardSet.File, at path: String, isInstalled: Bool) -> State {
        guard FileManager.default.fileExists(atPath: path) else { return .missing }
        do {
            let mismatch = try StandardSet.mismatch(of: file, at: path, isInstalled: isInstalled)
            return mismatch.map { .damaged(needs: $0.needs, received: $0.received) } ?? .good
        } catch {
            return .unreadable(error.because ?? error.summary)
        }
    }
}
