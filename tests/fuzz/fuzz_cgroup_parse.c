/* The kernel's cgroup files, cut and mangled: any bytes are read within their length. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "limits/cgroup_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* An allocation of exactly the size, so that reading on is seen. */
    bl_autofree char *text = malloc(size ? size : 1);
    bl_autofree struct bl_cgroup_cpus *cpus = malloc(sizeof(*cpus));
    bl_autofree struct bl_cgroup_own *own = malloc(sizeof(*own));
    struct bl_cgroup_io io;
    int pids[8];
    uint64_t value;

    if (!text || !cpus || !own)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    (void)bl_cgroup_parse_number(text, size, &value);
    (void)bl_cgroup_parse_key(text, size, "oom_kill", &value);
    (void)bl_cgroup_parse_pressure(text, size, &value);
    bl_cgroup_parse_io_stat(text, size, &io);
    assert(bl_cgroup_parse_pids(text, size, pids, BL_ARRAY_LEN(pids)) <= BL_ARRAY_LEN(pids));
    (void)bl_cgroup_parse_controllers(text, size);
    (void)bl_cgroup_parse_cpus(text, size, cpus);
    if (bl_cgroup_parse_own(text, size, own))
        assert(memchr(own->path, '\0', sizeof(own->path)));
    return 0;
}
