/* test_chance.c - programs by chance, one after the other, for as long as BAILIFF_ATTACK_SECONDS
 * says (3): system calls of any number with any arguments, under every policy, with limits by
 * chance; after each the honest program, at the end the host as it was. A failure tells the seed;
 * BAILIFF_ATTACK_SEED tries it again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <cmocka.h>

#include "bailiff/own.h"
#include "tests/hostile/scene.h"
#include "tests/support/host_print.h"

enum { SECONDS = 3 };

static uint64_t seed;

static uint64_t number_of(const char *variable, uint64_t otherwise)
{
    const char *text = getenv(variable);

    return text ? strtoull(text, NULL, 0) : otherwise;
}

static uint64_t invent_seed(void)
{
    uint64_t value = 0;

    assert_int_equal(getrandom(&value, sizeof(value), 0), sizeof(value));
    return value;
}

static uint64_t next(void)
{
    seed += 0x9E3779B97F4A7C15ULL;
    uint64_t z = seed;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
}

static unsigned choose_profile(const struct bl_rig *rig)
{
    const unsigned profiles[] = {rig->standard, rig->compile, rig->loopback, rig->open};
    size_t count = getenv("RUN_IN_VM") ? 4 : 3; /* all calls: where only a guest can break */

    return profiles[next() % count];
}

static void one_round(uint64_t round_seed)
{
    struct bl_rig *rig = scene_rig();
    struct bl_outcome outcome;
    struct bl_trial trial;
    char text[32], count[16];

    seed = round_seed;
    (void)snprintf(text, sizeof(text), "%llu", (unsigned long long)next());
    (void)snprintf(count, sizeof(count), "%d", (int)(next() % 60 + 1));
    bl_trial_init(&trial, rig, "calls", "chance", text, count, NULL);
    trial.spec.profile = choose_profile(rig);
    trial.spec.limits.cpu_time_ns = (next() % 500 + 50) * BL_NS_PER_MS;
    trial.spec.limits.wall_time_ns = (next() % 900 + 100) * BL_NS_PER_MS;
    trial.spec.limits.memory_bytes = (next() % 60 + 4) * BL_MIB;
    trial.spec.limits.pids = next() % 30 + 2;
    trial.spec.limits.open_files = next() % 60 + 8;
    scene_run(&trial, &outcome);
    if (outcome.refused || outcome.result.verdict == BL_VERDICT_SANDBOX_ERROR ||
        strstr(outcome.out, scene_bait()->secret) || strstr(outcome.err, scene_bait()->secret)) {
        print_error("BAILIFF_ATTACK_SEED=%llu\n", (unsigned long long)round_seed);
        bl_outcome_expect(&outcome, BL_VERDICT_OK);
        fail();
    }
    bl_outcome_release(&outcome);
}

static void chance__nothing_gets_out_by_luck(void **state)
{
    uint64_t end_ns = bl_now_ns() + number_of("BAILIFF_ATTACK_SECONDS", SECONDS) * BL_NS_PER_S;
    uint64_t rounds = 0, first = number_of("BAILIFF_ATTACK_SEED", 0);
    static struct bl_host_print before;

    (void)state;
    (void)scene_rig();
    bl_host_print_take(&before);
    do {
        one_round(first ? first : invent_seed());
        rounds++;
    } while (!first && bl_now_ns() < end_ns);
    bl_host_print_expect(&before);
    print_message("%llu programs by chance\n", (unsigned long long)rounds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(chance__nothing_gets_out_by_luck)};

    return cmocka_run_group_tests(tests, scene_set_up, scene_tear_down);
}
