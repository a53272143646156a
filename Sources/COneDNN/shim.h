// SPDX-License-Identifier: Apache-2.0
//
// What the shim's own files share. A memory descriptor is a plain struct in oneDNN 2.x and a handle in 3.x; MD() gives
// either form as functions take it.
#ifndef OCELLUS_ONEDNN_SHIM_H
#define OCELLUS_ONEDNN_SHIM_H

#include "COneDNN.h"

#include <oneapi/dnnl/dnnl.h>
#include <oneapi/dnnl/dnnl_version.h>

struct ocellus_dnn_context {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
};

struct ocellus_dnn_layout {
#if DNNL_VERSION_MAJOR >= 3
    dnnl_memory_desc_t descriptor;
#else
    dnnl_memory_desc_t descriptor[1];
#endif
};

struct ocellus_dnn_operation {
    dnnl_primitive_desc_t descriptor;
};

#if DNNL_VERSION_MAJOR >= 3
typedef const_dnnl_memory_desc_t ocellus_const_md;
#else
typedef const dnnl_memory_desc_t *ocellus_const_md;
#endif

/// The descriptor of a layout, NULL for NULL.
#define MD(layout) ((ocellus_const_md)((layout) ? (layout)->descriptor : NULL))

#endif
