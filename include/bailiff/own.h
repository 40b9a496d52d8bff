/* own.h - ownership that is visible where a variable is declared.
 *
 * One owner for each descriptor and each allocation. A variable that owns is initialised at its
 * declaration and released when its scope ends, on every path out of it; handing over is spelled
 * bl_take_fd(&fd) or bl_take(&pointer). No descriptor is -1, never 0. Usable between clone and
 * exec (bl_autoclose only: free() is not). */
#ifndef BAILIFF_OWN_H
#define BAILIFF_OWN_H

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define bl_autoclose __attribute__((cleanup(bl_close_fd)))
#define bl_autofree __attribute__((cleanup(bl_free_ptr)))

/* bl_close_fd - closes *fd where there is one and leaves -1; keeps errno, so that it may stand
 * between a failure and the place that words it. */
static inline void bl_close_fd(int *fd)
{
    if (*fd >= 0) {
        int saved = errno;
        (void)close(*fd); /* Linux gives the number back even where close() fails */
        errno = saved;
    }
    *fd = -1;
}

/* bl_take_fd - hands the descriptor to the caller and leaves -1. */
static inline int bl_take_fd(int *fd)
{
    int taken = *fd;
    *fd = -1;
    return taken;
}

/* bl_free_ptr - for bl_autofree: the argument is the address of any pointer. */
static inline void bl_free_ptr(void *pointer_address)
{
    void **pointer = (void **)pointer_address;
    free(*pointer);
    *pointer = NULL;
}

/* bl_take(&p) - hands the allocation to the caller and leaves NULL; keeps the pointer's type. */
#define bl_take(address)                                    \
    ({                                                      \
        __typeof__(address) bl_take_from = (address);       \
        __typeof__(*bl_take_from) bl_taken = *bl_take_from; \
        *bl_take_from = NULL;                               \
        bl_taken;                                           \
    })

#define BL_ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
