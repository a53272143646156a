// SPDX-License-Identifier: Apache-2.0

import OcellusTensor

extension Network {
    /// The input window that one output position of each layer sees, by the layer's path, e.g. `3` or `layer1.0.conv1`.
    ///
    /// Layers inside composites are there too; a composite has the window of its widest branch.
    package func windows() throws(ModelError) -> [String: Window] {
        _ = try outputShape()
        var windows: [String: Window] = [:]
        try Self.collect(layers, prefix: "", branch: nil, from: .pointwise, input.batched(1), into: &windows)
        return windows
    }

    private static func collect(
        _ layers: [NamedLayer], prefix: String, branch: String?, from start: Window, _ input: Shape,
        into windows: inout [String: Window]
    ) throws(ModelError) {
        var window = start
        _ = try LayerPath.walk(layers, branch: branch, from: input) { (layer, index, input, _) throws(ModelError) in
            let path = prefix + LayerPath.component(layer, index, branch: branch)
            switch layer.kind {
            case .residual(let residual):
                try collect(
                    residual.body, prefix: path + ".", branch: "body", from: window, input, into: &windows)
                try collect(
                    residual.shortcut, prefix: path + ".", branch: "shortcut", from: window, input, into: &windows)
            case .concatenate(let joined):
                for (number, branch) in joined.branches.enumerated() {
                    try collect(
                        branch, prefix: path + ".", branch: "branches.\(number)", from: window, input, into: &windows)
                }
            default: break
            }
            window = window.followed(by: layer.layer.window(for: input))
            windows[path] = window
        }
    }
}
