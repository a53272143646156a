// SPDX-License-Identifier: Apache-2.0

import COcellusEngineKernels
import COneDNN
import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor

extension UnaryFunction? {
    /// As the kernels take it; no function is one too.
    var argument: ocellus_activation {
        map { ocellus_activation(function: $0.code, factor: $0.slope) }
            ?? ocellus_activation(function: ocellus_function_none, factor: 0)
    }

    /// As oneDNN's operations take it.
    ///
    /// - Parameter sum: Whether what lies in the result before is added first.
    func ending(sum: Bool = false) -> ocellus_dnn_ending {
        var ending = ocellus_dnn_ending()
        ending.sum = sum
        let posts = self?.posts ?? []
        ending.count = Int32(posts.count)
        if let first = posts.first { ending.posts.0 = first }
        if posts.count > 1 { ending.posts.1 = posts[1] }
        return ending
    }
}

extension PlanCompiler {
    /// A step that applies a function to what was just written, where the operation itself cannot.
    mutating func applyInPlace(_ function: UnaryFunction, _ y: Instance) {
        elementwise(function.name, function.kernel, y, factor: function.slope, to: y, isMain: false)
    }
}
