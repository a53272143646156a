// swift-tools-version: 6.1
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

let numerics = Target.Dependency.product(name: "RealModule", package: "swift-numerics")

/// Language settings of every Swift target.
let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// The bodies of kernels lie beside the files that name them, not beside `for_each_instruction_set.h`, which includes them.
let bodies: [CSetting] = [.headerSearchPath(".")]

/// A room of the library. What it may import is stated in CONTRIBUTING.md and checked by `Scripts/check-structure`.
func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

/// Fixtures are read from the sources, not bundled.
func tests(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: settings)
}

/// `OCELLUS_FUZZ=1` adds the harness that `Scripts/fuzz/run-readers` builds.
let fuzzing: [Target] =
    Context.environment["OCELLUS_FUZZ"] == nil
    ? []
    : [
        .executableTarget(
            name: "OcellusFuzz", dependencies: ["OcellusArchive", "OcellusData", "OcellusExchange"],
            path: "Scripts/fuzz/readers",
            swiftSettings: settings)
    ]

/// `OCELLUS_SIMULATION=1` adds the runs of known truth that `Scripts/simulate-verdicts` judges, and the promises that
/// `Scripts/simulate-abstaining` tests.
let simulation: [Target] =
    Context.environment["OCELLUS_SIMULATION"] == nil
    ? []
    : [
        .executableTarget(
            name: "OcellusSimulation", dependencies: ["OcellusMetrics", "OcellusTensor"], path: "Scripts/verdicts",
            swiftSettings: settings),
        .executableTarget(
            name: "OcellusAbstaining",
            dependencies: [
                "Ocellus", "OcellusData", "OcellusEvidence", "OcellusFiles", "OcellusInference", "OcellusMetrics",
                "OcellusModel",
                "OcellusPlan", "OcellusTensor", "OcellusTraining",
            ], path: "Scripts/abstaining", swiftSettings: settings),
    ]

/// `OCELLUS_EXCHANGE=1` adds what `Scripts/exchange` compares with other runtimes.
let exchange: [Target] =
    Context.environment["OCELLUS_EXCHANGE"] == nil
    ? []
    : [
        .executableTarget(
            name: "OcellusExchangeProbe",
            dependencies: [
                "OcellusExchange", "OcellusInference", "OcellusArchive", "OcellusPixels", "OcellusPlan",
                "OcellusOneDNN",
                "OcellusReference", "OcellusFiles", "OcellusGraph", "OcellusModel", "OcellusTensor",
            ], path: "Scripts/exchange/probe", swiftSettings: settings)
    ]

/// `OCELLUS_HEAD_BENCHMARK=1` adds the program that `Benchmarks/head/compare.py` times.
let headBenchmark: [Target] =
    Context.environment["OCELLUS_HEAD_BENCHMARK"] == nil
    ? []
    : [
        .executableTarget(
            name: "OcellusHeadBenchmark", dependencies: ["OcellusTraining"], path: "Benchmarks/head",
            exclude: ["compare.py"], swiftSettings: settings)
    ]

let package = Package(
    name: "ocellus",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Ocellus", targets: ["Ocellus"]),
        .executable(name: "ocellus", targets: ["OcellusCommand"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-numerics", from: "1.1.0"),
    ],
    targets: [
        // Values and numbers: neither Foundation nor Glibc.
        room("OcellusTensor"),
        room("OcellusGraph", ["OcellusTensor"]),
        room("OcellusModel", ["OcellusGraph", "OcellusTensor", numerics]),
        room("OcellusPlan", ["OcellusGraph", "OcellusModel", "OcellusTensor", "COcellusThread", numerics]),
        room("OcellusReference", ["OcellusPlan", "OcellusGraph", "OcellusModel", "OcellusTensor", numerics]),
        room("OcellusMetrics", ["OcellusTensor", numerics]),

        // The engine.
        .target(name: "COcellusThread"),
        .target(
            name: "COneDNN", dependencies: ["COcellusEngineKernels"], linkerSettings: [.linkedLibrary("dnnl")]),
        .target(name: "COcellusInstructionSet"),
        .target(
            name: "COcellusEngineKernels", dependencies: ["COcellusInstructionSet"], cSettings: bodies,
            linkerSettings: [.linkedLibrary("gomp", .when(platforms: [.linux]))]),
        room(
            "OcellusOneDNN",
            ["OcellusPlan", "OcellusGraph", "OcellusModel", "OcellusTensor", "COneDNN", "COcellusEngineKernels"]),

        // Images and files.
        .target(name: "COcellusFiles"),
        .target(
            name: "COcellusDigest", linkerSettings: [.linkedLibrary("crypto", .when(platforms: [.linux]))]),
        room("OcellusFiles", ["OcellusTensor", "COcellusFiles", "COcellusDigest"]),
        .target(
            name: "COcellusImageCodecs", dependencies: ["COcellusImageKernels"],
            linkerSettings: [
                .linkedLibrary("jpeg"), .linkedLibrary("png"), .linkedLibrary("z"), .linkedLibrary("webp"),
                .linkedLibrary("webpdemux"), .linkedLibrary("gif"), .linkedLibrary("tiff"),
            ]),
        .target(name: "COcellusImageKernels", dependencies: ["COcellusInstructionSet"], cSettings: bodies),
        .target(name: "CEmbeddedImages", exclude: ["fashion-mini", "opencv-digits"]),
        room(
            "OcellusPixels",
            [
                "OcellusGraph", "OcellusModel", "OcellusTensor", "COcellusImageCodecs", "COcellusImageKernels",
                numerics,
            ]),
        room(
            "OcellusData",
            [
                "OcellusPixels", "OcellusFiles", "OcellusGraph", "OcellusModel", "OcellusTensor", "COcellusImageCodecs",
                "COcellusThread", "CEmbeddedImages",
            ]),
        .target(name: "CEmbeddedWeights", exclude: ["efficientnet-lite0"]),
        room(
            "OcellusArchive", ["OcellusFiles", "OcellusGraph", "OcellusModel", "OcellusTensor", "CEmbeddedWeights"]),
        .target(name: "COcellusTransfer", linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),
        room("OcellusExchange", ["OcellusFiles", "OcellusGraph", "OcellusModel", "OcellusTensor", numerics]),
        room("OcellusDatasets", ["OcellusData", "OcellusPixels", "OcellusFiles", "OcellusTensor", "COcellusTransfer"]),

        // Training, use, evidence.
        .target(name: "COcellusRegression", dependencies: ["COcellusInstructionSet"], cSettings: bodies),
        room(
            "OcellusTraining",
            [
                "COcellusRegression", "OcellusPlan", "OcellusGraph", "OcellusModel", "OcellusData", "OcellusPixels",
                "OcellusMetrics", "OcellusArchive", "OcellusFiles", "OcellusTensor", numerics,
            ]),
        room(
            "OcellusInference",
            [
                "OcellusArchive", "OcellusExchange", "OcellusFiles", "OcellusPlan", "OcellusData", "OcellusPixels",
                "OcellusGraph",
                "OcellusModel", "OcellusMetrics", "OcellusTensor",
            ]),
        room(
            "OcellusRuns",
            [
                "OcellusTraining", "OcellusInference", "OcellusMetrics", "OcellusArchive", "OcellusFiles",
                "OcellusData", "OcellusPlan",
                "OcellusGraph", "OcellusModel", "OcellusTensor",
            ]),
        room(
            "OcellusEvidence",
            [
                "OcellusRuns", "OcellusTraining", "OcellusInference", "OcellusMetrics", "OcellusArchive",
                "OcellusFiles",
                "OcellusData", "OcellusPixels", "OcellusPlan", "OcellusGraph", "OcellusModel", "OcellusTensor",
                numerics,
            ]),
        room(
            "OcellusReport",
            [
                "OcellusEvidence", "OcellusTraining", "OcellusInference", "OcellusData", "OcellusMetrics",
                "OcellusGraph", "OcellusModel", "OcellusTensor", numerics,
            ]),

        // What people import and run.
        room(
            "Ocellus",
            [
                "OcellusTensor", "OcellusGraph", "OcellusModel", "OcellusPlan", "OcellusReference", "OcellusOneDNN",
                "OcellusMetrics",
                "OcellusFiles", "OcellusData", "OcellusPixels", "OcellusArchive", "OcellusTraining", "OcellusInference",
                "OcellusRuns", "OcellusEvidence", "OcellusReport",
            ]),
        .executableTarget(
            name: "OcellusCommand",
            dependencies: [
                "Ocellus", "OcellusTensor", "OcellusGraph", "OcellusModel", "OcellusPlan", "OcellusReference",
                "OcellusOneDNN",
                "OcellusMetrics", "OcellusFiles", "OcellusData", "OcellusPixels", "OcellusDatasets", "OcellusArchive",
                "OcellusExchange",
                "OcellusTraining", "OcellusInference", "OcellusRuns", "OcellusEvidence", "OcellusReport",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings),

        // Tests.
        room(
            "OcellusTestSupport",
            [
                "OcellusPlan", "OcellusGraph", "OcellusModel", "OcellusTensor", "OcellusReference", "OcellusOneDNN",
                "OcellusPixels", numerics,
            ]),
        tests("OcellusTensorTests", ["OcellusTensor"]),
        tests("OcellusFilesTests", ["OcellusFiles", "OcellusTensor"]),
        tests("OcellusGraphTests", ["OcellusGraph", "OcellusModel", "OcellusTensor"]),
        tests("OcellusModelTests", ["OcellusGraph", "OcellusModel", "OcellusTensor"]),
        tests(
            "OcellusPlanTests",
            [
                "COcellusInstructionSet", "OcellusPlan", "OcellusGraph", "OcellusModel", "OcellusTensor",
                "OcellusReference",
                "OcellusOneDNN", "OcellusTestSupport",
            ]),
        tests("OcellusEngineKernelTests", ["COcellusEngineKernels", "OcellusPlan", "OcellusTensor", numerics]),
        tests("OcellusMetricsTests", ["OcellusMetrics", "OcellusTensor"]),
        tests(
            "OcellusPixelsTests",
            [
                "COcellusImageKernels", "COcellusInstructionSet", "OcellusPixels", "OcellusGraph", "OcellusModel",
                "OcellusTensor", "OcellusTestSupport",
            ]),
        tests(
            "OcellusDataTests",
            [
                "COcellusImageCodecs", "OcellusData", "OcellusFiles", "OcellusPixels", "OcellusGraph", "OcellusModel",
                "OcellusTensor", "OcellusTestSupport",
            ], exclude: ["Fixtures"]),
        tests("OcellusDatasetsTests", ["OcellusDatasets", "OcellusData", "OcellusTensor"]),
        tests(
            "OcellusArchiveTests",
            ["OcellusArchive", "OcellusFiles", "OcellusGraph", "OcellusModel", "OcellusTensor"],
            exclude: ["Fixtures"]),
        tests(
            "OcellusExchangeTests",
            [
                "OcellusExchange", "OcellusFiles", "OcellusGraph", "OcellusModel", "OcellusTensor", "OcellusPlan",
                "OcellusReference",
            ], exclude: ["Fixtures"]),
        tests(
            "OcellusInferenceTests",
            [
                "OcellusInference", "OcellusArchive", "OcellusData", "OcellusFiles", "OcellusPixels", "OcellusPlan",
                "OcellusGraph",
                "OcellusModel",
                "OcellusTensor", "OcellusReference", "OcellusOneDNN", "OcellusMetrics", "OcellusTestSupport",
            ]),
        tests(
            "OcellusTrainingTests",
            [
                "COcellusInstructionSet", "OcellusFiles", "OcellusTraining", "OcellusInference", "OcellusArchive",
                "OcellusData", "OcellusPixels", "OcellusPlan",
                "OcellusGraph", "OcellusModel", "OcellusTensor", "OcellusReference", "OcellusOneDNN", "OcellusMetrics",
                "OcellusTestSupport",
            ]),
        tests(
            "OcellusEvidenceTests",
            [
                "OcellusEvidence", "OcellusRuns", "OcellusTraining", "OcellusInference", "OcellusMetrics",
                "OcellusArchive",
                "OcellusData", "OcellusPixels", "OcellusGraph", "OcellusModel", "OcellusPlan", "OcellusTensor",
                "OcellusOneDNN",
                "OcellusReference", "OcellusTestSupport",
            ]),
        tests(
            "OcellusReportTests",
            [
                "OcellusReport", "OcellusEvidence", "OcellusTraining", "OcellusInference", "OcellusData",
                "OcellusMetrics", "OcellusGraph", "OcellusModel",
                "OcellusTensor", "OcellusArchive", "OcellusTestSupport",
            ]),
        tests(
            "OcellusTests",
            [
                "Ocellus", "OcellusArchive", "OcellusData", "OcellusPixels", "OcellusInference", "OcellusGraph",
                "OcellusModel",
                "OcellusOneDNN",
                "OcellusPlan", "OcellusTensor", "OcellusTestSupport", "OcellusTraining",
            ]),
        tests("OcellusCommandTests", ["OcellusData", "OcellusPixels", "OcellusTensor", "OcellusTestSupport"]),
    ] + fuzzing + simulation + exchange + headBenchmark,
    swiftLanguageModes: [.v6]
)
