#include "executor/attack/attack.h"

#include <string.h>

#include "bailiff/own.h"
#include "executor/attack/tables.h"
#include "limits/ceilings.h"

enum { ATTACKS_MAX = 256, LIMIT_TEXT_MAX = 64 };

const struct bl_attack *const *bl_attacks(size_t *count)
{
    static const struct bl_attack_part *const parts[] = {&bl_attacks_escape, &bl_attacks_calls,
                                                         &bl_attacks_beside, &bl_attacks_time,
                                                         &bl_attacks_memory};
    static const struct bl_attack *all[ATTACKS_MAX]; /* the same every time it is filled */

    *count = 0;
    for (size_t p = 0; p < BL_ARRAY_LEN(parts); p++)
        for (size_t i = 0; i < parts[p]->count && *count < ATTACKS_MAX; i++)
            all[(*count)++] = &parts[p]->attacks[i];
    return all;
}

const char *bl_attack_policy_name(enum bl_attack_policy policy)
{
    static const char *const names[BL_ATTACK_POLICY_COUNT] = {
        [BL_ATTACK_DEFAULT] = "default",   [BL_ATTACK_STRICT] = "strict",
        [BL_ATTACK_COMPILE] = "compile",   [BL_ATTACK_NONE] = "none",
        [BL_ATTACK_LOOPBACK] = "loopback",
    };

    return names[policy];
}

/* "name=value name=value" over what is there. */
static int set_limits(struct bl_limits *limits, const char *texts, struct bl_err *err)
{
    for (const char *at = texts; *at;) {
        size_t length = strcspn(at, " ");
        char text[LIMIT_TEXT_MAX];
        char *value;

        (void)snprintf(text, sizeof(text), "%.*s", (int)length, at);
        value = strchr(text, '=');
        if (!value)
            return bl_fail(err, BL_STEP_OPTION, 0, "%s", text);
        *value++ = '\0';
        const struct bl_limit_row *row = bl_limit_find(text);
        if (!row)
            return bl_fail(err, BL_STEP_OPTION, 0, "%s", text);
        if (bl_limit_parse(limits, row, value, err) < 0)
            return -1;
        at += length + (at[length] == ' ');
    }
    return 0;
}

int bl_attack_limits(const struct bl_attack *attack, struct bl_limits *limits, struct bl_err *err)
{
    *limits = bl_limits_default();
    if (set_limits(limits,
                   "cpu-time=5s wall-time=20s memory=64MiB pids=32 output=1MiB error-output=256KiB "
                   "file-size=16MiB box-size=16MiB tmp-size=16MiB open-files=256",
                   err) < 0)
        return -1;
    return attack->limits ? set_limits(limits, attack->limits, err) : 0;
}
