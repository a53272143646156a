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
    ]

    /// The first option on the command line that only a training of all layers understands.
    static var scratchOption: String? {
        Arguments.optionNames.first(where: scratchOnly.contains)
    }

    func validate() throws {
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
