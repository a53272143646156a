// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
import OcellusData
import OcellusModel
import OcellusTensor
public import OcellusTraining

/// `--opt`
enum OptimizerName: String, CaseIterable, ExpressibleByArgument, Sendable {
    case sgd, adam, adamw

    /// The optimiser with its own defaults.
    var optimizer: Optimizer {
        switch self {
        case .sgd: .sgd()
        case .adam: .adam()
        case .adamw: .adamW()
        }
    }
}

/// `--sched`
enum ScheduleName: String, CaseIterable, ExpressibleByArgument, Sendable {
    case constant, step, cosine, triangle
    case oneCycle = "one-cycle"
}

/// `--balance`
enum BalanceArgument: String, CaseIterable, ExpressibleByArgument, Sendable {
    case none, weights, sampler

    var balance: ClassBalance? { ClassBalance(rawValue: rawValue) }
}

extension TrainingRecipe: ExpressibleByArgument {}

extension TrainingConfiguration.Result: ExpressibleByArgument {}

/// `1/5`: the first of five that the seed draws; `1`: the first that a table states.
struct FoldArgument: ExpressibleByArgument, Sendable {
    var fold: Fold

    init?(argument: String) {
        if let number = Int(argument) {
            guard number >= 1, let fold = Fold(stated: number - 1) else { return nil }
            self.fold = fold
            return
        }
        let words = argument.split(separator: "/", omittingEmptySubsequences: false)
        let parts = words.compactMap { Int($0) }
        guard words.count == 2, parts.count == 2, parts[0] >= 1, let fold = Fold(parts[0] - 1, of: parts[1])
        else { return nil }
        self.fold = fold
    }
}

/// How a network is trained.
struct TrainingOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Settings of a published training instead of those below: cifar94 (airbench94, with the network cifar94).",
            valueName: "name"))
    var recipe: TrainingRecipe?

    @Option(help: ArgumentHelp("Passes over the training images (default: 10; 9.9 with --recipe).", valueName: "n"))
    var epochs: Int?

    @Option(name: .shortAndLong, help: ArgumentHelp("Images of one update.", valueName: "n"))
    var batchSize = 32

    @Option(name: .customLong("opt"), help: ArgumentHelp("sgd, adam or adamw.", valueName: "name"))
    var optimizer: OptimizerName = .adam

    @Option(
        name: .customLong("lr"),
        help: ArgumentHelp("Learning rate (default: 0.01 for sgd, else 0.001).", valueName: "rate"))
    var learningRate: Double?

    @Option(help: ArgumentHelp("Momentum of sgd.", valueName: "m"))
    var momentum = 0.0

    @Flag(help: "Nesterov's momentum.")
    var nesterov = false

    @Option(help: ArgumentHelp("Weight decay (default: 0; 0.01 for adamw).", valueName: "w"))
    var weightDecay: Double?

    @Option(
        name: .customLong("sched"),
        help: ArgumentHelp(
            "Course of the learning rate: constant, step, cosine, one-cycle or triangle.", valueName: "name"))
    var schedule: ScheduleName = .constant

    @Option(help: ArgumentHelp("Epochs between the falls of --sched step.", valueName: "n"))
    var stepEpochs = 10

    @Option(help: ArgumentHelp("Factor of each fall of --sched step.", valueName: "f"))
    var stepFactor = 0.1

    @Option(help: ArgumentHelp("Epochs of linear rise at the start; may be a fraction.", valueName: "n"))
    var warmupEpochs = 0.0

    @Option(help: ArgumentHelp("Share of each target spread over all classes.", valueName: "s"))
    var labelSmoothing = 0.0

    @Option(
        help: ArgumentHelp(
            "Every class counts the same: weights in the loss, or sampler: as many images of each in an epoch; or none.",
            valueName: "way"))
    var balance: BalanceArgument = .none

    @Option(help: ArgumentHelp("Joint norm to which gradients are scaled down.", valueName: "norm"))
    var clipGrad: Double?

    @Option(
        help: ArgumentHelp(
            "Average the weights over the updates, keeping this share at each, e.g. 0.999: the average is tested and saved.",
            valueName: "decay"))
    var ema: Double?

    @Option(
        help: ArgumentHelp(
            "Share of the training images held out for validation where the data have no split of their own (default: "
                + "0.1; 0 with --recipe).", valueName: "share"))
    var validation: Double?

    @Option(
        help: ArgumentHelp(
            "Hold out the i-th of k equal parts instead, e.g. 1/5: k trainings with one seed cross-validate. Or i alone: a fold of the table.",
            valueName: "i/k"))
    var fold: FoldArgument?

    @Option(
        help: ArgumentHelp(
            "Share of the images left that is held out to measure how sure the model may be (default: 0.1 where that is at "
                + "least 200 images, and at most 2,000; 0 with --recipe or --fold).", valueName: "share"))
    var calibration: Double?

    @Option(
        help: ArgumentHelp(
            "The model answers or says \"don't know\", so that at most this share of its answers to new images of the kind is wrong, "
                + "e.g. 5%; none always answers.", valueName: "share"))
    var error: ErrorArgument = .none

    @Option(help: ArgumentHelp("Stop when validation has not improved for this many epochs.", valueName: "n"))
    var patience: Int?

    @Option(help: ArgumentHelp("Whose weights are the result: the best epoch's or the last's.", valueName: "epoch"))
    var result: TrainingConfiguration.Result = .best

    @OptionGroup var augmentation: AugmentationOptions

    @Option(help: ArgumentHelp("Decides initial weights, order, augmentation, dropout and split.", valueName: "n"))
    var seed: UInt64 = 0

    /// Held out for validation, 0 ..< 1.
    var validationFraction: Double { validation ?? (recipe == nil ? 0.1 : 0) }

    /// Options that a recipe has decided.
    private static let decidedByRecipe: Set<String> = [
        "--batch-size", "-b", "--opt", "--lr", "--momentum", "--nesterov", "--weight-decay", "--sched", "--step-epochs",
        "--step-factor", "--warmup-epochs", "--label-smoothing", "--balance", "--clip-grad", "--ema", "--patience",
        "--result",
        "--augment", "--no-augment", "--normalize",
    ]

    /// The configuration, with the class weights that ``balance`` asks for.
    ///
    /// - Parameter images: All of them; weights follow those that are left for training.
    /// - Throws: ``TrainingError/Code/noImages`` when a class to be balanced has no image.
    func configuration(for images: ImageDataset) throws -> TrainingConfiguration {
        var optimizer = optimizer.optimizer
        switch optimizer {
        case .sgd(let rate, _, _, _):
            optimizer = .sgd(
                learningRate: rate, momentum: momentum, nesterov: nesterov, weightDecay: weightDecay ?? 0)
        case .adam(let rate, let beta1, let beta2, let epsilon, let decay):
            optimizer = .adam(
                learningRate: rate, beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: weightDecay ?? decay)
        case .adamW(let rate, let beta1, let beta2, let epsilon, let decay):
            optimizer = .adamW(
                learningRate: rate, beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: weightDecay ?? decay)
        }
        if let learningRate { optimizer.learningRate = learningRate }
        let course: Schedule.Course =
            switch schedule {
            case .constant: .constant
            case .step: .step(epochs: stepEpochs, factor: stepFactor)
            case .cosine: .cosine()
            case .oneCycle: .oneCycle()
            case .triangle: .triangle()
            }
        var weights: [Double]?
        if balance == .weights {
            weights = try ClassBalance.weights(
                of: TrainingParts.trainingImages(
                    of: images, validationFraction: validationFraction, fold: fold?.fold, seed: seed,
                    calibrationFraction: calibrationFraction(for: images)))
        }
        return TrainingConfiguration(
            epochs: epochs ?? 10, batchSize: batchSize, optimizer: optimizer,
            schedule: Schedule(course, warmupEpochs: warmupEpochs),
            loss: Loss(labelSmoothing: labelSmoothing, classWeights: weights), maximumGradientNorm: clipGrad,
            seed: seed, patience: patience, result: result, augmentation: try augmentation.augmentation(),
            sampling: balance == .sampler ? .balanced : nil, averaging: ema.map { WeightAveraging(decay: $0) })
    }

    /// Share of the images left that is held out for calibration.
    ///
    /// - Throws: ``UsageError`` when somebody asked for what a calibration is needed for, and too few images can be spared.
    func calibrationFraction(for images: ImageDataset) throws -> Double {
        let isAsked = error.share != nil || (calibration ?? 0) > 0
        guard isAsked || (calibration == nil && recipe == nil && fold == nil) else { return 0 }
        func left(_ fraction: Double) throws -> Int {
            try TrainingParts.trainingImages(
                of: images, validationFraction: validationFraction, fold: fold?.fold, seed: seed,
                calibrationFraction: fraction
            ).count
        }
        let count = try left(0)
        let fraction = calibration ?? TrainingParts.calibrationFraction(of: count)
        guard isAsked, try left(fraction) == count else { return fraction }
        throw UsageError(
            summary: "too few images can be spared to measure how sure the model may be.",
            needs:
                "\(Calibration.leastImages) different images and more, by a share of the \(count) that are left for training",
            advice: "a larger --calibration, more images"
                + (error.share == nil ? "" : ", or a training without --error"))
    }

    func validate() throws {
        if let calibration, !(0..<1 ~= calibration) {
            throw ValidationError("--calibration must be at least 0 and below 1.")
        }
        guard error.share == nil || calibration != 0 else {
            throw ValidationError("--error needs calibration images: leave out --calibration 0.")
        }
        guard validationFraction >= 0, validationFraction < 1 else {
            throw ValidationError("--validation must be at least 0 and below 1.")
        }
        if let recipe {
            if let option = Arguments.optionNames.first(where: Self.decidedByRecipe.contains) {
                throw ValidationError("\(option) cannot be given with --recipe \(recipe.rawValue), which decides it.")
            }
        }
        guard optimizer == .sgd || (momentum == 0 && !nesterov) else {
            throw ValidationError("--momentum and --nesterov belong to --opt sgd.")
        }
    }
}
