// SPDX-License-Identifier: Apache-2.0

// The code of docs/augmentation.md; `Scripts/check-readme` compares it with the page.
import Ocellus

let images = try ImageDataset.embedded
let cnn = try Network(text: "maxpool 2, flatten, dense classes", input: images.shape, classes: 10)
// snippet.show
var trainer = try Trainer(cnn)
trainer.configuration.augmentation = Augmentation(
    .horizontalFlip(), .rotate(degrees: -15...15), .scale(factor: 0.8...1.2))
let run = try await trainer.fit(images, epochs: 1)
