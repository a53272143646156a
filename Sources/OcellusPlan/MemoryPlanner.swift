// SPDX-License-Identifier: Apache-2.0

/// One block of memory and the steps between which its content matters.
package struct BufferRequest: Sendable {
    package var bytes: Int
    package var lifetime: ClosedRange<Int>

    package init(bytes: Int, lifetime: ClosedRange<Int>) {
        self.bytes = bytes
        self.lifetime = lifetime
    }
}

/// Places blocks in one arena so that blocks alive at the same time never overlap.
///
/// Greedy by size: the largest block first, each at the lowest offset that is free during its life
/// (Pisarchyk and Lee 2020, arXiv:2001.03288, "greedy by size for offset calculation").
package enum MemoryPlanner {
    /// Offsets in bytes, one for each request and multiples of `alignment`, and the arena's size.
    package static func place(_ requests: [BufferRequest], alignment: Int = 64) -> (offsets: [Int], total: Int) {
        var offsets = [Int](repeating: 0, count: requests.count)
        var placed: [(range: Range<Int>, lifetime: ClosedRange<Int>)] = []
        var total = 0
        let order = requests.indices.sorted {
            (requests[$1].bytes, $0) < (requests[$0].bytes, $1)
        }
        for index in order where requests[index].bytes > 0 {
            let request = requests[index]
            let size = (request.bytes + alignment - 1) / alignment * alignment
            let taken = placed.filter { $0.lifetime.overlaps(request.lifetime) }.map(\.range)
                .sorted { $0.lowerBound < $1.lowerBound }
            var offset = 0
            for range in taken {
                if range.lowerBound >= offset + size { break }
                offset = max(offset, range.upperBound)
            }
            offsets[index] = offset
            placed.append((offset..<offset + size, request.lifetime))
            total = max(total, offset + size)
        }
        return (offsets, total)
    }
}
