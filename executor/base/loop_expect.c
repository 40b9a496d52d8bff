/* loop_expect.c - being awake for what is to come soon: see loop.h. */
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bailiff/units.h"
#include "executor/base/loop_private.h"

/* Whoever yields is put behind by a turn of its own length, where somebody waits, and stays behind
 * after that, too: so our turns are as short as the kernel allows. */
#define TURN_NS (100 * BL_NS_PER_US)

/* Longer than a yield to nobody takes: somebody else had the CPU. */
#define GIVEN_WAY_NS (50 * BL_NS_PER_US)

/* Who took the CPU may have been the one that brings what is expected: a sandbox's init runs twice
 * for a program's end, on whichever CPU the kernel has for it. So the loop looks again after these.
 */
enum { GIVEN_WAY_MAX = 2 };

enum { RESTS_MAX = 63 };

/* Of sched_setattr(2), as first published (SCHED_ATTR_SIZE_VER0); glibc has none before 2.41, and
 * the kernel's header can't be had beside <sched.h>. */
struct attributes {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};

/* Linux 6.12 and later; before, the length is taken and means nothing. Where this process is
 * scheduled otherwise somebody wants it so: then nothing is changed. */
static int take_short_turns(void)
{
    struct attributes attributes = {.size = sizeof(attributes)};

    if (syscall(SYS_sched_getattr, 0, &attributes, sizeof(attributes), 0) < 0 ||
        attributes.policy != SCHED_OTHER)
        return -1;
    attributes.runtime = TURN_NS;
    return (int)syscall(SYS_sched_setattr, 0, &attributes, 0);
}

void bl_loop_may_expect(struct bl_loop *loop)
{
    bl_loop_expectation(loop)->allowed = take_short_turns() == 0;
}

void bl_loop_expect(struct bl_loop *loop, uint64_t most_ns)
{
    struct bl_expectation *e = bl_loop_expectation(loop);

    if (!e->allowed)
        return;
    if (e->rest > 0)
        e->rest--;
    else {
        e->until_ns = bl_now_ns() + most_ns;
        e->given_way = 0;
    }
}

void bl_loop_expect_no_more(struct bl_loop *loop, bool came)
{
    struct bl_expectation *e = bl_loop_expectation(loop);

    if (came && e->until_ns != 0)
        e->rests = 0;
    e->until_ns = 0;
}

static bool gives_way(uint64_t now_ns)
{
    (void)sched_yield(); /* never fails in Linux */
    return bl_now_ns() - now_ns >= GIVEN_WAY_NS;
}

bool bl_expectation_holds(struct bl_expectation *expectation)
{
    struct bl_expectation *e = expectation;

    if (e->until_ns == 0)
        return false;
    const uint64_t now_ns = bl_now_ns();
    if (now_ns < e->until_ns && (!gives_way(now_ns) || ++e->given_way <= GIVEN_WAY_MAX))
        return true;
    e->until_ns = 0;
    if (e->rests < RESTS_MAX)
        e->rests = 2 * e->rests + 1;
    e->rest = e->rests;
    return false;
}
