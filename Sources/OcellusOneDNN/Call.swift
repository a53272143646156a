// SPDX-License-Identifier: Apache-2.0

import COcellusEngineKernels
import COneDNN
import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor

typealias Floats = UnsafeMutablePointer<Float>

/// Elements of maps in the type that stands beside them.
typealias Elements = UnsafeMutableRawPointer

/// What one step does: a kernel, and its arguments with every address resolved. Plain values, so that running copies no
/// references.
struct Call {
    var kernel: ocellus_kernel
    /// The struct that the kernel takes; lives as long as the executable.
    var arguments: UnsafeRawPointer
}

extension Resources {
    /// A call of a kernel.
    ///
    /// - Parameter arguments: Of the type that the kernel's comment names: C functions of one type take them as `void *`.
    func call(_ kernel: @escaping ocellus_kernel, _ arguments: some BitwiseCopyable) -> Call {
        Call(kernel: kernel, arguments: UnsafeRawPointer(table([arguments])))
    }
}

extension Precision {
    /// As the kernels name it.
    var element: ocellus_element { self == .bfloat16 ? ocellus_element_bfloat16 : ocellus_element_float32 }
}
