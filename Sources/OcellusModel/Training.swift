// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
import OcellusTensor

/// What training minimises: softmax cross-entropy between logits `[N, classes]` and class indices `[N]`.
///
///     ℓ[n] = −Σ q[n,k] · log softmax(logits[n])[k],   q = (1 − s)·onehot(label) + s / classes
///     loss = Σ weight[n]·c[label[n]]·ℓ[n] / Σ weight[n]·c[label[n]]
///
/// `s` is the label smoothing (Szegedy et al. 2016, arXiv:1512.00567, section 7) and `c` the class weights. With both,
/// each class k's term carries its own weight c[k] and the divisor stays, as in PyTorch's `CrossEntropyLoss`. Where an
/// ``Augmentation`` mixes two images, `onehot(label)` and `c[label]` are the sums of both labels' by their shares.
public struct Loss: Hashable, Codable, Sendable {
    /// 0 ..< 1.
    public var labelSmoothing: Double
    /// One positive weight for each class, or `nil` for all 1.
    public var classWeights: [Double]?

    public init(labelSmoothing: Double = 0, classWeights: [Double]? = nil) {
        self.labelSmoothing = labelSmoothing
        self.classWeights = classWeights
    }

    /// Throws ``ModelError/Code/outOfRange`` for impossible settings.
    public func validate(classes: Int) throws(ModelError) {
        guard labelSmoothing >= 0, labelSmoothing < 1 else {
            throw ModelError(
                .outOfRange, "the label smoothing is out of range.", needs: "0 ≤ label smoothing < 1",
                received: "\(labelSmoothing)")
        }
        guard let weights = classWeights else { return }
        guard weights.count == classes, weights.allSatisfy({ $0 > 0 && $0.isFinite }) else {
            throw ModelError(
                .outOfRange, "the class weights do not fit.", needs: "\(classes) positive numbers",
                received: "\(weights)")
        }
    }
}

/// How gradients change parameters. `g` is the gradient, `w` the parameter, `η` the learning rate of the step.
public enum Optimizer: Hashable, Codable, Sendable {
    /// `g += decay·w; v = momentum·v + g; w −= η·(nesterov ? g + momentum·v : v)`; without momentum `w −= η·g`.
    /// Sutskever et al. 2013, ICML, in PyTorch's form. The first step takes `v = g`.
    case sgd(learningRate: Double = 0.01, momentum: Double = 0, nesterov: Bool = false, weightDecay: Double = 0)
    /// Kingma and Ba 2015, arXiv:1412.6980, algorithm 1, with bias correction; weight decay is added to the gradient.
    /// `w −= η·m̂ / (√v̂ + ε)`.
    case adam(
        learningRate: Double = 0.001, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-7,
        weightDecay: Double = 0)
    /// Loshchilov and Hutter 2019, arXiv:1711.05101: weight decay apart from the gradient, `w −= η·decay·w`.
    case adamW(
        learningRate: Double = 0.001, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
        weightDecay: Double = 0.01)

    /// The rate before the schedule's factor.
    public var learningRate: Double {
        get {
            switch self {
            case .sgd(let rate, _, _, _), .adam(let rate, _, _, _, _), .adamW(let rate, _, _, _, _): rate
            }
        }
        set {
            switch self {
            case .sgd(_, let momentum, let nesterov, let decay):
                self = .sgd(learningRate: newValue, momentum: momentum, nesterov: nesterov, weightDecay: decay)
            case .adam(_, let beta1, let beta2, let epsilon, let decay):
                self = .adam(
                    learningRate: newValue, beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: decay)
            case .adamW(_, let beta1, let beta2, let epsilon, let decay):
                self = .adamW(
                    learningRate: newValue, beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: decay)
            }
        }
    }

    /// Tensors of state for each parameter: 0 for plain SGD, 1 with momentum, 2 for Adam.
    public var stateCount: Int {
        switch self {
        case .sgd(_, let momentum, _, _): momentum == 0 ? 0 : 1
        case .adam, .adamW: 2
        }
    }

    /// Throws ``ModelError/Code/outOfRange`` for impossible settings.
    public func validate() throws(ModelError) {
        func fail(_ needs: String) -> ModelError {
            ModelError(.outOfRange, "the optimiser's settings are out of range.", needs: needs, received: "\(self)")
        }
        guard learningRate > 0, learningRate.isFinite else { throw fail("a learning rate above 0") }
        switch self {
        case .sgd(_, let momentum, let nesterov, let decay):
            guard momentum >= 0, momentum < 1 else { throw fail("0 ≤ momentum < 1") }
            guard !nesterov || momentum > 0 else { throw fail("momentum above 0 for Nesterov") }
            guard decay >= 0, decay.isFinite else { throw fail("weight decay of at least 0") }
        case .adam(_, let beta1, let beta2, let epsilon, let decay),
            .adamW(_, let beta1, let beta2, let epsilon, let decay):
            guard beta1 >= 0, beta1 < 1, beta2 >= 0, beta2 < 1 else { throw fail("0 ≤ beta < 1") }
            guard epsilon > 0, epsilon.isFinite else { throw fail("epsilon above 0") }
            guard decay >= 0, decay.isFinite else { throw fail("weight decay of at least 0") }
        }
    }
}

extension Optimizer: CustomStringConvertible {
    public var description: String {
        switch self {
        case .sgd(let rate, let momentum, let nesterov, let decay):
            "SGD(learning rate \(rate)" + (momentum == 0 ? "" : ", momentum \(momentum)\(nesterov ? " Nesterov" : "")")
                + (decay == 0 ? ")" : ", weight decay \(decay))")
        case .adam(let rate, let beta1, let beta2, let epsilon, let decay):
            "Adam(learning rate \(rate), beta \(beta1) \(beta2), epsilon \(epsilon)"
                + (decay == 0 ? ")" : ", weight decay \(decay))")
        case .adamW(let rate, let beta1, let beta2, let epsilon, let decay):
            "AdamW(learning rate \(rate), beta \(beta1) \(beta2), epsilon \(epsilon), weight decay \(decay))"
        }
    }
}
