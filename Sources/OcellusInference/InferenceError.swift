// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor

/// Images that a classifier cannot answer for.
public struct InferenceError: OcellusError, Equatable {
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
    }
    public var kind: Code
    public var summary: String
    public var needs: String?
    public var received: String?
    public var advice: String?

    public init(
        _ kind: Code, _ summary: String, needs: String? = nil, received: String? = nil, advice: String? = nil
    ) {
        self.kind = kind
        self.summary = summary
        self.needs = needs
        self.received = received
        self.advice = advice
    }

    public var code: String { "inference.\(kind.rawValue)" }
    public var exitClass: ExitClass { kind == .noMemory ? .resources : .data }
}
