/* scarce.h - memory that runs out at one allocation, for programs that are linked with malloc,
 * calloc and realloc wrapped (tests/CMakeLists.txt). free(3) is as ever. */
#ifndef TEST_SCARCE_H
#define TEST_SCARCE_H

#include <stdbool.h>

struct scarce_memory {
    unsigned long fails_at; /* the allocation that fails, from 1 on; 0: none does */
    unsigned long count;    /* how many there were; a test sets it back */
    bool is_off;            /* neither counted nor failed: the test's own */
};

extern struct scarce_memory scarce_memory;

#endif
