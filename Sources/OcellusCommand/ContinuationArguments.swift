// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// What may stand beside `--continue-from`: network and preprocessing are the model's, and an option that would be ignored is
/// refused.
enum ContinuationArguments {
    private static let decidedByModel: Set<String> = [
        "--network", "--recipe", "--normalize", "--size", "--fit", "--resampling",
    ]

    /// - Throws: `ValidationError` that names the first option which the model has decided already, or the one that is missing.
    static func validate(_ given: [String] = Arguments.optionNames, hasData: Bool) throws {
        if let name = given.first(where: decidedByModel.contains) {
            throw ValidationError("\(name) cannot be given with --continue-from: the model decides it.")
        }
        guard hasData else {
            throw ValidationError("--continue-from needs --data: the images to go on with.")
        }
    }
}
