/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

/* Merges whose evidence does not keep still, or is not believed by md (S1). False: one of them went wrong; prints which. */
bool run_restless(void);
