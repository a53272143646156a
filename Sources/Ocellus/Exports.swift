// SPDX-License-Identifier: Apache-2.0

@_exported public import OcellusArchive
@_exported public import OcellusData
@_exported public import OcellusEvidence
@_exported public import OcellusGraph
@_exported public import OcellusInference
@_exported public import OcellusMetrics
@_exported public import OcellusModel
@_exported public import OcellusPixels
@_exported public import OcellusReport
@_exported public import OcellusRuns
@_exported public import OcellusTensor
@_exported public import OcellusTraining
