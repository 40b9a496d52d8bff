#include "executor/job/mapping.h"

#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>

int bl_mapping_init(struct bl_mapping *mapping, int fd, const char *what, struct bl_err *err)
{
    struct stat st;
    void *bytes;

    *mapping = (struct bl_mapping){.bytes = ""};
    if (fstat(fd, &st) != 0)
        return bl_fail(err, BL_STEP_SPOOL, errno, "%s", what);
    if (st.st_size == 0) /* which mmap(2) refuses */
        return 0;
    bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes == MAP_FAILED)
        return bl_fail(err, BL_STEP_SPOOL, errno, "%s", what);
    *mapping = (struct bl_mapping){bytes, (size_t)st.st_size};
    return 0;
}

void bl_mapping_release(struct bl_mapping *mapping)
{
    if (mapping->length > 0)
        (void)munmap((void *)(uintptr_t)mapping->bytes, mapping->length); /* mapped above */
    *mapping = (struct bl_mapping){.bytes = ""};
}
