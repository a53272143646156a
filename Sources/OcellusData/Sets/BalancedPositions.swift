// SPDX-License-Identifier: Apache-2.0

import OcellusTensor

extension ImageSet {
    /// `count` positions with as many images of each class as of any other, the classes in turn.
    ///
    /// Of K classes that have images each gets `count / K` places, and the places that are left go to other classes in
    /// other epochs. An image that is shown k times stands at its position plus 0, `count`, … `(k − 1)·count`. Which
    /// images of a large class are shown is drawn anew for each epoch.
    package func balancedPositions(seed: UInt64, epoch: Int) -> [Int] {
        var members = [[Int]](repeating: [], count: classes.count)
        for (position, label) in labels.enumerated() { members[Int(label)].append(position) }
        let present = members.indices.filter { !members[$0].isEmpty }
        guard !present.isEmpty else { return [] }
        let (share, rest) = count.quotientAndRemainder(dividingBy: present.count)
        var positions: [Int] = []
        for (turn, label) in present.enumerated() {
            // The classes from `epoch` on, counted in a circle, get one more.
            let isLucky = (turn + present.count - epoch % present.count) % present.count < rest
            var random = CounterRandom(seed: seed, purpose: .sampling, epoch: epoch, sample: label)
            let order = random.permutation(of: members[label].count)
            for place in 0..<share + (isLucky ? 1 : 0) {
                let (repetition, member) = place.quotientAndRemainder(dividingBy: order.count)
                positions.append(members[label][order[member]] + repetition * count)
            }
        }
        return positions
    }
}
