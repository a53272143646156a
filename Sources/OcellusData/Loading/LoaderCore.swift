// SPDX-License-Identifier: Apache-2.0

import COcellusThread
import OcellusModel
import OcellusPixels
import OcellusTensor
import Synchronization

/// What a ``BatchLoader`` and its threads share.
final class LoaderCore: Sendable {
    private let images: ImageSet
    private let augmentation: Augmentation
    private let seed: UInt64
    private let state: Mutex<LoaderState>
    /// A place for each batch that is held, `[depth, batchSize, C, H, W]`. Each image is written by the one thread that
    /// took it, and read when all of its batch are written.
    nonisolated(unsafe) private let pixels: UnsafeMutableBufferPointer<UInt8>
    private let slotSize: Int
    // Made here, freed in deinit, thread-safe in themselves.
    /// Counts the items that wait for a thread.
    nonisolated(unsafe) private let work = ocellus_semaphore_create()
    /// Counts the batches that are complete, for each place.
    nonisolated(unsafe) private let ready: [OpaquePointer?]
    /// Counts the threads that have ended.
    nonisolated(unsafe) private let ended = ocellus_semaphore_create()

    init(_ images: ImageSet, schedule: BatchSchedule, augmentation: Augmentation?, seed: UInt64) {
        self.images = images
        self.augmentation = augmentation ?? .none
        self.seed = seed
        slotSize = schedule.batchSize * images.shape.count
        pixels = .allocate(capacity: BatchLoader.depth * slotSize)
        pixels.initialize(repeating: 0)
        ready = (0..<BatchLoader.depth).map { _ in ocellus_semaphore_create() }
        // Small images are taken several at a time: taking one costs as much as copying a few kilobytes.
        let grain = max(1, (1 << 16) / max(1, images.shape.count))
        state = Mutex(LoaderState(schedule, grain: grain))
        for _ in 0..<BatchLoader.depth { scheduleBatch() }
    }

    deinit {
        pixels.deallocate()
        ocellus_semaphore_destroy(work)
        for semaphore in ready { ocellus_semaphore_destroy(semaphore) }
        ocellus_semaphore_destroy(ended)
    }

    var memory: Int { pixels.count }

    // MARK: The one who takes batches

    func withNext<Result>(_ body: (BatchLoader.Batch) throws -> Result) throws -> Result? {
        guard let slot = state.withLock({ $0.nextSlot }) else { return nil }
        ocellus_semaphore_wait(ready[slot])
        let (content, isStopped) = state.withLock { $0.take(slot) }
        if isStopped { return nil }
        defer { scheduleBatch() }
        if let failure = content.failure { throw failure.error }
        let count = content.indices.count * images.shape.count
        return try body(
            BatchLoader.Batch(
                epoch: content.epoch, indices: content.indices, labels: content.labels,
                pixels: UnsafeBufferPointer(rebasing: pixels[slot * slotSize..<slot * slotSize + count])))
    }

    /// Gives the threads another batch to make, if there is one.
    private func scheduleBatch() {
        let items = state.withLock { state in
            state.schedule { images.labels[$0 % images.count] }
        }
        for _ in 0..<items { ocellus_semaphore_signal(work) }
    }

    func stop(threads: Int) {
        guard state.withLock({ $0.stop() }) else { return }
        for _ in 0..<threads { ocellus_semaphore_signal(work) }
        for _ in 0..<threads { ocellus_semaphore_wait(ended) }
        for semaphore in ready { ocellus_semaphore_signal(semaphore) }
    }

    // MARK: The threads

    /// - Returns: 0, or the system's error number.
    func startThread() -> Int32 {
        // The thread's own reference: it ends before the loader's does, which waits for it.
        let context = Unmanaged.passRetained(self)
        let status = ocellus_thread_start(
            { context in
                guard let context else { return }
                let core = Unmanaged<LoaderCore>.fromOpaque(context).takeRetainedValue()
                core.makeImages()
                ocellus_semaphore_signal(core.ended)
            }, context.toOpaque())
        if status != 0 { context.release() }
        return status
    }

    private func makeImages() {
        let augmenter = ImageAugmenter(augmentation, images: images, seed: seed)
        let size = images.shape.count
        while true {
            ocellus_semaphore_wait(work)
            guard let item = state.withLock({ $0.takeItem() }) else { return }
            var labels: [MixedLabel] = []
            var failure: LoaderState.Failure?
            for (place, index) in zip(item.places, item.indices) {
                let start = item.slot * slotSize + place * size
                do {
                    labels.append(
                        try augmenter.augment(
                            index, epoch: item.epoch,
                            into: UnsafeMutableBufferPointer(rebasing: pixels[start..<start + size])))
                } catch {
                    labels.append(MixedLabel(images.labels[index % images.count]))
                    failure = failure ?? LoaderState.Failure(place: place, error: error)
                }
            }
            if state.withLock({ $0.finish(item, labels, failure) }) { ocellus_semaphore_signal(ready[item.slot]) }
        }
    }
}

/// Which batches are held and which of their images are still to make.
struct LoaderState {
    struct Failure {
        var place: Int
        var error: DataError
    }

    /// A batch that is held.
    struct Slot {
        var epoch = 0
        var indices: ArraySlice<Int> = []
        var labels: [MixedLabel] = []
        /// Images that are not yet made.
        var remaining = 0
        /// Of several the one of the smallest place.
        var failure: Failure?
    }

    /// Images of one batch that a thread makes in one go.
    struct Item {
        var slot: Int
        var epoch: Int
        /// Places in the batch.
        var places: Range<Int>
        var indices: ArraySlice<Int>
    }

    private let schedule: BatchSchedule
    private let grain: Int
    private var slots = [Slot](repeating: Slot(), count: BatchLoader.depth)
    /// Batches given to the threads, begun by them, and lent, since the start.
    private var scheduled = 0
    private var begun = 0
    private var lent = 0
    /// Images of the batch under way that threads have taken.
    private var taken = 0
    private var epoch: Int
    private var order: [Int] = []
    /// Where the next batch begins in `order`.
    private var position = 0
    private var isStopped = false

    init(_ schedule: BatchSchedule, grain: Int) {
        self.schedule = schedule
        self.grain = grain
        epoch = schedule.start.epoch
        guard epoch < schedule.epochs else { return }
        order = schedule.positions(epoch)
        position = schedule.start.batch * schedule.batchSize
    }

    /// Where the next batch to be lent lies; `nil` when none comes any more.
    var nextSlot: Int? { isStopped || lent == scheduled ? nil : lent % slots.count }

    mutating func take(_ slot: Int) -> (content: Slot, isStopped: Bool) {
        lent += 1
        return (slots[slot], isStopped)
    }

    /// Puts the next batch where there is room, which the caller knows.
    ///
    /// - Returns: How many items it gives the threads, 0 behind the last batch.
    mutating func schedule(label: (Int) -> UInt16) -> Int {
        while position >= order.count {
            epoch += 1
            guard epoch < schedule.epochs, !isStopped else { return 0 }
            order = schedule.positions(epoch)
            position = 0
            // An epoch without images would be looked for for ever.
            guard !order.isEmpty else { return 0 }
        }
        let indices = order[position..<min(order.count, position + schedule.batchSize)]
        position += schedule.batchSize
        slots[scheduled % slots.count] = Slot(
            epoch: epoch, indices: indices, labels: indices.map { MixedLabel(label($0)) }, remaining: indices.count)
        scheduled += 1
        return (indices.count + grain - 1) / grain
    }

    /// The next images to make; `nil` when the thread must end.
    mutating func takeItem() -> Item? {
        guard !isStopped, begun < scheduled else { return nil }
        let number = begun % slots.count
        let slot = slots[number]
        let places = taken..<min(slot.indices.count, taken + grain)
        taken = places.upperBound
        if taken == slot.indices.count { (begun, taken) = (begun + 1, 0) }
        let first = slot.indices.startIndex
        return Item(
            slot: number, epoch: slot.epoch, places: places,
            indices: slot.indices[first + places.lowerBound..<first + places.upperBound])
    }

    /// - Returns: Whether the batch is complete.
    mutating func finish(_ item: Item, _ labels: [MixedLabel], _ failure: Failure?) -> Bool {
        slots[item.slot].labels.replaceSubrange(item.places, with: labels)
        if let failure, failure.place < slots[item.slot].failure?.place ?? .max { slots[item.slot].failure = failure }
        slots[item.slot].remaining -= item.places.count
        return slots[item.slot].remaining == 0
    }

    /// - Returns: Whether it was not stopped before.
    mutating func stop() -> Bool {
        defer { isStopped = true }
        return !isStopped
    }
}
