// SPDX-License-Identifier: Apache-2.0
//
// libFuzzer's harness of the readers of containers, tables and models: OCELLUS_FUZZ_READER says which. Errors are what is
// expected; anything else is a finding.
import Foundation
import OcellusArchive
import OcellusData
import OcellusExchange

@_silgen_name("LLVMFuzzerRunDriver")
func runFuzzer(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// The name by which libFuzzer's own start finds the harness, where the linker takes that.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let reader = getenv("OCELLUS_FUZZ_READER").map { String(cString: $0) } ?? ""
    let bytes = Array(UnsafeBufferPointer(start: data, count: count))
    if reader == "onnx" {
        ONNXFuzzing.run(bytes)
    } else {
        ReaderFuzzing.run(reader, bytes)
        ForeignFuzzing.run(reader, bytes)
    }
    return 0
}

var count = CommandLine.argc
var arguments = CommandLine.unsafeArgv
exit(runFuzzer(&count, &arguments, fuzz))
