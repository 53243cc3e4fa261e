/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Singly linked lists whose elements have a member "next". */

/* Takes the element out of the list; it is good if it is not in it. */
#define LIST_REMOVE(head, element)                                                   \
        do {                                                                         \
                for (__typeof__(element) *_p = &(head); *_p; _p = &(*_p)->next)      \
                        if (*_p == (element)) {                                      \
                                *_p = (*_p)->next;                                   \
                                break;                                               \
                        }                                                            \
        } while (0)
