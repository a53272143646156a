// SPDX-License-Identifier: Apache-2.0

import OcellusPlan
import OcellusTensor

/// A step before memory is placed.
struct PendingStep {
    var info: StepInfo
    /// Makes the call once every buffer has its address.
    var call: (Resources) throws(PlanError) -> Call
}

/// The steps of a plan in order, and the largest scratchpad that any of them borrows.
struct StepList {
    private(set) var steps: [PendingStep] = []
    /// Bytes, lent to each step while it runs.
    private(set) var scratch = 0

    var count: Int { steps.count }

    mutating func append(_ step: PendingStep) { steps.append(step) }

    mutating func needScratch(bytes: Int) { scratch = max(scratch, bytes) }

    /// The calls, now that every buffer has its address.
    func calls(_ resources: Resources) throws(PlanError) -> [Call] {
        var calls: [Call] = []
        for step in steps {
            do {
                calls.append(try step.call(resources))
            } catch {
                throw error.named(step.info.layer)
            }
        }
        return calls
    }
}
