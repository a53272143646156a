// SPDX-License-Identifier: Apache-2.0
//
// Includes OCELLUS_BLOCK_BODY once per instruction set and block. The body names its functions BLOCK_ISA(name), computes
// with vectors F of B floats and I of B 32-bit integers, and uses the operations below, which for B = 1 are scalar.
#define OCELLUS_BODY "blocks.h"
#include "for_each_instruction_set.h"
#undef OCELLUS_BODY
