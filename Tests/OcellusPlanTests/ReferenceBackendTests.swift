// SPDX-License-Identifier: Apache-2.0

import OcellusModel
import OcellusPlan
import OcellusReference
import OcellusTensor
import OcellusTestSupport
import Testing

@Suite("Reference backend") struct ReferenceBackendTests {
    private func plan(_ storage: ReferenceBackend.Storage) throws -> Plan {
        try Plan(
            Network(input: [1, 1, 3]) { Scale(1) }, mode: .gradients, batchSize: 1,
            backend: ReferenceBackend(storage: storage))
    }

    @Test("in double precision the input keeps more than a Float") func exactInput() throws {
        let plan = try plan(.double)
        let exact = [1 + 0x1p-40, 1.0 / 3, -2]
        try plan.executable.writeDoubles(plan.program.input, exact)
        try plan.executable.run(.forward)
        #expect(try plan.executable.readDoubles(plan.program.output) == exact)
        #expect(plan.executable.withInput { Array($0.images) } == exact.map { Float($0) })
    }

    @Test("what the host writes into the buffer replaces what was written exactly") func bufferWins() throws {
        let plan = try plan(.double)
        try plan.executable.writeDoubles(plan.program.input, [1 + 0x1p-40, 1.0 / 3, -2])
        plan.executable.withInput { $0.images[0] = 5 }
        try plan.executable.run(.forward)
        #expect(try plan.executable.readDoubles(plan.program.output) == [5, 1.0 / 3, -2])
    }

    @Test("in float precision every value is a Float") func rounds() throws {
        let plan = try plan(.float)
        try plan.executable.writeDoubles(plan.program.input, [1 + 0x1p-40, 1.0 / 3, -2])
        try plan.executable.run(.forward)
        #expect(try plan.executable.readDoubles(plan.program.output) == [1, Double(Float(1.0 / 3)), -2])
    }

    @Test("says what it is") func details() {
        #expect(ReferenceBackend().name == "reference")
        #expect(ReferenceBackend(storage: .double).details == "nested loops, sums in double, values in double")
        #expect(ReferenceBackend().threads == 1)
    }
}
