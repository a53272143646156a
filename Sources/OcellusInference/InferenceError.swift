// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor

/// Images that a classifier cannot answer for.
public struct InferenceError: CodedError {
    public enum Code: String, Sendable {
        /// The images have another size or number of channels than the model.
        case shapesDiffer
        /// The images are of classes that the model does not know.
        case unknownClass
        case noImages
        /// The network takes larger images than any that is read.
        case tooLarge
        /// This process may take less memory than one image needs.
        case noMemory
        /// A logit is NaN or infinite.
        case notFinite
        /// Another program that computes the same network gave no answer.
        case outsideRuntime
    }
    public static let area = "inference"
    public var facts: ErrorFacts<Code>

    public init(_ facts: ErrorFacts<Code>) { self.facts = facts }

    public var exitClass: ExitClass { kind == .noMemory ? .resources : .data }
}
