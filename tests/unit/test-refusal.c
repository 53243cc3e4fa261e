/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/refusal.h"

#include <string.h>

#include "test.h"

TEST(every_refusal_has_a_name_of_its_own) {
        for (int i = REFUSAL_NONE + 1; i < _REFUSAL_MAX; i++) {
                const char *name = refusal_to_string((Refusal) i);

                ASSERT_TRUE(name != NULL);
                ASSERT_EQ(refusal_from_string(name), i);
        }
}

TEST(what_is_no_refusal_has_no_name) {
        ASSERT_TRUE(refusal_to_string(REFUSAL_NONE) == NULL);
        ASSERT_TRUE(refusal_to_string(_REFUSAL_MAX) == NULL);
        ASSERT_TRUE(refusal_to_string(_REFUSAL_INVALID) == NULL);
        ASSERT_EQ(refusal_from_string("Failed"), _REFUSAL_INVALID);
        ASSERT_EQ(refusal_from_string(NULL), _REFUSAL_INVALID);
}
