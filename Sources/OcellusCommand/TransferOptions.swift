// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
import OcellusArchive
import OcellusFiles
import OcellusModel
import OcellusTraining

extension Backbone: ExpressibleByArgument {}

/// Whether training starts from a network that was trained elsewhere.
struct TransferOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Train a new last layer on the features of a network that was trained elsewhere: lite0 (EfficientNet-Lite0, "
                + "ImageNet). The default for photos when no network and no setting of a training is given.",
            valueName: "name"))
    var backbone: Backbone?

    @Flag(help: "Train every layer from random weights, also on photos.")
    var fromScratch = false

    @Option(
        defaultAsFlag: StagesArgument.standard,
        help: ArgumentHelp(
            "After the new last layer train the network itself, with small rates: its last n stages (4 when only the option is given), or all.",
            valueName: "stages"))
    var fineTune: StagesArgument?

    @Option(
        help: ArgumentHelp(
            "Where features of photos are kept for the next run: auto (below the cache directory), none, or a directory.",
            valueName: "place"))
    var featureCache: FeatureCacheArgument = .standard

    /// The median of their shorter sides that makes images photos.
    static let leastSide = 96

    /// What a training of all layers is told, and a head on features has no use for.
    private static let scratchOnly = [
        "--network", "--recipe", "--epochs", "--batch-size", "-b", "--opt", "--lr", "--momentum", "--nesterov",
        "--weight-decay", "--sched", "--step-epochs", "--step-factor", "--warmup-epochs", "--label-smoothing",
        "--clip-grad", "--validation", "--fold", "--patience", "--result", "--augment", "--normalize", "--tensorboard",
        "--checkpoint-interval", "--size", "--fit", "--resampling", "--config", "--ema", "--continue-from",
        "--calibration",
    ]

    /// What the backbone decides, or what begins otherwise than from it.
    private static let neverFineTuned = [
        "--network", "--recipe", "--normalize", "--size", "--fit", "--resampling", "--continue-from", "--from-scratch",
        "--config",
    ]

    /// The first option on the command line that only a training of all layers understands.
    static var scratchOption: String? {
        Arguments.optionNames.first(where: scratchOnly.contains)
    }

    func validate() throws {
        if fineTune != nil {
            guard let option = Arguments.optionNames.first(where: Self.neverFineTuned.contains) else { return }
            throw ValidationError(
                "--fine-tune and \(option) exclude each other: "
                    + (option == "--config"
                        ? "the file decides whether stages are trained."
                        : "the network and its photos are the backbone's."))
        }
        guard let backbone else { return }
        guard !fromScratch else {
            throw ValidationError("--backbone and --from-scratch exclude each other.")
        }
        if let option = Self.scratchOption {
            throw ValidationError(
                "\(option) belongs to a training of all layers, and \(backbone.rawValue) gives features of its own: leave out "
                    + "\(option), or --backbone.")
        }
    }
}

/// `--fine-tune`: how many of the last stages train.
struct StagesArgument: ExpressibleByArgument, CustomStringConvertible {
    /// `nil` for all.
    var count: Int?

    static let all = StagesArgument(count: nil)
    static let standard = StagesArgument(count: FineTuning.standardStages.trained)

    init(count: Int?) { self.count = count }

    init?(argument: String) {
        guard argument != "all" else {
            self = .all
            return
        }
        guard let count = Int(argument), count >= 1 else { return nil }
        self.count = count
    }

    var description: String { count.map { "\($0)" } ?? "all" }

    func rates(of backbone: Backbone) -> StageRates {
        var rates = FineTuning.standardStages
        rates.trained = count ?? backbone.stages.count
        return rates
    }
}

/// `--feature-cache`
enum FeatureCacheArgument: ExpressibleByArgument {
    case standard, none
    case directory(PathArgument)

    init?(argument: String) {
        switch argument {
        case "auto": self = .standard
        case "none": self = .none
        default:
            guard let path = PathArgument(argument: argument) else { return nil }
            self = .directory(path)
        }
    }

    var place: FeatureCache.Place {
        switch self {
        case .standard: .standard
        case .none: .none
        case .directory(let path): .directory(path.path.absolute.escaped)
        }
    }

    var defaultValueDescription: String { "auto" }
    static var defaultCompletionKind: CompletionKind { .directory }
}
