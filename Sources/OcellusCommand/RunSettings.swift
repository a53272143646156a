// SPDX-License-Identifier: Apache-2.0

import Ocellus
import OcellusData
import OcellusModel
import OcellusPlan
import OcellusTensor
import OcellusTraining

/// The resolved configuration of `ocellus train`, as `configuration.json` holds it: enough to go on or to repeat.
struct TrainSettings: Codable, Sendable {
    var schema = 2
    var ocellus = OcellusVersion.current
    /// The command line, one word an element.
    var command: [String]
    var data: DataRequest
    /// For people, e.g. `cnn`.
    var name: String
    var network: Network
    var training: TrainingConfiguration
    /// Share held out where the data have no validation images.
    var validationFraction: Double
    /// Held out instead of the share.
    var fold: Fold?
    /// `nil` takes mean and deviation of the training split.
    var preprocessing: Preprocessing?
    var engine: EngineSettings
}
