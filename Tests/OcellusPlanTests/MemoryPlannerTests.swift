// SPDX-License-Identifier: Apache-2.0

import OcellusModel
import OcellusPlan
import OcellusTensor
import OcellusTestSupport
import Testing

@Suite("Memory planner") struct MemoryPlannerTests {
    /// Expects aligned places inside the arena that share no byte with another block alive at the same time.
    private func expectValid(_ requests: [BufferRequest], alignment: Int = 64) {
        let (offsets, total) = MemoryPlanner.place(requests, alignment: alignment)
        #expect(offsets.count == requests.count)
        for (index, request) in requests.enumerated() {
            #expect(offsets[index] % alignment == 0)
            #expect(offsets[index] >= 0 && offsets[index] + request.bytes <= total)
            for other in requests.indices.prefix(index) where request.lifetime.overlaps(requests[other].lifetime) {
                let isApart =
                    offsets[index] + request.bytes <= offsets[other]
                    || offsets[other] + requests[other].bytes <= offsets[index]
                #expect(isApart || request.bytes == 0 || requests[other].bytes == 0)
            }
        }
        let rounded = requests.map { ($0.bytes + alignment - 1) / alignment * alignment }
        #expect(total <= rounded.reduce(0, +))
        let last = requests.map(\.lifetime.upperBound).max() ?? 0
        for step in 0...last {
            let alive = zip(requests, rounded).filter { $0.0.lifetime.contains(step) }.map(\.1).reduce(0, +)
            #expect(total >= alive)
        }
    }

    @Test("blocks alive together never overlap", arguments: 0..<60) func random(seed: Int) {
        var random = CounterRandom(seed: UInt64(seed), purpose: .test)
        let requests = (0..<random.nextIndex(below: 40)).map { _ in
            let start = random.nextIndex(below: 30)
            return BufferRequest(
                bytes: random.nextIndex(below: 3) == 0 ? random.nextIndex(below: 3) : random.nextIndex(below: 5000),
                lifetime: start...start + random.nextIndex(below: 12))
        }
        expectValid(requests, alignment: [1, 64, 4096][seed % 3])
    }

    @Test("reuses the memory of blocks that are no longer needed") func reuse() {
        let requests = [
            BufferRequest(bytes: 128, lifetime: 0...1), BufferRequest(bytes: 100, lifetime: 1...2),
            BufferRequest(bytes: 64, lifetime: 2...3),
        ]
        let (offsets, total) = MemoryPlanner.place(requests)
        #expect(offsets == [0, 128, 0])
        #expect(total == 256)
    }

    @Test("places what every example network needs") func networks() throws {
        for example in ExampleNetwork.all {
            let program = try ProgramBuilder.program(
                for: example.network, mode: .training(Loss(), .sgd()), batchSize: 3)
            let requests = zip(program.values, program.lifetimes()).compactMap { value, lifetime in
                value.role.isPersistent
                    ? nil : lifetime.map { BufferRequest(bytes: 4 * value.shape.count, lifetime: $0) }
            }
            expectValid(requests)
            let total = MemoryPlanner.place(requests).total
            let sum = requests.reduce(0) { $0 + ($1.bytes + 63) / 64 * 64 }
            #expect(total < sum, "\(example) shares no memory")
        }
    }
}
