// SPDX-License-Identifier: Apache-2.0

/// What trained a model, as far as a reader of the model file can use it: settings, data, scores, machine.
public struct TrainingRecord: Hashable, Codable, Sendable {
    /// Right answers among answers.
    public struct Score: Hashable, Codable, Sendable {
        public var correct: Int
        public var count: Int

        public init(correct: Int, count: Int) {
            self.correct = correct
            self.count = count
        }

        /// A fraction in 0…1; 0 without images.
        public var accuracy: Double { count == 0 ? 0 : Double(correct) / Double(count) }
    }

    public var optimizer: Optimizer
    public var schedule: Schedule
    public var loss: Loss
    /// Joint norm to which gradients were scaled down; `nil` left them.
    public var maximumGradientNorm: Double?
    /// Epochs that the schedule was planned for.
    public var epochs: Int
    /// Updates that it was planned for where the last epoch was cut short; `nil` for whole epochs.
    public var steps: Int?
    /// Epoch whose weights these are, 1-based; less than ``epochs`` when the best epoch was taken.
    public var epoch: Int
    public var batchSize: Int
    public var seed: UInt64
    /// How the training images were changed at random; `nil` when they were not.
    public var augmentation: Augmentation?
    /// `files` when random crops were cut out of the files' own pixels, where only they were decoded; `nil` when out of
    /// images that had been fitted to the model's size before.
    public var crops: String?
    /// `balanced` when every class was shown equally often; `nil` when every image was shown once an epoch.
    public var sampling: String?
    /// The data set's name, e.g. `cifar10`.
    public var dataName: String
    /// Hexadecimal, of the training images, labels and class names before the split.
    public var dataSha256: String
    /// Hexadecimal, of what was held out for validation.
    public var splitSha256: String
    /// Of these weights; `nil` when there was no validation split.
    public var validation: Score?
    /// Of these weights; `nil` when the test images were not read.
    public var test: Score?
    /// `onednn` or `reference`.
    public var backend: String
    /// What products were computed in; `nil` in files of versions that had float32 alone.
    public var precision: Precision?
    /// What decided the bits, e.g. the algorithm of each convolution.
    public var choices: [String: String]
    /// What was chosen by measuring; `nil` where a rule of the shapes chose.
    public var algorithms: AlgorithmTable?
    /// Of the program that trained.
    public var ocellusVersion: String
    /// When training ended, ISO 8601 in UTC, e.g. `2026-01-31T12:00:00Z`.
    public var date: String

    public init(
        optimizer: Optimizer, schedule: Schedule, loss: Loss, maximumGradientNorm: Double? = nil, epochs: Int,
        steps: Int? = nil, epoch: Int, batchSize: Int, seed: UInt64, augmentation: Augmentation? = nil,
        crops: String? = nil, sampling: String? = nil, dataName: String,
        dataSha256: String, splitSha256: String,
        validation: Score? = nil, test: Score? = nil, backend: String, precision: Precision? = nil,
        choices: [String: String], algorithms: AlgorithmTable? = nil,
        ocellusVersion: String, date: String
    ) {
        self.optimizer = optimizer
        self.schedule = schedule
        self.loss = loss
        self.maximumGradientNorm = maximumGradientNorm
        self.epochs = epochs
        self.steps = steps
        self.epoch = epoch
        self.batchSize = batchSize
        self.seed = seed
        self.augmentation = augmentation
        self.crops = crops
        self.sampling = sampling
        self.dataName = dataName
        self.dataSha256 = dataSha256
        self.splitSha256 = splitSha256
        self.validation = validation
        self.test = test
        self.backend = backend
        self.precision = precision
        self.choices = choices
        self.algorithms = algorithms
        self.ocellusVersion = ocellusVersion
        self.date = date
    }
}
