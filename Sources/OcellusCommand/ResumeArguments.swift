// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// What may stand beside `--resume`: a run has its settings, and an option that would be ignored is refused.
enum ResumeArguments {
    private static let always = [
        "--resume", "--checkpoint-interval", "--json", "--quiet", "-q", "--color",
    ]

    /// - Throws: `ValidationError` that names the first option which the run has decided already.
    static func validate(also: [String], because: String) throws {
        for name in Arguments.optionNames {
            guard !always.contains(name), !also.contains(name) else { continue }
            throw ValidationError("\(name) cannot be given with --resume: \(because).")
        }
    }
}
