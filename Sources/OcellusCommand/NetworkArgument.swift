// SPDX-License-Identifier: Apache-2.0

import OcellusArchive
import OcellusData
import OcellusFiles
import OcellusGraph
import OcellusModel
import OcellusTensor

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `--network`: a name of the zoo, the one-line text form, a JSON file, or a model file.
enum NetworkArgument {
    /// - Throws: ``ModelError`` with "did you mean"; ``ArchiveError`` for files.
    static func network(_ text: String, input: Shape, classes: Int) throws -> Network {
        let isFile = Path(text).ending == Path("json") || Path(text).ending == Path("safetensors")
        guard isFile else {
            let network = try Network(text: text, input: input, classes: classes)
            try network.validate()
            return network
        }
        let url = URL(Path(text))
        if Path(text).ending == Path("safetensors") { return try ModelFile(contentsOf: url).network }
        let data = try AtomicFile.read(url)
        var network = try CanonicalJSON.decode(Network.self, from: String(decoding: data, as: UTF8.self), what: text)
        network.input = input
        try network.validate()
        return network
    }

    /// Networks of the library that do not take such small images say what to do, as nobody can change their layers.
    static func network(_ text: String, for images: ImageDataset) throws -> Network {
        do {
            return try network(text, input: images.shape, classes: images.classes.count)
        } catch var error as ModelError where error.kind == .kernelExceedsInput && Network.names.contains(text) {
            error.advice =
                "another network, e.g. \"conv 16 3x3, relu, maxpool 2, flatten, dense classes\", or for images in folders a larger "
                + "--size"
            throw error
        }
    }
}
