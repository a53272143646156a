// SPDX-License-Identifier: Apache-2.0
#include "shim.h"

#include <stdlib.h>
#include <sys/mman.h>

int ocellus_dnn_version(void) {
    const dnnl_version_t *version = dnnl_version();
    return version->major * 10000 + version->minor * 100 + version->patch;
}

const char *ocellus_dnn_instruction_set(void) {
    // The names that DNNL_MAX_CPU_ISA takes; each newer set holds the bits of the older ones.
    unsigned set = (unsigned)dnnl_get_effective_cpu_isa();
    static const struct {
        unsigned bits;
        const char *name;
    } sets[] = {
        {dnnl_cpu_isa_avx512_core_amx, "avx512_core_amx"},   {dnnl_cpu_isa_avx512_core_bf16, "avx512_core_bf16"},
        {dnnl_cpu_isa_avx512_core_vnni, "avx512_core_vnni"}, {dnnl_cpu_isa_avx512_core, "avx512_core"},
        {dnnl_cpu_isa_avx2_vnni, "avx2_vnni"},               {dnnl_cpu_isa_avx2, "avx2"},
        {dnnl_cpu_isa_avx, "avx"},                           {dnnl_cpu_isa_sse41, "sse41"},
    };
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        if ((set & sets[i].bits) == sets[i].bits) return sets[i].name;
    }
    return "generic";
}

int ocellus_dnn_vector_width(void) {
    unsigned set = (unsigned)dnnl_get_effective_cpu_isa();
    if ((set & dnnl_cpu_isa_avx512_core) == dnnl_cpu_isa_avx512_core) return 16;
    return (set & dnnl_cpu_isa_avx) == dnnl_cpu_isa_avx ? 8 : 4;
}

bool ocellus_dnn_has_bfloat16(void) {
    unsigned set = (unsigned)dnnl_get_effective_cpu_isa();
    return (set & dnnl_cpu_isa_avx512_core_bf16) == dnnl_cpu_isa_avx512_core_bf16;
}

const char *ocellus_dnn_status_name(int status) {
    switch (status) {
        case dnnl_success: return "success";
        case dnnl_out_of_memory: return "out of memory";
        case dnnl_invalid_arguments: return "invalid arguments";
        case dnnl_unimplemented: return "unimplemented";
        case dnnl_runtime_error: return "runtime error";
        case dnnl_not_required: return "not required";
        default: return "unknown status";
    }
}

int ocellus_dnn_context_create(ocellus_dnn_context **out) {
    ocellus_dnn_context *context = calloc(1, sizeof *context);
    if (!context) return dnnl_out_of_memory;
    dnnl_status_t status = dnnl_engine_create(&context->engine, dnnl_cpu, 0);
    if (status == dnnl_success) {
        status = dnnl_stream_create(&context->stream, context->engine, dnnl_stream_default_flags);
    }
    if (status != dnnl_success) {
        ocellus_dnn_context_destroy(context);
        return status;
    }
    *out = context;
    return dnnl_success;
}

void ocellus_dnn_context_destroy(ocellus_dnn_context *context) {
    if (context->stream) dnnl_stream_destroy(context->stream);
    if (context->engine) dnnl_engine_destroy(context->engine);
    free(context);
}

void *ocellus_dnn_allocate(size_t bytes) {
    const size_t page = 4096, huge_page = 2 << 20;
    void *memory = NULL;
    bool is_large = bytes >= huge_page / 2;
    if (is_large) bytes = (bytes + huge_page - 1) / huge_page * huge_page;
    if (posix_memalign(&memory, is_large ? huge_page : page, bytes) != 0) return NULL;
#if defined(MADV_HUGEPAGE)
    // Small pages cost a look-up for each that a step touches, and where they happen to lie decides how well the
    // second-level cache holds them: a training step was measured up to 1.7 times slower in one process than in the
    // next. A refusal changes nothing but speed.
    if (is_large) madvise(memory, bytes, MADV_HUGEPAGE);
#endif
    return memory;
}

void ocellus_dnn_deallocate(void *memory) { free(memory); }

int ocellus_dnn_memory_create(
    ocellus_dnn_memory **out, const ocellus_dnn_context *context, const ocellus_dnn_layout *layout, void *bytes) {
    return dnnl_memory_create(out, MD(layout), context->engine, bytes);
}

void ocellus_dnn_memory_destroy(ocellus_dnn_memory *memory) { dnnl_memory_destroy(memory); }

int ocellus_dnn_primitive_create(ocellus_dnn_primitive **out, const ocellus_dnn_operation *operation) {
    return dnnl_primitive_create(out, operation->descriptor);
}

void ocellus_dnn_primitive_destroy(ocellus_dnn_primitive *primitive) { dnnl_primitive_destroy(primitive); }

_Static_assert(sizeof(ocellus_dnn_argument) == sizeof(dnnl_exec_arg_t), "an argument is dnnl_exec_arg_t");
_Static_assert(offsetof(ocellus_dnn_argument, memory) == offsetof(dnnl_exec_arg_t, memory), "… field by field");
_Static_assert(
    OCELLUS_DNN_SOURCE == DNNL_ARG_SRC && OCELLUS_DNN_RESULT == DNNL_ARG_DST && OCELLUS_DNN_WEIGHTS == DNNL_ARG_WEIGHTS
        && OCELLUS_DNN_BIAS == DNNL_ARG_BIAS && OCELLUS_DNN_SCRATCH == DNNL_ARG_SCRATCHPAD
        && OCELLUS_DNN_SOURCE_GRADIENT == DNNL_ARG_DIFF_SRC && OCELLUS_DNN_RESULT_GRADIENT == DNNL_ARG_DIFF_DST
        && OCELLUS_DNN_WEIGHTS_GRADIENT == DNNL_ARG_DIFF_WEIGHTS && OCELLUS_DNN_BIAS_GRADIENT == DNNL_ARG_DIFF_BIAS,
    "argument positions are oneDNN's");

int ocellus_dnn_execute(const void *arguments, const ocellus_run *run) {
    (void)run;
    const ocellus_dnn_call *call = arguments;
    return dnnl_primitive_execute(
        call->primitive, call->context->stream, call->count, (const dnnl_exec_arg_t *)call->arguments);
}

int ocellus_dnn_convert(
    const ocellus_dnn_context *context, const ocellus_dnn_layout *from, const void *source,
    const ocellus_dnn_layout *to, void *result) {
    dnnl_primitive_desc_t descriptor = NULL;
    dnnl_primitive_t primitive = NULL;
    dnnl_memory_t source_memory = NULL, result_memory = NULL;
    // oneDNN's C interface takes no pointer to const; a reorder only reads its source.
    dnnl_status_t status = dnnl_memory_create(&source_memory, MD(from), context->engine, (void *)(uintptr_t)source);
    if (status == dnnl_success) status = dnnl_memory_create(&result_memory, MD(to), context->engine, result);
    if (status == dnnl_success) {
        status = dnnl_reorder_primitive_desc_create(
            &descriptor, MD(from), context->engine, MD(to), context->engine, NULL);
    }
    if (status == dnnl_success) status = dnnl_primitive_create(&primitive, descriptor);
    if (status == dnnl_success) {
        dnnl_exec_arg_t arguments[] = {{DNNL_ARG_SRC, source_memory}, {DNNL_ARG_DST, result_memory}};
        status = dnnl_primitive_execute(primitive, context->stream, 2, arguments);
    }
    if (primitive) dnnl_primitive_destroy(primitive);
    if (descriptor) dnnl_primitive_desc_destroy(descriptor);
    if (source_memory) dnnl_memory_destroy(source_memory);
    if (result_memory) dnnl_memory_destroy(result_memory);
    return status;
}
