// SPDX-License-Identifier: Apache-2.0

public import OcellusMetrics
import OcellusTensor

/// Everything an evidence run found, in one value: text and page are made from it alone.
///
/// Written as `record.json`. Shares and accuracies are fractions in 0…1. Two runs of the same queue on one machine give the
/// same record but for `created`, and for what is named `seconds`, `budget` or `milliseconds`.
public struct EvidenceRecord: Codable, Sendable {
    /// Raised when a field changes its meaning; a reader refuses a higher number.
    ///
    /// 2: the verdict *not reached*, and no verdict by fewer than three seeds.
    ///
    /// 3: claims are judged, not statements: intersection–union within a claim, Holm across claims, looks at 3, 5, 8 … seeds.
    public var schema = 3
    /// Tells the record of evidence from that of a comparison.
    public var kind = "evidence"
    /// ISO 8601, UTC.
    public var created: String
    /// The command line to repeat the run, one word an element.
    public var command: [String]
    /// Wall time of all finished cells.
    public var seconds: Double
    public var environment: ComparisonRecord.Environment
    public var data: ComparisonRecord.DataDescription
    public var networks: [NetworkFacts]
    public var plan: Plan
    /// In the order of the run.
    public var claims: [ClaimRecord]
    /// How many times test images were scored: once for each trained model. Probes read part of them again.
    public var testReadings: Int
    /// Which training images each training of the record saw, in the order of the queue; absent in the published
    /// record of `docs/results`, which is older.
    public var splits: [TrainingSplit]? = nil

    /// The images of all trainings that draw the same ones: the same seed, share and change of the images.
    public struct TrainingSplit: Codable, Sendable, Equatable {
        public var seed: UInt64
        /// Share of the run's training images, in percent.
        public var percent: Int
        /// `plain`, `permuted`, `rotated` or `shifted`.
        public var images: String
        /// Images of one epoch, copies included.
        public var count: Int
        /// SHA-256 of the images, their labels and class names, hexadecimal.
        public var sha256: String
    }

    /// One of the two networks.
    public struct NetworkFacts: Codable, Sendable {
        public var name: String
        /// The layers in one line.
        public var network: String
        public var parameters: Int
        public var multiplyAdds: Int
    }

    /// What was planned and how much of it is done.
    public struct Plan: Codable, Sendable {
        public var seeds: [UInt64]
        public var trainImages: Int
        public var epochs: Int
        public var batchSize: Int
        public var learningRate: Double
        public var probeImages: Int
        public var cellsPlanned: Int
        public var cellsFinished: Int
        /// Statements judged together.
        public var statements: Int
        /// What is held equal and how verdicts come about, one sentence each.
        public var notes: [String]
    }
}

/// One claim with what was found about it.
public struct ClaimRecord: Codable, Sendable {
    /// As `--claims` takes it.
    public var name: String
    public var title: String
    /// What is claimed.
    public var statement: String
    /// What was done, in two sentences.
    public var method: String
    public var source: String
    public var caveats: [String]
    /// *Supported* when every finding is that is no detail, *not supported* when one is not, *not reached* when none was
    /// measured, else *cannot tell*.
    public var verdict: Judgement.Verdict
    /// How the measured part of the claim was judged; absent where everything is exact, and in records of schema 1 and 2.
    public var look: Look? = nil
    public var findings: [Finding]
    public var figures: [ClaimFigure]
    public var tables: [ClaimTable]
    /// Filters of the first seed's network, where the claim is about them.
    public var filters: ComparisonRecord.FilterSheet?
    /// What its first layers make of one test image; absent where pictures are left out.
    public var featureMaps: ComparisonRecord.FeatureMapSheet?
    /// Wall time of the cells that this claim needs; claims share cells.
    public var seconds: Double

    /// A look at the claims of a run.
    public struct Look: Codable, Sendable, Equatable {
        /// From 1: the one that decided, or the last there was; absent with too few seeds for the first.
        public var number: Int?
        /// The first seeds, which the look uses.
        public var seeds: Int?
        /// The chance of a wrong verdict that it leaves the claim.
        public var error: Double?
        public var pValue: Double
        /// Claims that are judged together; one added later is of another family. From 1.
        public var family: Int
        /// What would decide a claim that is undecided.
        public var needed: SeedsNeeded?
    }

    /// The finding that the verdict hangs on: the first with the claim's verdict or, where all of them must hold, the least
    /// certain one of those that chance has a part in.
    public var decisive: Finding? {
        let findings = findings.filter { $0.isDetail != true }
        let same = findings.filter { $0.judgement.verdict == verdict }
        guard verdict == .supported else {
            return same.first ?? findings.first { !$0.isExact } ?? findings.first
        }
        return same.filter { !$0.isExact }.max { $0.judgement.pValue < $1.judgement.pValue } ?? same.first
    }
}

/// One measured statement with its verdict.
public struct Finding: Codable, Sendable {
    public enum Unit: String, Codable, Sendable {
        /// Fractions, shown as percentage points.
        case points
        /// How many times as large.
        case ratio
        /// A relative difference that should be no more than rounding.
        case error
        /// Nats of cross-entropy.
        case loss
    }
    /// What is measured, e.g. `accuracy that ANN loses by permuting the pixels`.
    public var text: String
    public var unit: Unit
    public var expectation: ClaimedEffect
    /// One for each seed, in the order of the seeds; a single one for what is counted.
    public var points: [Double]
    public var judgement: Judgement
    /// Whether it is counted or computed, so that chance has no part in it.
    public var isExact: Bool
    /// One step of what the points count, below √½ of which no spread is assumed; absent for what is exact, and in records
    /// of schema 1.
    public var resolution: Double? = nil
    /// The farthest from 0 that the mean can lie; absent where it has no end, and in records of schema 1.
    public var most: Double? = nil
    /// Whether it stands beside the claim and decides nothing; absent in records of schema 1 and 2, where all decide.
    public var isDetail: Bool? = nil
}

/// Curves or a map of colours.
public struct ClaimFigure: Codable, Sendable {
    public struct Curve: Codable, Sendable {
        public var name: String
        /// Position among the run's networks, for the colour.
        public var series: Int
        /// Whether it is drawn dashed.
        public var isDashed: Bool
        /// Over the figure's places.
        public var values: [Double?]
        /// Half of the 95 % t interval over seeds; absent for one seed.
        public var spread: [Double?]?
    }
    /// Values over two axes.
    public struct Map: Codable, Sendable {
        public var name: String
        /// `[row][column]` over the figure's places, rows downwards.
        public var values: [[Double]]
    }
    public enum Scale: String, Codable, Sendable {
        case linear, logarithmic
    }
    public var heading: String
    public var caption: String
    public var xTitle: String
    public var yTitle: String
    public var xScale = Scale.linear
    public var yScale = Scale.linear
    /// Whether values are fractions, shown in percent.
    public var isPercent = true
    public var places: [Double]
    public var curves: [Curve] = []
    public var maps: [Map] = []
}

/// Numbers in rows.
public struct ClaimTable: Codable, Sendable {
    public enum Unit: String, Codable, Sendable {
        case percent, count, ratio, milliseconds, difference
    }
    public struct Column: Codable, Sendable {
        public var title: String
        public var unit: Unit
    }
    public struct Row: Codable, Sendable {
        public var name: String
        public var values: [Double?]
    }
    public var heading: String
    public var columns: [Column]
    public var rows: [Row]
    public var note: String?
}
