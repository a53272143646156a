// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor

/// `y = body(x) + shortcut(x)`; an empty shortcut is the identity. Both must give the same shape.
///
/// He et al. 2015, arXiv:1512.03385. Parameters are named `body.0.weight`, `shortcut.0.weight` unless the layers carry
/// names of their own.
public struct Residual: Layer {
    public var body: [NamedLayer]
    public var shortcut: [NamedLayer]

    public init(
        @NetworkBuilder body: () -> [NamedLayer], @NetworkBuilder shortcut: () -> [NamedLayer] = { [] }
    ) {
        self.body = body()
        self.shortcut = shortcut()
    }

    public func outputShape(for input: Shape) throws(ModelError) -> Shape {
        let output = try LayerPath.outputShape(of: body, branch: "body", for: input)
        let other = try LayerPath.outputShape(of: shortcut, branch: "shortcut", for: input)
        guard output == other else {
            throw ModelError(
                .branchShapesDiffer, "cannot add its branches.", needs: "equal shapes",
                received: "\(printed(output)) from the body, \(printed(other)) from the shortcut",
                advice: "a 1×1 convolution with the body's stride and channels as the shortcut")
        }
        return output
    }
    public func parameters(for input: Shape) throws(ModelError) -> [ParameterSpec] {
        try LayerPath.parameters(of: body, branch: "body", for: input)
            + LayerPath.parameters(of: shortcut, branch: "shortcut", for: input)
    }
    public func buffers(for input: Shape) throws(ModelError) -> [BufferSpec] {
        try LayerPath.buffers(of: body, branch: "body", for: input)
            + LayerPath.buffers(of: shortcut, branch: "shortcut", for: input)
    }
    public func multiplyAdds(for input: Shape) throws(ModelError) -> Int {
        try sum(
            try LayerPath.multiplyAdds(of: body, branch: "body", for: input),
            try LayerPath.multiplyAdds(of: shortcut, branch: "shortcut", for: input))
    }
    /// The body's window: the shortcut sees less.
    public func window(for input: Shape) -> Window { LayerPath.window(of: body, for: input) }
    public var description: String {
        "Residual(" + body.map(\.layer.description).joined(separator: ", ")
            + (shortcut.isEmpty ? "" : "; shortcut " + shortcut.map(\.layer.description).joined(separator: ", ")) + ")"
    }
    public var kind: LayerKind { .residual(self) }
}

/// Runs branches on the same input and joins their maps along the channel axis (or features along F).
///
/// `[N, C, H, W]` gives `[N, ΣCᵢ, H′, W′]`; all branches must give the same H′ and W′. Parameters of branch i are named
/// `branches.i.0.weight` unless the layers carry names of their own.
public struct Concatenate: Layer {
    public var branches: [[NamedLayer]]

    public init(_ branches: [[NamedLayer]]) { self.branches = branches }

    /// `Concatenate { Branch { … }; Branch { … } }`
    public init(@BranchBuilder _ branches: () -> [[NamedLayer]]) { self.branches = branches() }

    public func outputShape(for input: Shape) throws(ModelError) -> Shape {
        guard !branches.isEmpty else {
            throw ModelError(.emptyNetwork, "has no branches.", needs: "at least one branch")
        }
        var result: Shape?
        for (index, branch) in branches.enumerated() {
            let shape = try LayerPath.outputShape(of: branch, branch: "branches.\(index)", for: input)
            guard var joined = result else {
                result = shape
                continue
            }
            var expected = joined
            expected[1] = shape.rank > 1 ? shape[1] : 0
            guard expected == shape else {
                throw ModelError(
                    .branchShapesDiffer, "cannot join its branches.", needs: "equal sizes in all axes but channels",
                    received: "\(printed(joined)) and \(printed(shape))", advice: "the same padding and strides in each"
                )
            }
            joined[1] += shape[1]
            result = try checked(joined)
        }
        return result ?? input
    }
    public func parameters(for input: Shape) throws(ModelError) -> [ParameterSpec] {
        var specs: [ParameterSpec] = []
        for (index, branch) in branches.enumerated() {
            specs += try LayerPath.parameters(of: branch, branch: "branches.\(index)", for: input)
        }
        return specs
    }
    public func buffers(for input: Shape) throws(ModelError) -> [BufferSpec] {
        var specs: [BufferSpec] = []
        for (index, branch) in branches.enumerated() {
            specs += try LayerPath.buffers(of: branch, branch: "branches.\(index)", for: input)
        }
        return specs
    }
    public func multiplyAdds(for input: Shape) throws(ModelError) -> Int {
        var total = 0
        for (index, branch) in branches.enumerated() {
            total = try sum(total, try LayerPath.multiplyAdds(of: branch, branch: "branches.\(index)", for: input))
        }
        return total
    }
    /// The widest branch's window.
    public func window(for input: Shape) -> Window {
        branches.map { LayerPath.window(of: $0, for: input) }
            .max { $0.extent.height * $0.extent.width < $1.extent.height * $1.extent.width } ?? .pointwise
    }
    public var description: String {
        "Concatenate("
            + branches.map { $0.map(\.layer.description).joined(separator: ", ") }.joined(separator: " | ") + ")"
    }
    public var kind: LayerKind { .concatenate(self) }
}
