// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
public import OcellusTensor

/// Networks known by name. Each adapts to the images' size and the number of classes.
extension Network {
    private typealias Entry = (name: String, make: @Sendable (Shape, Int) -> Network)

    /// For images of about 32 pixels.
    private static let small: [Entry] = [
        ("ann", Network.ann), ("cnn", Network.cnn), ("lenet", Network.leNet), ("vgg-small", Network.vggSmall),
        ("resnet18", Network.resNet18), ("mobilenet-small", Network.mobileNetSmall),
        ("cifar94", Network.cifar94), ("vit-tiny", Network.vitTiny),
    ]

    /// For photos of about 224 pixels.
    private static let large: [Entry] = [
        ("resnet18-imagenet", Network.resNet18ImageNet), ("resnet34-imagenet", Network.resNet34ImageNet),
        ("resnet50-imagenet", Network.resNet50ImageNet),
        ("mobilenetv2", Network.mobileNetV2),
        ("mobilenetv3-small", Network.mobileNetV3Small), ("mobilenetv3-large", Network.mobileNetV3Large),
        ("mobilenetv4-conv-small", Network.mobileNetV4ConvSmall),
        ("efficientnet-lite0", Network.efficientNetLite0), ("efficientnet-b0", Network.efficientNetB0),
        ("convnext-atto", Network.convNeXtAtto), ("convnext-femto", Network.convNeXtFemto),
        ("convnext-pico", Network.convNeXtPico), ("convnext-nano", Network.convNeXtNano),
        ("convnext-tiny", Network.convNeXtTiny),
        ("deit-tiny", Network.deiTTiny), ("deit-small", Network.deiTSmall),
        ("dinov2-small", Network.dinoV2Small), ("dinov2-small-reg4", Network.dinoV2SmallRegisters),
    ]

    private static var zoo: [Entry] { small + large }

    /// The names that ``named(_:input:classes:)`` knows.
    public static var names: [String] { zoo.map(\.name) }

    /// Those of networks for images of about 32 pixels.
    package static var smallImageNames: [String] { small.map(\.name) }
    /// Those of networks for photos.
    package static var photoNames: [String] { large.map(\.name) }

    /// The network of that name for images `[C, H, W]`.
    ///
    /// - Throws: ``ModelError/Code/unknownNetwork``; the network's own errors when the images are too small for it.
    ///
    ///     try Network.named("cnn", input: [3, 32, 32], classes: 10).parameters().count     // 8
    public static func named(_ name: String, input: Shape, classes: Int) throws(ModelError) -> Network {
        guard let entry = zoo.first(where: { $0.name == name }) else {
            throw ModelError(
                .unknownNetwork, "there is no network \"\(name)\".", needs: "one of \(names.joined(separator: ", "))",
                received: name, advice: closestMatch(to: name, in: names).map { "did you mean \"\($0)\"?" })
        }
        try requireImage(input)
        let network = entry.make(input, classes)
        try network.validate()
        return network
    }
}
