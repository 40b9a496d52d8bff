/* The configuration of bailiffd: whatever the bytes, either a whole configuration or a problem. */
#include <assert.h>
#include <stdint.h>

#include "executor/daemon/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bl_config_problems problems;
    struct bl_config config;

    if (bl_config_parse(&config, "fuzz", (const char *)data, size, &problems) == 0) {
        assert(problems.count == 0 && config.user && *config.user);
        assert(config.listen_count <= BL_CONFIG_LISTEN_MAX);
        assert(config.drain_ns > 0 && config.queue_jobs > 0 && config.ceilings.pids > 0);
        for (size_t i = 0; i < config.tenant_count; i++)
            assert(config.tenants[i].weight >= 1);
    } else {
        assert(problems.count > 0);
    }
    bl_config_release(&config);
    return 0;
}
