// SPDX-License-Identifier: Apache-2.0

import OcellusArchive
package import OcellusData
import OcellusModel
package import OcellusPlan
import OcellusTensor
public import OcellusTraining

extension TransferJob {
    /// Everything that decides a run, as its `configuration.json` holds it: enough to repeat it.
    public struct Settings: Codable, Sendable {
        private var schema = 2
        private var ocellus = OcellusVersion.current
        /// The command line, one word an element; empty for a run that no command began.
        package var command: [String]
        public var data: DataRequest
        public var transfer: TransferConfiguration
        /// Share of wrong answers that the model is asked to keep by saying that it does not know; `nil` where it always answers.
        public var error: Double?
        /// Where features are kept.
        package var featureCache: FeatureCache.Place
        package var engine: EngineSettings

        package init(
            command: [String] = [], data: DataRequest, transfer: TransferConfiguration,
            featureCache: FeatureCache.Place = .standard, engine: EngineSettings
        ) {
            self.command = command
            self.data = data
            self.transfer = transfer
            self.featureCache = featureCache
            self.engine = engine
        }

        /// Photos of any size are taken when a person asked for the backbone.
        package var photos: PhotoFitting { PhotoFitting(transfer.backbone.preprocessing, leastSide: 1) }
    }
}
