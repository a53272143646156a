// SPDX-License-Identifier: Apache-2.0

// The README's lines: `Scripts/check-readme` compares what stands between show and hide with it, and runs this.
// swift-format-ignore-file: DoNotUseSemicolons, OrderedImports
// snippet.hide
import Foundation

let folder = FileManager.default.temporaryDirectory.appending(path: "ocellus-\(UUID().uuidString)")
try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
let file = folder.appending(path: "model.safetensors")
let photo = folder.appending(path: "photo.png")
try ImageEncoder.png(DecodedImage(width: 28, height: 28, channels: 1, pixels: ImageDataset.embedded.test.pixels(at: 0)))
    .write(to: photo)
// snippet.show
import Ocellus

let images = try ImageDataset.embedded  // or: try await ImageDataset(contentsOf: photos)
let cnn = Network(input: images.shape) {
    Conv2D(32, kernelSize: 3, padding: .valid); ReLU(); MaxPool2D(2)
    Conv2D(64, kernelSize: 3, padding: .valid); ReLU(); MaxPool2D(2)
    Flatten(); Dense(64); ReLU(); Dense(images.classes.count)
}
let run = try await Trainer(cnn, optimizer: .adam()).fit(images, epochs: 2)
print(try run.classifier.evaluate(images.test))
try run.classifier.save(to: file)
let prediction = try Classifier(contentsOf: file).predict(photo)
// snippet.hide
print(prediction)
try FileManager.default.removeItem(at: folder)
