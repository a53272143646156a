// SPDX-License-Identifier: Apache-2.0

// A comparison and an evidence run, byte for byte what `ocellus compare` and `ocellus evidence` make, times aside.
// snippet.hide
import Foundation
// snippet.show
import Ocellus

// snippet.hide
let arguments = CommandLine.arguments
let (first, second): (String?, String?) = arguments.count > 2 ? (arguments[1], arguments[2]) : (nil, nil)
// snippet.show
let data = DataRequest("embedded")
func network(_ name: String, _ text: String) throws -> ComparisonConfiguration.Entry {
    .init(name: name, network: try Network(text: text, input: [1, 28, 28], classes: 10))
}
let dense = try network("network 1", "flatten, dense 16, relu, dense classes")
let convolutional = try network("network 2", "conv 4 5x5, relu, maxpool 4, flatten, dense classes")

let comparison = try await Comparison.create(
    ComparisonConfiguration(data, networks: [dense, convolutional], seeds: 2, epochs: 1), at: first)
let record = try await comparison.run(report: { event in
    if case .tested(let task, let run) = event { print(task.network, task.seed, run.testAccuracy) }
})
try comparison.write(page: ReportPage.html(for: record))

let deadline = ContinuousClock.now + .seconds(900)
let run = try await EvidenceRun.create(
    EvidenceConfiguration(data, dense: dense, convolutional: convolutional, claims: ["computation"]),
    until: deadline, at: second)
let evidence = try await run.record(until: deadline)
try run.write(page: ReportPage.html(for: evidence))
for claim in evidence.claims { print(claim.title, claim.verdict) }
