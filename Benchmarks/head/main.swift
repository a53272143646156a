// SPDX-License-Identifier: Apache-2.0

// Fits heads on features for `Benchmarks/head/compare.py`, which fits the same with scikit-learn.
//
//     OcellusHeadBenchmark FEATURES LABELS WIDTH CLASSES TOLERANCE STRENGTH...
//
// FEATURES are float32 rows, LABELS a byte each. For each strength a line with the objective, iterations, evaluations and seconds
// of a fit from zero, on one thread.

import Foundation
import OcellusTraining

let arguments = CommandLine.arguments
guard arguments.count > 6, let width = Int(arguments[3]), let classes = Int(arguments[4]),
    let tolerance = Double(arguments[5])
else {
    print("usage: OcellusHeadBenchmark FEATURES LABELS WIDTH CLASSES TOLERANCE STRENGTH...")
    exit(64)
}
let bytes = try Data(contentsOf: URL(filePath: arguments[1]))
let scalars = [Float](unsafeUninitializedCapacity: bytes.count / 4) { buffer, count in
    count = bytes.copyBytes(to: UnsafeMutableRawBufferPointer(buffer)) / 4
}
let labels = try Data(contentsOf: URL(filePath: arguments[2])).map(Int.init)
let features = FeatureMatrix(scalars, width: width)
for strength in arguments[6...].compactMap(Double.init) {
    let clock = ContinuousClock()
    let start = clock.now
    let regression = LogisticRegression(
        features, rows: (0..<features.count).map(Int32.init), labels: labels, classes: classes)
    let fit = regression.fit(strength: strength, tolerance: tolerance)
    let seconds = (clock.now - start) / .seconds(1)
    print(strength, fit.objective, fit.iterations, fit.evaluations, seconds)
}
