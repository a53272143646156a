// SPDX-License-Identifier: Apache-2.0

package import OcellusGraph
import OcellusModel
import OcellusOneDNN
package import OcellusPlan
import OcellusReference
package import OcellusTensor

/// A backend under test, with what its numbers may differ by.
///
///     @Test("agrees", arguments: Engine.all) @EngineActor func agrees(engine: Engine) throws { … }
package struct Engine: Sendable, CustomStringConvertible {
    package let description: String
    package let backend: any Backend
    /// Largest relative error of one rounding: 2⁻²⁴ for Float, 2⁻⁵³ for Double.
    package let epsilon: Double
    /// Whether values are Double and the network's input is written as such.
    package let isDouble: Bool
    /// Whether sums of products of small integers come out exact. Algorithms that transform their input first, such as
    /// Winograd's with tiles above 2, do not promise it.
    package let isExactOnIntegers: Bool
    /// Multiplies the bound of a direct sum, `2·K·ε·Σ|x·w|`: 1 for direct algorithms.
    package let sumFactor: Double
    /// Largest relative change of each factor of a product before they are multiplied: 2⁻⁸ in bfloat16, else 0.
    package let factorEpsilon: Double
    /// Largest error of exp, log, tanh, erf and √ in units of ``epsilon``, relative to the result or to 1, whichever
    /// is larger.
    package let functionUnits: Double

    package init(
        _ description: String, _ backend: any Backend, epsilon: Double = 0x1p-24, isDouble: Bool = false,
        isExactOnIntegers: Bool = true, sumFactor: Double = 1, factorEpsilon: Double = 0,
        functionUnits: Double = 4
    ) {
        self.description = description
        self.backend = backend
        self.epsilon = epsilon
        self.isDouble = isDouble
        self.isExactOnIntegers = isExactOnIntegers
        self.sumFactor = sumFactor
        self.factorEpsilon = factorEpsilon
        self.functionUnits = functionUnits
    }

    /// The oracle: everything in Double.
    package static let reference = Engine(
        "reference double", ReferenceBackend(storage: .double), epsilon: 0x1p-53, isDouble: true)

    /// The same on programs whose operations are joined where it has loops for what they become.
    package static let joinedReference = Engine(
        "reference double, joined", ReferenceBackend(storage: .double, fusions: EpilogueFusions()), epsilon: 0x1p-53,
        isDouble: true)

    /// The engine with factors rounded to 8 significant bits; `nil` where the processor does not compute in bfloat16.
    package static let bfloat16: Engine? = (try? OneDNNBackend(threads: 1, precision: .bfloat16)).map {
        Engine("onednn bfloat16", $0, factorEpsilon: 0x1p-8)
    }

    /// The oracle for it: factors rounded, everything else in Double.
    package static let bfloat16Reference = Engine(
        "reference bfloat16", ReferenceBackend(storage: .double, precision: .bfloat16), epsilon: 0x1p-53,
        isDouble: true,
        factorEpsilon: 0x1p-8)

    /// Every float32 backend that the conformance suite runs against.
    package static let all: [Engine] = [
        reference,
        Engine("reference float", ReferenceBackend(storage: .float)),
        Engine("onednn", OneDNNBackend(threads: 1)),
    ]
}

/// Every epilogue and the gradients of ReLUs, but no patterns.
package struct EpilogueFusions: Fusions {
    package init() {}
    package func takes(_ epilogue: Epilogue, behind core: any Operator, of result: Shape, isTraining: Bool) -> Bool {
        true
    }
    package var takesFunctionGradients: Bool { true }
}
