// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// A model of the embedded images, trained once for all tests that only read it.
struct SharedModel {
    let directory: Scratch
    /// What `ocellus train --json` printed.
    let output: String
    var path: String { directory.url("run/model.safetensors").path(percentEncoded: false) }
    var file: Data { get throws { try directory.read("run/model.safetensors") } }

    static let network = "conv 4 3x3 valid, relu, maxpool 4, flatten, dense classes"

    private nonisolated(unsafe) static var made: SharedModel?

    /// The suite is serialised, so nobody asks twice at once.
    static func get() async throws -> SharedModel {
        if let made { return made }
        let directory = try Scratch()
        let result = try await Ocellus.run(
            ["train", "--network", network, "--epochs", "1", "-o", "run", "--json"], directory: directory)
        try #require(result.status == 0, "\(result.stderr)")
        let model = SharedModel(directory: directory, output: result.stdout)
        made = model
        return model
    }
}
