// SPDX-License-Identifier: Apache-2.0
#include "shim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// The fields of a blocked memory descriptor.
typedef struct {
    int rank;
    bool is_blocked;
    dnnl_data_type_t type;
    const dnnl_dim_t *dimensions, *padded, *strides;
    int block_count;
    const dnnl_dim_t *blocks, *block_axes;
} fields;

static fields get_fields(const ocellus_dnn_layout *layout) {
    fields f = {0};
#if DNNL_VERSION_MAJOR >= 3
    ocellus_const_md md = layout->descriptor;
    dnnl_format_kind_t kind = dnnl_format_kind_undef;
    dnnl_memory_desc_query(md, dnnl_query_format_kind, &kind);
    dnnl_memory_desc_query(md, dnnl_query_ndims_s32, &f.rank);
    dnnl_memory_desc_query(md, dnnl_query_data_type, &f.type);
    dnnl_memory_desc_query(md, dnnl_query_dims, (void *)&f.dimensions);
    dnnl_memory_desc_query(md, dnnl_query_padded_dims, (void *)&f.padded);
    f.is_blocked = kind == dnnl_blocked;
    if (!f.is_blocked) return f;
    dnnl_memory_desc_query(md, dnnl_query_strides, (void *)&f.strides);
    dnnl_memory_desc_query(md, dnnl_query_inner_nblks_s32, &f.block_count);
    dnnl_memory_desc_query(md, dnnl_query_inner_blks, (void *)&f.blocks);
    dnnl_memory_desc_query(md, dnnl_query_inner_idxs, (void *)&f.block_axes);
#else
    const dnnl_memory_desc_t *md = layout->descriptor;
    f.rank = md->ndims;
    f.type = md->data_type;
    f.dimensions = md->dims;
    f.padded = md->padded_dims;
    f.is_blocked = md->format_kind == dnnl_blocked;
    f.strides = md->format_desc.blocking.strides;
    f.block_count = md->format_desc.blocking.inner_nblks;
    f.blocks = md->format_desc.blocking.inner_blks;
    f.block_axes = md->format_desc.blocking.inner_idxs;
#endif
    return f;
}

static ocellus_dnn_layout *allocate(ocellus_dnn_layout **out) { return *out = calloc(1, sizeof(ocellus_dnn_layout)); }

/// Frees what a failed creation left.
static int finish(ocellus_dnn_layout **out, dnnl_status_t status) {
    if (status != dnnl_success) {
        free(*out);
        *out = NULL;
    }
    return status;
}

/// Copies the sizes of one layout into the full-length array that oneDNN may read to its end.
static void copy(dnnl_dims_t to, const int64_t *from, int rank) {
    memset(to, 0, sizeof(dnnl_dims_t));
    for (int axis = 0; axis < rank; axis++) to[axis] = from[axis];
}

static dnnl_data_type_t data_type(ocellus_dnn_type type) {
    return type == OCELLUS_DNN_BFLOAT16 ? dnnl_bf16 : dnnl_f32;
}

static int with_strides(
    ocellus_dnn_layout **out, dnnl_data_type_t type, int rank, const int64_t *dimensions, const int64_t *strides) {
    if (rank < 1 || rank > DNNL_MAX_NDIMS) return dnnl_invalid_arguments;
    if (!allocate(out)) return dnnl_out_of_memory;
    dnnl_dims_t sizes, steps;
    copy(sizes, dimensions, rank);
    copy(steps, strides, rank);
#if DNNL_VERSION_MAJOR >= 3
    return finish(out, dnnl_memory_desc_create_with_strides(&(*out)->descriptor, rank, sizes, type, steps));
#else
    return finish(out, dnnl_memory_desc_init_by_strides((*out)->descriptor, rank, sizes, type, steps));
#endif
}

int ocellus_dnn_layout_strided(
    ocellus_dnn_layout **out, int rank, const int64_t *dimensions, const int64_t *strides) {
    return with_strides(out, dnnl_f32, rank, dimensions, strides);
}

int ocellus_dnn_layout_plain(ocellus_dnn_layout **out, ocellus_dnn_type type, int rank, const int64_t *dimensions) {
    if (rank < 1 || rank > DNNL_MAX_NDIMS) return dnnl_invalid_arguments;
    int64_t strides[DNNL_MAX_NDIMS];
    int64_t stride = 1;
    for (int axis = rank - 1; axis >= 0; axis--) {
        strides[axis] = stride;
        stride *= dimensions[axis];
    }
    return with_strides(out, data_type(type), rank, dimensions, strides);
}

static int with_tag(
    ocellus_dnn_layout **out, ocellus_dnn_type type, int rank, const int64_t *dimensions, dnnl_format_tag_t tag) {
    if (rank < 1 || rank > DNNL_MAX_NDIMS) return dnnl_invalid_arguments;
    if (!allocate(out)) return dnnl_out_of_memory;
    dnnl_dims_t sizes;
    copy(sizes, dimensions, rank);
#if DNNL_VERSION_MAJOR >= 3
    return finish(out, dnnl_memory_desc_create_with_tag(&(*out)->descriptor, rank, sizes, data_type(type), tag));
#else
    return finish(out, dnnl_memory_desc_init_by_tag((*out)->descriptor, rank, sizes, data_type(type), tag));
#endif
}

int ocellus_dnn_layout_blocked(ocellus_dnn_layout **out, ocellus_dnn_type type, const int64_t *dimensions, int block) {
    if (block != 8 && block != 16) return dnnl_invalid_arguments;
    return with_tag(out, type, 4, dimensions, block == 8 ? dnnl_aBcd8b : dnnl_aBcd16b);
}

int ocellus_dnn_layout_filters(ocellus_dnn_layout **out, const int64_t *dimensions, int block) {
    if (block != 8 && block != 16) return dnnl_invalid_arguments;
    return with_tag(out, OCELLUS_DNN_FLOAT32, 4, dimensions, block == 8 ? dnnl_ABcd8b8a : dnnl_ABcd16b16a);
}

int ocellus_dnn_layout_any(ocellus_dnn_layout **out, ocellus_dnn_type type, int rank, const int64_t *dimensions) {
    return with_tag(out, type, rank, dimensions, dnnl_format_tag_any);
}

int ocellus_dnn_layout_part(
    ocellus_dnn_layout **out, const ocellus_dnn_layout *parent, const int64_t *dimensions, const int64_t *offsets) {
    if (!allocate(out)) return dnnl_out_of_memory;
    int rank = ocellus_dnn_layout_rank(parent);
    dnnl_dims_t sizes, starts;
    copy(sizes, dimensions, rank);
    copy(starts, offsets, rank);
#if DNNL_VERSION_MAJOR >= 3
    return finish(out, dnnl_memory_desc_create_submemory(&(*out)->descriptor, MD(parent), sizes, starts));
#else
    return finish(out, dnnl_memory_desc_init_submemory((*out)->descriptor, MD(parent), sizes, starts));
#endif
}

void ocellus_dnn_layout_destroy(ocellus_dnn_layout *layout) {
#if DNNL_VERSION_MAJOR >= 3
    dnnl_memory_desc_destroy(layout->descriptor);
#endif
    free(layout);
}

bool ocellus_dnn_layout_equal(const ocellus_dnn_layout *a, const ocellus_dnn_layout *b) {
    return dnnl_memory_desc_equal(MD(a), MD(b)) == 1;
}

size_t ocellus_dnn_layout_bytes(const ocellus_dnn_layout *layout) { return dnnl_memory_desc_get_size(MD(layout)); }

ocellus_dnn_type ocellus_dnn_layout_type(const ocellus_dnn_layout *layout) {
    return get_fields(layout).type == dnnl_bf16 ? OCELLUS_DNN_BFLOAT16 : OCELLUS_DNN_FLOAT32;
}

int ocellus_dnn_layout_rank(const ocellus_dnn_layout *layout) { return get_fields(layout).rank; }

int64_t ocellus_dnn_layout_dimension(const ocellus_dnn_layout *layout, int axis) {
    return get_fields(layout).dimensions[axis];
}

int ocellus_dnn_layout_block(const ocellus_dnn_layout *layout) {
    fields f = get_fields(layout);
    if (!f.is_blocked || f.block_count > 1) return 0;
    int64_t block = 1;
    if (f.block_count == 1) {
        block = f.blocks[0];
        if (f.rank != 4 || f.block_axes[0] != 1 || (block != 8 && block != 16)) return 0;
    }
    // The distance along an axis of one position is never used, so it may be anything.
    int64_t stride = block;
    for (int axis = f.rank - 1; axis >= 0; axis--) {
        int64_t size = axis == 1 ? f.padded[axis] / block : f.padded[axis];
        if (size != 1 && f.strides[axis] != stride) return 0;
        stride *= size;
    }
    return (int)block;
}

bool ocellus_dnn_layout_strides(const ocellus_dnn_layout *layout, int block, int64_t *strides) {
    fields f = get_fields(layout);
    if (!f.is_blocked || f.block_count > 1) return false;
    bool has_blocks = f.block_count == 1;
    if (has_blocks && (f.block_axes[0] != 0 || f.blocks[0] != block)) return false;
    for (int axis = 0; axis < f.rank; axis++) strides[axis] = f.strides[axis];
    strides[f.rank] = has_blocks ? 1 : f.strides[0];
    if (!has_blocks) strides[0] *= block;
    return true;
}

bool ocellus_dnn_layout_form(const ocellus_dnn_layout *layout, ocellus_dnn_form *form) {
    fields f = get_fields(layout);
    if (!f.is_blocked) return false;
    for (int axis = 0; axis < f.rank; axis++) {
        int place = axis;
        for (; place > 0 && f.strides[form->order[place - 1]] < f.strides[axis]; place--) {
            form->order[place] = form->order[place - 1];
        }
        form->order[place] = axis;
    }
    form->block_count = f.block_count;
    for (int i = 0; i < f.block_count; i++) {
        form->block_axes[i] = (int)f.block_axes[i];
        form->blocks[i] = f.blocks[i];
    }
    return true;
}
