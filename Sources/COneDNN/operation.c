// SPDX-License-Identifier: Apache-2.0
#include "shim.h"

#include <stdlib.h>

#if DNNL_VERSION_MAJOR >= 3
#define SUM_POST_OP(post_ops) dnnl_post_ops_append_sum(post_ops, 1.0f, 0, dnnl_data_type_undef)
#define POST_OP(post_ops, kind, alpha, beta) dnnl_post_ops_append_eltwise(post_ops, kind, alpha, beta)
#else
#define SUM_POST_OP(post_ops) dnnl_post_ops_append_sum(post_ops, 1.0f)
#define POST_OP(post_ops, kind, alpha, beta) dnnl_post_ops_append_eltwise(post_ops, 1.0f, kind, alpha, beta)
#endif

static dnnl_status_t append(dnnl_post_ops_t post_ops, ocellus_dnn_post post) {
    switch (post.function) {
        case OCELLUS_DNN_RELU: return POST_OP(post_ops, dnnl_eltwise_relu, post.alpha, 0.0f);
        case OCELLUS_DNN_CLIP: return POST_OP(post_ops, dnnl_eltwise_clip, post.alpha, post.beta);
        case OCELLUS_DNN_LINEAR: return POST_OP(post_ops, dnnl_eltwise_linear, post.alpha, post.beta);
        case OCELLUS_DNN_LOGISTIC: return POST_OP(post_ops, dnnl_eltwise_logistic, 0.0f, 0.0f);
        case OCELLUS_DNN_TANH: return POST_OP(post_ops, dnnl_eltwise_tanh, 0.0f, 0.0f);
        case OCELLUS_DNN_GELU: return POST_OP(post_ops, dnnl_eltwise_gelu_erf, 0.0f, 0.0f);
        case OCELLUS_DNN_SWISH: return POST_OP(post_ops, dnnl_eltwise_swish, post.alpha, 0.0f);
        // Before 3.0 it had no parameters.
        case OCELLUS_DNN_HARD_SWISH: return POST_OP(post_ops, dnnl_eltwise_hardswish, 1.0f / 6, 0.5f);
    }
    return dnnl_invalid_arguments;
}

/// The attributes of every operation: the caller lends the scratchpad; and how it ends.
static dnnl_status_t make_attributes(dnnl_primitive_attr_t *out, ocellus_dnn_ending ending) {
    dnnl_status_t status = dnnl_primitive_attr_create(out);
    if (status != dnnl_success) return status;
    status = dnnl_primitive_attr_set_scratchpad_mode(*out, dnnl_scratchpad_mode_user);
    if (status == dnnl_success && (ending.sum || ending.count > 0)) {
        dnnl_post_ops_t post_ops;
        status = dnnl_post_ops_create(&post_ops);
        if (status == dnnl_success) {
            if (ending.sum) status = SUM_POST_OP(post_ops);
            for (int i = 0; i < ending.count && status == dnnl_success; i += 1) status = append(post_ops, ending.posts[i]);
            if (status == dnnl_success) status = dnnl_primitive_attr_set_post_ops(*out, post_ops);
            dnnl_post_ops_destroy(post_ops);
        }
    }
    if (status != dnnl_success) dnnl_primitive_attr_destroy(*out);
    return status;
}

/// Starts an operation: attributes in `attributes`, the empty operation in `*out`.
static dnnl_status_t begin(
    ocellus_dnn_operation **out, dnnl_primitive_attr_t *attributes, ocellus_dnn_ending ending) {
    *out = calloc(1, sizeof **out);
    if (!*out) return dnnl_out_of_memory;
    dnnl_status_t status = make_attributes(attributes, ending);
    if (status != dnnl_success) {
        free(*out);
        *out = NULL;
    }
    return status;
}

static int end(ocellus_dnn_operation **out, dnnl_primitive_attr_t attributes, dnnl_status_t status) {
    dnnl_primitive_attr_destroy(attributes);
    if (status != dnnl_success) {
        free(*out);
        *out = NULL;
    }
    return status;
}

static dnnl_prop_kind_t forward_kind(ocellus_dnn_direction direction) {
    return direction == OCELLUS_DNN_INFERENCE ? dnnl_forward_inference : dnnl_forward_training;
}

#define HINT(operation) ((operation) ? (operation)->descriptor : NULL)

int ocellus_dnn_convolution(
    ocellus_dnn_operation **out, const ocellus_dnn_context *context, ocellus_dnn_direction direction,
    const ocellus_dnn_layout *source, const ocellus_dnn_layout *weights, const ocellus_dnn_layout *bias,
    const ocellus_dnn_layout *result, const ocellus_dnn_window *window, ocellus_dnn_ending ending,
    const ocellus_dnn_operation *hint) {
    dnnl_primitive_attr_t attributes;
    dnnl_status_t status = begin(out, &attributes, ending);
    if (status != dnnl_success) return status;
    const dnnl_alg_kind_t algorithm = dnnl_convolution_direct;
    // Spatial sizes; oneDNN counts the positions between kernel elements.
    dnnl_dims_t strides = {window->stride[0], window->stride[1]};
    dnnl_dims_t gaps = {window->dilation[0] - 1, window->dilation[1] - 1};
    dnnl_dims_t before = {window->before[0], window->before[1]};
    dnnl_dims_t after = {window->after[0], window->after[1]};
    dnnl_primitive_desc_t *descriptor = &(*out)->descriptor;
#if DNNL_VERSION_MAJOR >= 3
    switch (direction) {
        case OCELLUS_DNN_INFERENCE:
        case OCELLUS_DNN_TRAINING:
            status = dnnl_convolution_forward_primitive_desc_create(
                descriptor, context->engine, forward_kind(direction), algorithm, MD(source), MD(weights), MD(bias),
                MD(result), strides, gaps, before, after, attributes);
            break;
        case OCELLUS_DNN_INPUT_GRADIENT:
            status = dnnl_convolution_backward_data_primitive_desc_create(
                descriptor, context->engine, algorithm, MD(source), MD(weights), MD(result), strides, gaps, before,
                after, HINT(hint), attributes);
            break;
        case OCELLUS_DNN_WEIGHT_GRADIENT:
            status = dnnl_convolution_backward_weights_primitive_desc_create(
                descriptor, context->engine, algorithm, MD(source), MD(weights), MD(bias), MD(result), strides, gaps,
                before, after, HINT(hint), attributes);
            break;
    }
#else
    dnnl_convolution_desc_t request;
    switch (direction) {
        case OCELLUS_DNN_INFERENCE:
        case OCELLUS_DNN_TRAINING:
            status = dnnl_dilated_convolution_forward_desc_init(
                &request, forward_kind(direction), algorithm, MD(source), MD(weights), MD(bias), MD(result), strides,
                gaps, before, after);
            break;
        case OCELLUS_DNN_INPUT_GRADIENT:
            status = dnnl_dilated_convolution_backward_data_desc_init(
                &request, algorithm, MD(source), MD(weights), MD(result), strides, gaps, before, after);
            break;
        case OCELLUS_DNN_WEIGHT_GRADIENT:
            status = dnnl_dilated_convolution_backward_weights_desc_init(
                &request, algorithm, MD(source), MD(weights), MD(bias), MD(result), strides, gaps, before, after);
            break;
    }
    if (status == dnnl_success) {
        status = dnnl_primitive_desc_create(descriptor, &request, attributes, context->engine, HINT(hint));
    }
#endif
    return end(out, attributes, status);
}

int ocellus_dnn_dense(
    ocellus_dnn_operation **out, const ocellus_dnn_context *context, ocellus_dnn_direction direction,
    const ocellus_dnn_layout *source, const ocellus_dnn_layout *weights, const ocellus_dnn_layout *bias,
    const ocellus_dnn_layout *result, ocellus_dnn_ending ending, const ocellus_dnn_operation *hint) {
    dnnl_primitive_attr_t attributes;
    dnnl_status_t status = begin(out, &attributes, ending);
    if (status != dnnl_success) return status;
    dnnl_primitive_desc_t *descriptor = &(*out)->descriptor;
#if DNNL_VERSION_MAJOR >= 3
    switch (direction) {
        case OCELLUS_DNN_INFERENCE:
        case OCELLUS_DNN_TRAINING:
            status = dnnl_inner_product_forward_primitive_desc_create(
                descriptor, context->engine, forward_kind(direction), MD(source), MD(weights), MD(bias), MD(result),
                attributes);
            break;
        case OCELLUS_DNN_INPUT_GRADIENT:
            status = dnnl_inner_product_backward_data_primitive_desc_create(
                descriptor, context->engine, MD(source), MD(weights), MD(result), HINT(hint), attributes);
            break;
        case OCELLUS_DNN_WEIGHT_GRADIENT:
            status = dnnl_inner_product_backward_weights_primitive_desc_create(
                descriptor, context->engine, MD(source), MD(weights), MD(bias), MD(result), HINT(hint), attributes);
            break;
    }
#else
    dnnl_inner_product_desc_t request;
    switch (direction) {
        case OCELLUS_DNN_INFERENCE:
        case OCELLUS_DNN_TRAINING:
            status = dnnl_inner_product_forward_desc_init(
                &request, forward_kind(direction), MD(source), MD(weights), MD(bias), MD(result));
            break;
        case OCELLUS_DNN_INPUT_GRADIENT:
            status = dnnl_inner_product_backward_data_desc_init(&request, MD(source), MD(weights), MD(result));
            break;
        case OCELLUS_DNN_WEIGHT_GRADIENT:
            status = dnnl_inner_product_backward_weights_desc_init(
                &request, MD(source), MD(weights), MD(bias), MD(result));
            break;
    }
    if (status == dnnl_success) {
        status = dnnl_primitive_desc_create(descriptor, &request, attributes, context->engine, HINT(hint));
    }
#endif
    return end(out, attributes, status);
}

int ocellus_dnn_matrix_product(
    ocellus_dnn_operation **out, const ocellus_dnn_context *context, const ocellus_dnn_layout *source,
    const ocellus_dnn_layout *weights, const ocellus_dnn_layout *result) {
    dnnl_primitive_attr_t attributes;
    dnnl_status_t status = begin(out, &attributes, (ocellus_dnn_ending){0});
    if (status != dnnl_success) return status;
    dnnl_primitive_desc_t *descriptor = &(*out)->descriptor;
#if DNNL_VERSION_MAJOR >= 3
    status = dnnl_matmul_primitive_desc_create(
        descriptor, context->engine, MD(source), MD(weights), NULL, MD(result), attributes);
#else
    dnnl_matmul_desc_t request;
    status = dnnl_matmul_desc_init(&request, MD(source), MD(weights), NULL, MD(result));
    if (status == dnnl_success) {
        status = dnnl_primitive_desc_create(descriptor, &request, attributes, context->engine, NULL);
    }
#endif
    return end(out, attributes, status);
}

int ocellus_dnn_softmax(
    ocellus_dnn_operation **out, const ocellus_dnn_context *context, const ocellus_dnn_layout *data) {
    dnnl_primitive_attr_t attributes;
    dnnl_status_t status = begin(out, &attributes, (ocellus_dnn_ending){0});
    if (status != dnnl_success) return status;
    dnnl_primitive_desc_t *descriptor = &(*out)->descriptor;
#if DNNL_VERSION_MAJOR >= 3
    status = dnnl_softmax_forward_primitive_desc_create(
        descriptor, context->engine, dnnl_forward_inference, dnnl_softmax_accurate, MD(data), MD(data), 1, attributes);
#else
    dnnl_softmax_v2_desc_t request;
    status = dnnl_softmax_v2_forward_desc_init(
        &request, dnnl_forward_inference, dnnl_softmax_accurate, MD(data), MD(data), 1);
    if (status == dnnl_success) {
        status = dnnl_primitive_desc_create(descriptor, &request, attributes, context->engine, NULL);
    }
#endif
    return end(out, attributes, status);
}

int ocellus_dnn_reorder(
    ocellus_dnn_operation **out, const ocellus_dnn_context *context, const ocellus_dnn_layout *source,
    const ocellus_dnn_layout *result) {
    dnnl_primitive_attr_t attributes;
    dnnl_status_t status = begin(out, &attributes, (ocellus_dnn_ending){0});
    if (status != dnnl_success) return status;
    status = dnnl_reorder_primitive_desc_create(
        &(*out)->descriptor, MD(source), context->engine, MD(result), context->engine, attributes);
    return end(out, attributes, status);
}

void ocellus_dnn_operation_destroy(ocellus_dnn_operation *operation) {
    dnnl_primitive_desc_destroy(operation->descriptor);
    free(operation);
}

const char *ocellus_dnn_operation_name(const ocellus_dnn_operation *operation) {
    const char *name = NULL;
    dnnl_status_t status = dnnl_primitive_desc_query(operation->descriptor, dnnl_query_impl_info_str, 0, &name);
    return status == dnnl_success && name ? name : "unknown";
}

int ocellus_dnn_operation_layout(ocellus_dnn_layout **out, const ocellus_dnn_operation *operation, int argument) {
    ocellus_const_md md
        = dnnl_primitive_desc_query_md(operation->descriptor, dnnl_query_exec_arg_md, argument);
    if (!md || dnnl_memory_desc_get_size(md) == 0) return dnnl_unimplemented;
    *out = calloc(1, sizeof **out);
    if (!*out) return dnnl_out_of_memory;
#if DNNL_VERSION_MAJOR >= 3
    dnnl_status_t status = dnnl_memory_desc_clone(&(*out)->descriptor, md);
    if (status != dnnl_success) {
        free(*out);
        *out = NULL;
    }
    return status;
#else
    (*out)->descriptor[0] = *md;
    return dnnl_success;
#endif
}
