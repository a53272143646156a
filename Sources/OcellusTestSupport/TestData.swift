// SPDX-License-Identifier: Apache-2.0

package import Foundation

/// Files that tests read.
package enum TestData {
    /// The folder of the large data sets: the one that the environment variable OCELLUS_TEST_DATA names, else `data` in
    /// the folder `shared` next to the checkout. `nil` when there is none; tests that need it are then skipped:
    ///
    ///     @Test(.enabled(if: TestData.folder != nil, "set OCELLUS_TEST_DATA to the folder of the data sets"))
    package static let folder: URL? = {
        let named = ProcessInfo.processInfo.environment["OCELLUS_TEST_DATA"].map { URL(fileURLWithPath: $0) }
        let folder = named ?? checkout.deletingLastPathComponent().appending(components: "shared", "data")
        var isDirectory: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: folder.path, isDirectory: &isDirectory)
        return exists && isDirectory.boolValue ? folder : nil
    }()

    /// The top folder of this source tree.
    package static let checkout = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// A file in the folder `Fixtures` beside the test file that asks.
    package static func fixture(_ name: String, testFile: String = #filePath) -> URL {
        URL(fileURLWithPath: testFile).deletingLastPathComponent().appending(components: "Fixtures", name)
    }
}
