// SPDX-License-Identifier: Apache-2.0
//
// Rules of the optimisers on 16 parameters, and the loops around them.

OCELLUS_INLINE f16 ISA(gradient)(const ocellus_update_job *u, const float *w, const float *g, float decay) {
    return u->gradient_scale * *(const f16_memory *)g + decay * *(const f16_memory *)w;
}

OCELLUS_INLINE void ISA(sgd_rule)(const ocellus_update_job *u, float *w, const float *g, float *m, float *v) {
    (void)m, (void)v;
    *(f16_memory *)w -= u->rule.rate * ISA(gradient)(u, w, g, u->rule.decay);
}

OCELLUS_INLINE void ISA(momentum_rule)(const ocellus_update_job *u, float *w, const float *g, float *m, float *v) {
    (void)m;
    f16 velocity = u->rule.momentum * *(f16_memory *)v + ISA(gradient)(u, w, g, u->rule.decay);
    *(f16_memory *)v = velocity;
    *(f16_memory *)w -= u->rule.rate * velocity;
}

OCELLUS_INLINE void ISA(nesterov_rule)(const ocellus_update_job *u, float *w, const float *g, float *m, float *v) {
    (void)m;
    f16 gradient = ISA(gradient)(u, w, g, u->rule.decay);
    f16 velocity = u->rule.momentum * *(f16_memory *)v + gradient;
    *(f16_memory *)v = velocity;
    *(f16_memory *)w -= u->rule.rate * (gradient + u->rule.momentum * velocity);
}

OCELLUS_INLINE void ISA(adam_rule)(const ocellus_update_job *u, float *w, const float *g, float *m, float *v) {
    const ocellus_adam_step *step = &u->rule.adam;
    f16 gradient = ISA(gradient)(u, w, g, step->decay);
    f16 first = step->beta1 * *(f16_memory *)m + step->beta1_complement * gradient;
    f16 second = step->beta2 * *(f16_memory *)v + step->beta2_complement * (gradient * gradient);
    *(f16_memory *)m = first;
    *(f16_memory *)v = second;
    // A call of sqrtf would be one scalar at a time, because it may set errno.
    f16 root = __builtin_elementwise_sqrt(second);
    *(f16_memory *)w = step->keep * *(f16_memory *)w - step->rate * first / (root * step->root_scale + step->epsilon);
}

// The last group is padded to 16, so that every parameter goes through the same arithmetic.
#define OCELLUS_UPDATE(name, rule)                                              \
    static void name(const void *context, long begin, long end) {               \
        const ocellus_update_job *u = context;                                  \
        long i = begin;                                                         \
        for (; i + 16 <= end; i += 16) rule(u, u->w + i, u->g + i, u->m + i, u->v + i); \
        if (i == end) return;                                                   \
        float w[16] = {0}, g[16] = {0}, m[16] = {0}, v[16] = {0};               \
        size_t bytes = (size_t)(end - i) * sizeof(float);                       \
        memcpy(w, u->w + i, bytes);                                             \
        memcpy(g, u->g + i, bytes);                                             \
        memcpy(m, u->m + i, bytes);                                             \
        memcpy(v, u->v + i, bytes);                                             \
        rule(u, w, g, m, v);                                                    \
        memcpy(u->m + i, m, bytes);                                             \
        memcpy(u->v + i, v, bytes);                                             \
        memcpy(u->w + i, w, bytes);                                             \
    }

OCELLUS_UPDATE(ISA(sgd), ISA(sgd_rule))
OCELLUS_UPDATE(ISA(momentum), ISA(momentum_rule))
OCELLUS_UPDATE(ISA(nesterov), ISA(nesterov_rule))
OCELLUS_UPDATE(ISA(adam), ISA(adam_rule))
#undef OCELLUS_UPDATE

/// Of each buffer, part k holds the k-th of `parts` runs of groups of 8.
static void ISA(sum_of_squares)(const void *context, long begin, long end) {
    const squares *s = context;
    for (long part = begin; part < end; part += 1) {
        d8 sum = {0};
        for (long buffer = 0; buffer < s->buffers; buffer += 1) {
            long count = s->counts[buffer];
            long length = (count + 8 * parts - 1) / (8 * parts) * 8;
            long i = part * length;
            long last = ocellus_min(i + length, count);
            for (; i + 8 <= last; i += 8) {
                d8 x = __builtin_convertvector(*(const f8_memory *)(s->x[buffer] + i), d8);
                sum += x * x;
            }
            for (long lane = 0; i + lane < last; lane += 1) {
                double x = s->x[buffer][i + lane];
                sum[lane] += x * x;
            }
        }
        double total = 0;
        for (int lane = 0; lane < 8; lane += 1) total += sum[lane];
        s->sums[part] = total;
    }
}
