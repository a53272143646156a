// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
import Ocellus
public import OcellusData
import OcellusFiles
import OcellusInference
public import OcellusModel
public import OcellusPlan
import OcellusReport
import OcellusTraining

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A few of many class names.
enum ClassList {
    static func text(_ names: [String], most: Int = 10) -> String {
        names.prefix(most).joined(separator: ", ") + (names.count > most ? " and \(names.count - most) more" : "")
    }
}

/// Where output goes and how it looks.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print one JSON document on stdout.")
    var json = false

    @Flag(name: .shortAndLong, help: "No progress on stderr.")
    var quiet = false

    @Option(help: ArgumentHelp("Colour: auto, always or never.", valueName: "when"))
    var color: TerminalStyle.Color = .auto

    /// What stdout can show.
    var stdout: TerminalStyle { Console.style(of: STDOUT_FILENO, color: color) }

    /// Progress on stderr; silent with `--quiet`.
    func progress() -> ProgressPrinter {
        ProgressPrinter(style: Console.style(of: STDERR_FILENO, color: color), isQuiet: quiet)
    }
}

extension TerminalStyle.Color: ExpressibleByArgument {}

/// What computes.
struct EngineOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Threads that compute. Default: OCELLUS_THREADS, OMP_NUM_THREADS, the control group's quota, or all cores.",
            valueName: "n"))
    var threads: Int?

    @Option(
        help: ArgumentHelp(
            "Threads that decode images beside those that compute, where images are decoded each time. Default: OCELLUS_LOADER_THREADS, or as many as compute; 0 decodes between two steps.",
            valueName: "n"))
    var loaderThreads: Int?

    @Option(help: ArgumentHelp("onednn, or reference (slow, for checking).", valueName: "name"))
    var backend: EngineChoice = .onednn

    @Option(
        help: ArgumentHelp(
            "What products are computed in: float32, or bfloat16 (8 significant bits, summed in float32; needs AVX512-BF16 or AMX).",
            valueName: "type"))
    var precision: Precision = .float32

    @Option(
        help: ArgumentHelp(
            "Algorithms of convolutions: measured (the fastest on this machine, measured once and kept in the cache) or fixed (a rule of the shapes). Default: fixed; models and runs keep what was measured.",
            valueName: "way"))
    var algorithms: AlgorithmPolicy?

    func validate() throws {
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("--threads must be in 1…1024.")
        }
        guard algorithms != .measured || backend == .onednn else {
            throw ValidationError("--algorithms measured belongs to --backend onednn; the reference has one for each.")
        }
        if let loaderThreads, !(0...1024).contains(loaderThreads) {
            throw ValidationError("--loader-threads must be in 0…1024.")
        }
    }

    func make() throws -> any Backend {
        try backend.make(
            threads: threads, loaderThreads: loaderThreads, precision: precision, algorithms: algorithms)
    }

    /// The engine of a run that goes on, with the number of threads that the user gave, if any.
    func make(_ settings: EngineSettings) throws -> any Backend {
        var settings = settings
        if let threads { settings.threads = threads }
        return try settings.makeBackend(loaderThreads: loaderThreads)
    }

    /// What ``make()`` made, as a run keeps it.
    func settings(of backend: any Backend) -> EngineSettings { EngineSettings(backend, algorithms: algorithms) }
}

extension EngineChoice: ExpressibleByArgument {}
extension Precision: ExpressibleByArgument {}
extension AlgorithmPolicy: ExpressibleByArgument {}

/// Which images.
struct DataOptions: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "embedded (the default), another name that data list shows, or a path: a folder of images per class, a table (.csv), a tar or zip archive or shards, IDX or CIFAR files.",
            valueName: "path"), completion: Completion.data)
    var data: PathArgument?

    @Option(
        help: ArgumentHelp(
            "Size that photos are fitted to, e.g. 64 or 96x64 (width x height). Data of one size keep it.",
            valueName: "size"))
    var size: ImageSizeArgument?

    @Option(
        help: ArgumentHelp("How photos of another aspect ratio are fitted: crop, pad or stretch.", valueName: "way"))
    var fit: ImageFitting.Fit?

    @Option(help: ArgumentHelp("The filter that resizes photos: bilinear, bicubic or lanczos.", valueName: "filter"))
    var resampling: ImageFitting.Resampling?

    @Flag(help: "Leave unreadable images out, say how many and which first, instead of stopping; check lists all.")
    var skipUnreadable = false

    @Option(
        help: ArgumentHelp(
            "Where decoded images of files are kept: memory, disk (a file that vanishes), none (decoded each time), or auto: the first that they fit.",
            valueName: "place"))
    var cache: ImageCache = .auto

    @OptionGroup var files: SourceOptions

    /// As it was given, or the name of the embedded set.
    var path: String { data?.path.escaped ?? "embedded" }

    /// The request for images to score a model on, as it saw those of its training. The embedded set is a default only for
    /// models of its classes.
    ///
    /// - Throws: ``UsageError`` for another model without `--data`.
    func request(for model: Classifier) throws -> DataRequest {
        if data == nil {
            let embedded = try ImageDataset.embedded.classes
            guard Set(embedded) == Set(model.classes) else {
                throw UsageError(
                    summary: "--data is needed: the embedded images have other classes than the model.",
                    needs: "images of \(ClassList.text(model.classes))",
                    advice: "--data and a folder of labelled images")
            }
        }
        return request.seen(by: model.preprocessing)
    }

    var request: DataRequest {
        var request = DataRequest(
            path,
            fitting: ImageFitting.Choice(
                size: size.map { Size2D($0.height, $0.width) }, fit: fit, resampling: resampling),
            skipsUnreadable: skipUnreadable, cache: cache == .auto ? nil : cache)
        request.followsLinks = files.links.followLinks ? nil : false
        request.table = files.table
        return request
    }
}

extension ImageFitting.Fit: ExpressibleByArgument {}
extension ImageFitting.Resampling: ExpressibleByArgument {}
extension ImageCache: ExpressibleByArgument {}

/// `64` or `96x64`, width first as people write it, optionally with channels.
struct ImageSizeArgument: ExpressibleByArgument {
    var width: Int
    var height: Int
    var channels: Int?

    init?(argument: String) {
        let parts = argument.lowercased().split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        let numbers = parts.compactMap { $0 }
        guard numbers.count == parts.count, (1...3).contains(numbers.count),
            numbers.allSatisfy({ (1...65_536).contains($0) })
        else { return nil }
        width = numbers[0]
        height = numbers.count > 1 ? numbers[1] : numbers[0]
        channels = numbers.count > 2 ? numbers[2] : nil
    }
}
