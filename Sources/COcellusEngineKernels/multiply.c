// SPDX-License-Identifier: Apache-2.0
//
// Products of two tensors of which one repeats. The file includes itself for the loops, once per instruction set.
#ifndef OCELLUS_BODY
#include "kernel.h"

/// Rows of `inner` elements are the items of the product, columns of up to `columns_at_once` those of its gradient.
enum { columns_at_once = 16 };

#define OCELLUS_BODY "multiply.c"
#include "for_each_instruction_set.h"
#undef OCELLUS_BODY

int ocellus_multiply(const void *arguments, const ocellus_run *run) {
    const ocellus_multiply_arguments *a = arguments;
    if (a->type == ocellus_element_bfloat16) {
        ocellus_parallel_range(
            run->threads, a->outer * a->repeats, ocellus_grain(a->inner), OCELLUS_PICK(multiply_bfloat16), a);
        return 0;
    }
    // One long row, or one long column of single elements, is divided too.
    bool is_flat = a->outer * a->repeats == 1;
    long items = is_flat ? a->inner : a->outer * a->repeats;
    ocellus_parallel_range(
        run->threads, items, ocellus_grain(is_flat ? 1 : a->inner),
        is_flat ? OCELLUS_PICK(multiply_flat) : OCELLUS_PICK(multiply), a);
    return 0;
}

int ocellus_multiply_gradient(const void *arguments, const ocellus_run *run) {
    const ocellus_multiply_gradient_arguments *a = arguments;
    long columns = (a->inner + columns_at_once - 1) / columns_at_once;
    ocellus_parallel_range(
        run->threads, a->outer * columns, ocellus_grain(a->repeats * ocellus_min(a->inner, columns_at_once)),
        a->type == ocellus_element_bfloat16 ? OCELLUS_PICK(multiply_gradient_bfloat16)
        : a->inner == 1                     ? OCELLUS_PICK(multiply_gradient_of_one) : OCELLUS_PICK(multiply_gradient), a);
    return 0;
}

#else

#include "bfloat16.body.h"

static void ISA(multiply_flat)(const void *context, long begin, long end) {
    const ocellus_multiply_arguments *m = context;
    const float *a = m->a;
    float *y = m->y;
    for (long i = begin; i < end; i += 1) y[i] = a[i] * m->b[i];
}

static void ISA(multiply)(const void *context, long begin, long end) {
    const ocellus_multiply_arguments *m = context;
    long inner = m->inner;
    for (long item = begin; item < end; item += 1) {
        const float *a = (const float *)m->a + item * inner, *b = m->b + item / m->repeats * inner;
        float *y = (float *)m->y + item * inner;
        for (long i = 0; i < inner; i += 1) y[i] = a[i] * b[i];
    }
}

/// One sum for each outer item, in 8 parts.
static void ISA(multiply_gradient_of_one)(const void *context, long begin, long end) {
    const ocellus_multiply_gradient_arguments *m = context;
    for (long item = begin; item < end; item += 1) {
        const float *dy = (const float *)m->dy + item * m->repeats, *a = (const float *)m->a + item * m->repeats;
        d8 sums = {0};
        long r = 0;
        for (; r + 8 <= m->repeats; r += 8) {
            sums += __builtin_convertvector(*(const f8_memory *)(dy + r), d8) *
                    __builtin_convertvector(*(const f8_memory *)(a + r), d8);
        }
        double sum = 0;
        for (int lane = 0; lane < 8; lane += 1) sum += sums[lane];
        for (; r < m->repeats; r += 1) sum += (double)dy[r] * (double)a[r];
        m->db[item] = (float)sum;
    }
}

/// Items are columns of an outer item.
static void ISA(multiply_gradient)(const void *context, long begin, long end) {
    const ocellus_multiply_gradient_arguments *m = context;
    long columns = (m->inner + columns_at_once - 1) / columns_at_once;
    for (long item = begin; item < end; item += 1) {
        long first = item % columns * columns_at_once, count = ocellus_min(columns_at_once, m->inner - first);
        long start = item / columns * m->repeats * m->inner + first;
        double sums[columns_at_once] = {0};
        for (long r = 0; r < m->repeats; r += 1) {
            const float *dy = (const float *)m->dy + start + r * m->inner;
            const float *a = (const float *)m->a + start + r * m->inner;
            for (long i = 0; i < count; i += 1) sums[i] += (double)dy[i] * (double)a[i];
        }
        for (long i = 0; i < count; i += 1) m->db[item / columns * m->inner + first + i] = (float)sums[i];
    }
}

static void ISA(multiply_bfloat16)(const void *context, long begin, long end) {
    const ocellus_multiply_arguments *m = context;
    long inner = m->inner;
    for (long item = begin; item < end; item += 1) {
        const uint16_t *a = (const uint16_t *)m->a + item * inner;
        const float *b = m->b + item / m->repeats * inner;
        uint16_t *y = (uint16_t *)m->y + item * inner;
        for (long i = 0; i < inner; i += 16) {
            ISA(to_bfloat16)(y + i, ISA(from_bfloat16)(a + i) * *(const f16_memory *)(b + i));
        }
    }
}

static void ISA(multiply_gradient_bfloat16)(const void *context, long begin, long end) {
    const ocellus_multiply_gradient_arguments *m = context;
    long columns = m->inner / columns_at_once;
    for (long item = begin; item < end; item += 1) {
        long first = item % columns * columns_at_once;
        long start = item / columns * m->repeats * m->inner + first;
        double sums[columns_at_once] = {0};
        for (long r = 0; r < m->repeats; r += 1) {
            f16 dy = ISA(from_bfloat16)((const uint16_t *)m->dy + start + r * m->inner);
            f16 a = ISA(from_bfloat16)((const uint16_t *)m->a + start + r * m->inner);
            for (long i = 0; i < columns_at_once; i += 1) sums[i] += (double)dy[i] * (double)a[i];
        }
        for (long i = 0; i < columns_at_once; i += 1) m->db[item / columns * m->inner + first + i] = (float)sums[i];
    }
}
#endif
