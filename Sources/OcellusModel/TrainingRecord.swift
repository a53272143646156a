// SPDX-License-Identifier: Apache-2.0

/// What trained a model, as far as a reader of the model file can use it: settings, data, scores, machine.
public struct TrainingRecord: Hashable, Sendable {
    /// Right answers among answers.
    public struct Score: Hashable, Codable, Sendable {
        public var correct: Int
        public var count: Int
        /// Images of the largest class: what always answering it gets right; `nil` in files that do not say.
        public var largestClass: Int?

        public init(correct: Int, count: Int, largestClass: Int? = nil) {
            self.correct = correct
            self.count = count
            self.largestClass = largestClass
        }

        /// A fraction in 0…1; 0 without images.
        public var accuracy: Double { count == 0 ? 0 : Double(correct) / Double(count) }
    }

    /// How the head was trained, where a network that was trained elsewhere gives its features; `nil` for a training from
    /// weights that were drawn. With an ``optimizer`` the stages of that network trained after it.
    public var transfer: TransferRecord?
    /// `nil` for a head on features, which has no steps.
    public var optimizer: Optimizer?
    public var schedule: Schedule?
    public var loss: Loss
    /// Joint norm to which gradients were scaled down; `nil` left them.
    public var maximumGradientNorm: Double?
    /// Epochs that the schedule was planned for; this and what follows up to the seed is 0 for a head on features.
    public var epochs: Int
    /// Updates that it was planned for where the last epoch was cut short; `nil` for whole epochs.
    public var steps: Int?
    /// Epoch whose weights these are, 1-based; less than ``epochs`` when the best epoch was taken, 0 when none was better than
    /// the weights that it began with.
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
    public var data: DataIdentity
    /// Images that trained; `nil` in files that do not say.
    public var images: Int?
    /// Whose weights it began with; `nil` when they were drawn.
    public var continuedFrom: EarlierModel?
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
        crops: String? = nil, sampling: String? = nil, data: DataIdentity, continuedFrom: EarlierModel? = nil,
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
        self.data = data
        self.continuedFrom = continuedFrom
        self.validation = validation
        self.test = test
        self.backend = backend
        self.precision = precision
        self.choices = choices
        self.algorithms = algorithms
        self.ocellusVersion = ocellusVersion
        self.date = date
    }

    /// Of a head on features.
    ///
    /// - Parameters:
    ///   - transfer: How it was trained.
    ///   - loss: With the weights of classes.
    ///   - seed: Of the folds.
    ///   - data: Which images it was trained on.
    ///   - validation: Of images that the judging head had not seen.
    ///   - test: `nil` when there are no test images.
    ///   - backend: What computed the features.
    ///   - precision: Of the features.
    ///   - ocellusVersion: Of the program that trained.
    ///   - date: When training ended, ISO 8601 in UTC.
    public init(
        transfer: TransferRecord, loss: Loss, seed: UInt64, data: DataIdentity, validation: Score?, test: Score?,
        backend: String, precision: Precision?, ocellusVersion: String, date: String
    ) {
        self.transfer = transfer
        self.loss = loss
        (epochs, epoch, batchSize) = (0, 0, 0)
        self.seed = seed
        self.data = data
        self.validation = validation
        self.test = test
        self.backend = backend
        self.precision = precision
        choices = [:]
        self.ocellusVersion = ocellusVersion
        self.date = date
    }
}

/// The JSON of model files of format 1.0, which stays readable for ever: ``data`` has no object of its own there.
extension TrainingRecord: Codable {
    private enum CodingKeys: String, CodingKey {
        case transfer, optimizer, schedule, loss, maximumGradientNorm, epochs, steps, epoch, batchSize, seed,
            augmentation, crops, sampling, images, continuedFrom, validation, test, backend, precision, choices,
            algorithms,
            ocellusVersion, date
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let transfer = try values.decodeIfPresent(TransferRecord.self, forKey: .transfer)
        if let transfer, !values.contains(.optimizer) {
            self.init(
                transfer: transfer, loss: try values.decode(Loss.self, forKey: .loss),
                seed: try values.decode(UInt64.self, forKey: .seed), data: try DataIdentity(from: decoder),
                validation: try values.decodeIfPresent(Score.self, forKey: .validation),
                test: try values.decodeIfPresent(Score.self, forKey: .test),
                backend: try values.decode(String.self, forKey: .backend),
                precision: try values.decodeIfPresent(Precision.self, forKey: .precision),
                ocellusVersion: try values.decode(String.self, forKey: .ocellusVersion),
                date: try values.decode(String.self, forKey: .date))
            images = try values.decodeIfPresent(Int.self, forKey: .images)
            return
        }
        self.init(
            optimizer: try values.decode(Optimizer.self, forKey: .optimizer),
            schedule: try values.decode(Schedule.self, forKey: .schedule),
            loss: try values.decode(Loss.self, forKey: .loss),
            maximumGradientNorm: try values.decodeIfPresent(Double.self, forKey: .maximumGradientNorm),
            epochs: try values.decode(Int.self, forKey: .epochs),
            steps: try values.decodeIfPresent(Int.self, forKey: .steps),
            epoch: try values.decode(Int.self, forKey: .epoch),
            batchSize: try values.decode(Int.self, forKey: .batchSize),
            seed: try values.decode(UInt64.self, forKey: .seed),
            augmentation: try values.decodeIfPresent(Augmentation.self, forKey: .augmentation),
            crops: try values.decodeIfPresent(String.self, forKey: .crops),
            sampling: try values.decodeIfPresent(String.self, forKey: .sampling),
            data: try DataIdentity(from: decoder),
            continuedFrom: try values.decodeIfPresent(EarlierModel.self, forKey: .continuedFrom),
            validation: try values.decodeIfPresent(Score.self, forKey: .validation),
            test: try values.decodeIfPresent(Score.self, forKey: .test),
            backend: try values.decode(String.self, forKey: .backend),
            precision: try values.decodeIfPresent(Precision.self, forKey: .precision),
            choices: try values.decode([String: String].self, forKey: .choices),
            algorithms: try values.decodeIfPresent(AlgorithmTable.self, forKey: .algorithms),
            ocellusVersion: try values.decode(String.self, forKey: .ocellusVersion),
            date: try values.decode(String.self, forKey: .date))
        self.transfer = transfer
        images = try values.decodeIfPresent(Int.self, forKey: .images)
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encodeIfPresent(transfer, forKey: .transfer)
        try values.encodeIfPresent(optimizer, forKey: .optimizer)
        try values.encodeIfPresent(schedule, forKey: .schedule)
        try values.encode(loss, forKey: .loss)
        try values.encodeIfPresent(maximumGradientNorm, forKey: .maximumGradientNorm)
        try values.encode(epochs, forKey: .epochs)
        try values.encodeIfPresent(steps, forKey: .steps)
        try values.encode(epoch, forKey: .epoch)
        try values.encode(batchSize, forKey: .batchSize)
        try values.encode(seed, forKey: .seed)
        try values.encodeIfPresent(augmentation, forKey: .augmentation)
        try values.encodeIfPresent(crops, forKey: .crops)
        try values.encodeIfPresent(sampling, forKey: .sampling)
        try data.encode(to: encoder)
        try values.encodeIfPresent(images, forKey: .images)
        try values.encodeIfPresent(continuedFrom, forKey: .continuedFrom)
        try values.encodeIfPresent(validation, forKey: .validation)
        try values.encodeIfPresent(test, forKey: .test)
        try values.encode(backend, forKey: .backend)
        try values.encodeIfPresent(precision, forKey: .precision)
        try values.encode(choices, forKey: .choices)
        try values.encodeIfPresent(algorithms, forKey: .algorithms)
        try values.encode(ocellusVersion, forKey: .ocellusVersion)
        try values.encode(date, forKey: .date)
    }
}
