// SPDX-License-Identifier: Apache-2.0

/// How a parameter's first values are drawn.
public enum Initializer: Hashable, Codable, Sendable {
    case zeros
    case ones
    /// Uniform in ±√(6 / (fanIn + fanOut)). Glorot and Bengio 2010, AISTATS, equation 16; the default of Keras.
    case glorotUniform
    /// Normal with standard deviation √(2 / fanIn). He et al. 2015, arXiv:1502.01852, section 2.2.
    case heNormal
    /// Uniform in ±1/√fanIn, the default of PyTorch's `Linear` and `Conv2d` weights.
    case fanInUniform
    /// The same number in every element.
    case constant(Float)
    /// Normal with the given standard deviation.
    case normal(standardDeviation: Float)
    /// Output o passes on input o: `w[o,o]` is 1 at the kernel's middle (row `kH/2`, column `kW/2`, rounded down) and 0
    /// elsewhere, for as many outputs as a group has inputs; the outputs beyond them start as ``fanInUniform``.
    ///
    /// Zagoruyko and Komodakis 2017, arXiv:1706.00388, in the partial form of Jordan 2024, arXiv:2404.00498, section 3.3.
    case dirac
}
