// SPDX-License-Identifier: Apache-2.0

import OcellusTensor
package import OcellusTraining

extension RunDirectory {
    /// As ``removeUnlessStarted()``, but for what a person goes on from: a run that was stopped, or had too little time.
    package func removeUnlessStarted(after error: any Error) {
        if let error = error as? EvidenceError, [.budgetSpent, .budgetTooSmall].contains(error.kind) { return }
        if let error = error as? TrainingError, error.kind == .interrupted { return }
        removeUnlessStarted()
    }
}
