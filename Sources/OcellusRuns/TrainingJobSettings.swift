// SPDX-License-Identifier: Apache-2.0

import OcellusArchive
package import OcellusData
public import OcellusModel
package import OcellusPlan
import OcellusTensor
public import OcellusTraining

extension TrainingJob {
    /// Everything that decides a training, as its run's `configuration.json` holds it: enough to go on or to repeat.
    public struct Settings: Codable, Sendable {
        private var schema = 2
        private var ocellus = OcellusVersion.current
        /// The command line, one word an element; empty for a training that no command began.
        package var command: [String]
        public var data: DataRequest
        /// For people, e.g. `cnn`.
        public var name: String
        public var network: Network
        public var training: TrainingConfiguration
        /// Share held out where the data have no validation images.
        public var validationFraction: Double
        /// Held out instead of the share.
        package var fold: Fold?
        /// Share of the images left that is held out for calibration, where that makes enough images. A new run without a fold
        /// replaces `nil` by a tenth, of 2,000 images at most; elsewhere `nil` is none.
        public var calibrationFraction: Double?
        /// Share of wrong answers that the model is asked to keep by saying that it does not know; `nil` where it always answers.
        public var error: Double?
        /// `nil` takes mean and deviation of the training split.
        public var preprocessing: Preprocessing?
        /// The trained model that it goes on from; `nil` begins with weights that are drawn.
        public internal(set) var start: Start?
        /// How a network that was trained elsewhere goes on training; ``network`` and the rates of its stages follow from it.
        public internal(set) var fineTuning: FineTuning?
        package var engine: EngineSettings

        package init(
            command: [String] = [], data: DataRequest, name: String, network: Network, training: TrainingConfiguration,
            validationFraction: Double = 0.1, fold: Fold? = nil, preprocessing: Preprocessing? = nil,
            engine: EngineSettings
        ) {
            self.command = command
            self.data = data
            self.name = name
            self.network = network
            self.training = training
            self.validationFraction = validationFraction
            self.fold = fold
            self.preprocessing = preprocessing
            self.engine = engine
        }
    }
}
