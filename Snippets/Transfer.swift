// SPDX-License-Identifier: Apache-2.0

// A model for a person's photos: features of a network trained elsewhere, and a new last layer.
// snippet.hide
import Foundation
// snippet.show
import Ocellus

// snippet.hide
let arguments = CommandLine.arguments
let photos = arguments.count > 1 ? arguments[1] : "photos"
let directory: String? = arguments.count > 2 ? arguments[2] : nil
// snippet.show
let settings = try TransferJob.Settings(DataRequest(photos))  // a folder for each class
let job = try await TransferJob.create(settings, at: directory)
let result = try await job.run()
print(result.heldOut.accuracy, result.file.relativePath)
