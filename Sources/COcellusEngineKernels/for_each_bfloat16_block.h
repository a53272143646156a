// SPDX-License-Identifier: Apache-2.0
//
// As for_each_block.h for blocks of 16 whose elements in memory are bfloat16; the body computes in float32. Names its
// functions `NAME_bfloat16`.
#define OCELLUS_BODY "bfloat16_block.h"
#include "for_each_instruction_set.h"
#undef OCELLUS_BODY
