// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
package import OcellusModel
package import OcellusPlan
import OcellusTensor

/// Nested loops written to be read: the oracle that other backends are tested against, and `--backend reference`.
///
/// Every sum runs in Double. ``Storage/float`` rounds each result to Float once, when it is stored;
/// ``Storage/double`` keeps it, so that central differences can check gradients.
package struct ReferenceBackend: Backend {
    /// How results are stored between operations.
    package enum Storage: String, Sendable {
        case float, double
    }
    package let storage: Storage
    /// In ``Precision/bfloat16`` the factors of convolutions and dense layers are rounded; sums stay in Double.
    package let precision: Precision
    package let thread: DeviceThread
    /// Nothing is joined, but in tests of what joining makes of a program.
    package let fusions: any Fusions

    package init(
        storage: Storage = .float, precision: Precision = .float32, thread: DeviceThread = .shared,
        fusions: any Fusions = NoFusions()
    ) {
        self.storage = storage
        self.precision = precision
        self.thread = thread
        self.fusions = fusions
    }

    package var name: String { "reference" }
    package var details: String { "nested loops, sums in double, values in \(storage)" }
    package var inFloat32: any Backend { ReferenceBackend(storage: storage, thread: thread, fusions: fusions) }
    package var threads: Int { 1 }

    /// - Throws: ``PlanError/Code/outOfMemory`` for programs that no machine could hold, ``PlanError/Code/unsupported``.
    package func compile(_ program: Program) throws(PlanError) -> any Executable {
        for operation in program.operations where !(operation.kind is any ReferenceOperator) {
            throw PlanError(
                .unsupported,
                "layer \(operation.label): the reference backend has no loops for \(type(of: operation.kind)).",
                needs: "an operator that it knows")
        }
        let limit = 1 << 43
        var count = 0
        for value in program.values {
            let (sum, overflow) = count.addingReportingOverflow(value.shape.checkedCount ?? .max)
            guard !overflow, sum <= limit else {
                throw PlanError(
                    .outOfMemory, "the network is too large for the reference backend.",
                    needs: "fewer than \(limit) numbers in all values together",
                    received: "\(value.name) \(value.shape)", advice: "a smaller batch or image")
            }
            count = sum
        }
        return ReferenceExecutable(program, storage: storage, precision: precision)
    }
}
