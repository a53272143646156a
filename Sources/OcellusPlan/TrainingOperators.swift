// SPDX-License-Identifier: Apache-2.0

package import OcellusGraph
package import OcellusModel

extension Op {
    /// logits `[N, K]`, labels, sample weights → dlogits `[N, K]`, the gradient of the weighted mean loss. Also sets
    /// ``Executable/statistics``.
    package struct SoftmaxCrossEntropy: Operator {
        package var loss: Loss
        package init(_ loss: Loss) { self.loss = loss }
    }

    /// every parameter gradient → the sum of each over the parts of a batch (``StepSettings/firstImage``), a part counting as
    /// much as its samples weigh in the loss. Sets the factor that makes means of them.
    package struct GradientSums: Operator {}

    /// every parameter gradient → nothing; sets the factor that keeps their joint norm at most `maximum`
    package struct GradientClip: Operator {
        package var maximum: Double
    }

    /// w, dw, states… → nothing; changes w and the states in place
    package struct Update: Operator {
        package var optimizer: Optimizer
        package init(_ optimizer: Optimizer) { self.optimizer = optimizer }
    }
}
