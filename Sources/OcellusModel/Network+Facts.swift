// SPDX-License-Identifier: Apache-2.0

package import OcellusGraph
import OcellusTensor

extension Network {
    /// The input window that one output position of each layer sees, by the layer's path, e.g. `3` or `layer1.0.conv1`.
    ///
    /// Layers inside composites are there too; a composite has the window of its widest branch.
    package func windows() throws(ModelError) -> [String: Window] {
        let graph = try graph()
        let walk = try GraphWalk(graph)
        return Dictionary(graph.scopes.map { ($0.path, walk.windows[$0.output.index]) }) { _, last in last }
    }

    /// Whether a layer looks at neighbourhoods with weights. One that cannot be built has none; its error comes where it is
    /// compiled.
    package var hasConvolution: Bool { (try? graph())?.hasConvolution ?? false }
}
