// SPDX-License-Identifier: Apache-2.0

package import OcellusOneDNN
package import OcellusPlan
import Synchronization

/// A timer that gives what is planted and counts how often it was asked.
package final class PlantedTimer: Sendable {
    private let count = Mutex(0)
    private let seconds: @Sendable (ConvolutionTask, ConvolutionAlgorithm) -> Double

    package init(_ seconds: @escaping @Sendable (ConvolutionTask, ConvolutionAlgorithm) -> Double) {
        self.seconds = seconds
    }

    /// One that finds an algorithm to be twice as fast as others in the directions named, and the rule's in others.
    package convenience init(fastest: [ConvolutionDirection: ConvolutionAlgorithm]) {
        self.init { task, algorithm in fastest[task.direction] == algorithm ? 1 : 2 }
    }

    /// How often it was asked.
    package var asked: Int { count.withLock { $0 } }

    private var timer: AlgorithmTimer {
        { task, candidates in
            self.count.withLock { $0 += 1 }
            return Dictionary(uniqueKeysWithValues: candidates.map { ($0, self.seconds(task, $0)) })
        }
    }

    /// A book that asks this timer.
    package func book(
        _ policy: AlgorithmPolicy = .measured, machine: String = "test", cache: (any AlgorithmCache)? = nil
    ) -> AlgorithmBook {
        AlgorithmBook(policy, machine: machine, cache: cache, timer: timer)
    }
}
