// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
public import OcellusInference

extension TestTimeAugmentation: ExpressibleByArgument {}

/// Whether logits are averaged over views of an image.
struct TestTimeAugmentationOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Average the logits of views of each image: none, mirror (2 views) or multicrop (6, moved by a pixel).",
            valueName: "views"))
    var tta: TestTimeAugmentation = .none

    /// What a calibrated model does not do with views.
    static let uncalibrated =
        "the model's calibration was measured on whole images: with --tta probabilities are plain, and every image is answered"
}
