// SPDX-License-Identifier: Apache-2.0

import OcellusArchive
import OcellusGraph
package import OcellusModel
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
        /// The weights of another program do not tell how pictures become their input.
        case unknownPreprocessing
        /// A preprocessing was given for a model that has its own.
        case knownPreprocessing
        /// The model has no calibration, so it cannot say what it does not know.
        case notCalibrated
        /// The model's calibration images cannot show an error as small as was asked for.
        case noRule
    }
    public static let area = "inference"
    public var facts: ErrorFacts<Code>

    public init(_ facts: ErrorFacts<Code>) { self.facts = facts }

    public var exitClass: ExitClass {
        switch kind {
        case .noMemory: .resources
        case .unknownPreprocessing, .knownPreprocessing, .notCalibrated, .noRule: .usage
        default: .data
        }
    }
}

extension InferenceError {
    /// - Parameter facts: What is known besides.
    package static func unknownPreprocessing(
        of model: String, _ facts: Preprocessing.Facts = .init()
    ) -> InferenceError {
        InferenceError(
            .unknownPreprocessing, "it is not known how pictures become the input of \(model).",
            needs: facts.missing.joined(separator: ", "), received: "weights of another program without it",
            advice:
                "what their publisher states, by --mean, --std, --interpolation, and --crop-pct or --resize-side; import keeps it "
                + "in the file")
    }
}

extension ModelFile {
    /// Gives a file without preprocessing one.
    ///
    /// - Throws: ``InferenceError/Code/unknownPreprocessing`` while something is missing,
    ///   ``InferenceError/Code/knownPreprocessing`` where there is nothing to give.
    mutating func complete(with facts: Preprocessing.Facts, path: String) throws {
        guard preprocessing == nil else {
            guard facts.isEmpty else {
                throw InferenceError(
                    .knownPreprocessing, "\(path) holds its preprocessing already.",
                    received: "another by option", advice: "leave the options out")
            }
            return
        }
        let size = Size2D(network.input[1], network.input[2])
        guard let preprocessing = facts.preprocessing(size: size, channels: network.input[0]) else {
            throw InferenceError.unknownPreprocessing(of: path, facts)
        }
        try preprocessing.validate()
        self.preprocessing = preprocessing
        try validate()
    }
}
