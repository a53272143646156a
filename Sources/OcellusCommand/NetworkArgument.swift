// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusArchive
import OcellusData
import OcellusFiles
import OcellusModel
import OcellusTensor

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

    static func network(_ text: String, for images: ImageDataset) throws -> Network {
        try network(text, input: images.shape, classes: images.classes.count)
    }
}
