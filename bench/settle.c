#include "bench/settle.h"

#include <poll.h>
#include <stdio.h>

#include "bailiff/units.h"
#include "executor/base/loop.h"

enum { LOOK_AGAIN_MS = 5 };
#define PATIENCE_NS (3 * BL_NS_PER_S)

long bl_namespaces_alive(void)
{
    FILE *file = fopen("/proc/slabinfo", "re");
    long alive = -1, found;
    char line[512];

    while (file && alive < 0 && fgets(line, sizeof(line), file))
        if (sscanf(line, "net_namespace %ld", &found) == 1)
            alive = found;
    if (file)
        (void)fclose(file); /* read only */
    return alive;
}

bool bl_settle(long before, long few)
{
    const uint64_t give_up_ns = bl_now_ns() + PATIENCE_NS;

    while (before >= 0 && bl_namespaces_alive() > before + few) {
        if (bl_now_ns() > give_up_ns)
            return false;
        (void)poll(NULL, 0, LOOK_AGAIN_MS); /* then look again */
    }
    return true;
}
