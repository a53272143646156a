// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
public import OcellusTensor

/// Networks known by name. Each adapts to the images' size and the number of classes.
extension Network {
    private static let zoo: [(name: String, make: @Sendable (Shape, Int) -> Network)] = [
        ("ann", Network.ann), ("cnn", Network.cnn), ("lenet", Network.leNet), ("vgg-small", Network.vggSmall),
        ("resnet18", Network.resNet18), ("mobilenet-small", Network.mobileNetSmall),
        ("cifar94", Network.cifar94), ("vit-tiny", Network.vitTiny),
        ("efficientnet-lite0", Network.efficientNetLite0),
    ]

    /// The names that ``named(_:input:classes:)`` knows.
    public static var names: [String] { zoo.map(\.name) }

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
