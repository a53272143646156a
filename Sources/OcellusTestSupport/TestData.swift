// SPDX-License-Identifier: Apache-2.0

package import Foundation

/// Files that tests read.
package enum TestData {
    /// A large public data set that is not part of the repository: a folder of the directory that the environment
    /// variable OCELLUS_TEST_DATA names, else of `data` in the folder `shared` next to the checkout. `nil` when it is not
    /// there; tests that need it are then skipped:
    ///
    ///     @Test(.enabled(if: TestData.large("mnist") != nil, "needs mnist/ in OCELLUS_TEST_DATA"))
    package static func large(_ name: String) -> URL? {
        let named = ProcessInfo.processInfo.environment["OCELLUS_TEST_DATA"].map { URL(fileURLWithPath: $0) }
        let folder = (named ?? checkout.deletingLastPathComponent().appending(components: "shared", "data"))
            .appending(path: name)
        return FileManager.default.fileExists(atPath: folder.path(percentEncoded: false)) ? folder : nil
    }

    /// The top folder of this source tree.
    package static let checkout = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// A file in the folder `Fixtures` beside the test file that asks.
    package static func fixture(_ name: String, testFile: String = #filePath) -> URL {
        URL(fileURLWithPath: testFile).deletingLastPathComponent().appending(components: "Fixtures", name)
    }
}
