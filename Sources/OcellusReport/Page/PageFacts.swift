// SPDX-License-Identifier: Apache-2.0

import OcellusEvidence

extension ComparisonRecord.Environment {
    /// Machine and software, the same on every page.
    var facts: [Pair] {
        [
            Pair(term: "processor", value: processor),
            Pair(term: "cores, threads", value: "\(cores), \(threads)"),
            Pair(term: "memory", value: NumberText.bytes(memory)),
            Pair(term: "system", value: system), Pair(term: "Swift", value: swift),
            Pair(term: "Ocellus", value: ocellus),
            Pair(term: "backend", value: "\(backend): \(backendDetails)"),
            Pair(term: "precision", value: precision),
        ]
    }
}
