// SPDX-License-Identifier: Apache-2.0
//
// What the steps of a plan have in common, oneDNN's primitives among them.
#ifndef OCELLUS_KERNEL_TYPE_H
#define OCELLUS_KERNEL_TYPE_H

#include <stdint.h>

/// As OcellusPlan's LossStatistics.
typedef struct {
    double loss_sum;
    double weight_sum;
    long correct;
    long count;
} ocellus_loss_statistics;

/// What the steps of a batch tell each other. Everything is zero at first but the scale, which is 1.
typedef struct {
    /// Of the last loss.
    ocellus_loss_statistics loss;
    /// Of the samples of all parts so far, where a batch comes in parts; else 0.
    double weight_sum;
    /// What an update multiplies every gradient with: less than 1 when it clips, and what makes a mean of sums.
    float gradient_scale;
} ocellus_batch_state;

/// What changes from run to run, the same for all steps of a run.
typedef struct {
    /// A kernel runs on at most so many threads.
    int threads;
    /// Memory that a kernel may use while it runs, aligned as doubles; as many floats as its `…_scratch()` says.
    float *scratch;
    ocellus_batch_state *batch;

    uint64_t dropout_seed;
    uint32_t dropout_step;
    /// Images of the batch before this part of it, a multiple of 4. 0 begins a batch.
    long first_image;
    /// A second label of each sample and the share of the first, `[N]` each; both NULL where every sample has one label.
    const int32_t *other_labels;
    const float *label_shares;

    double learning_rate;
    /// 1 for the first update.
    long update_number;
    /// What the learning rate of each parameter is multiplied with; NULL for 1 throughout.
    const double *rate_factors;
} ocellus_run;

/// One step. `arguments` points to the struct that the kernel's comment names.
///
/// Returns 0, or oneDNN's number for what went wrong; 3 where the kernel does not exist for the type of the elements.
typedef int (*ocellus_kernel)(const void *arguments, const ocellus_run *run);

#endif
