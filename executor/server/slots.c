/* slots.c - cores into slots; see slots.h. */
#include "executor/server/slots.h"

#include <inttypes.h>
#include <string.h>

#include "executor/base/text.h"

/* A core counts as one of the fastest kind down to 95 % of the fastest: cores of one kind are told
 * apart by a few percent where the firmware names a preferred one. */
#define SAME_KIND(capacity, fastest) ((uint64_t)(capacity)*20 >= (uint64_t)(fastest)*19)

/* The cores of the fastest kind by their lowest CPU that is ours. */
struct cores {
    uint16_t cpus[BL_CGROUP_CPUS_MAX];
    unsigned count;
};

void bl_topology_init(struct bl_topology *topology)
{
    memset(topology, 0, sizeof(*topology));
}

void bl_topology_use(struct bl_topology *topology, const struct bl_cgroup_cpus *usable)
{
    topology->usable = *usable;
    for (unsigned cpu = 0; cpu < BL_CGROUP_CPUS_MAX; cpu++)
        topology->core[cpu] = (uint16_t)cpu;
}

void bl_topology_add(struct bl_topology *topology, unsigned cpu, const char *siblings,
                     size_t length, uint32_t capacity)
{
    struct bl_cgroup_cpus threads;

    if (cpu >= BL_CGROUP_CPUS_MAX || !bl_cpus_has(&topology->usable, cpu))
        return;
    topology->capacity[cpu] = capacity;
    if (!bl_cgroup_parse_cpus(siblings, length, &threads) || !bl_cpus_has(&threads, cpu))
        return;
    for (unsigned thread = BL_CGROUP_CPUS_MAX; thread-- > 0;) {
        if (!bl_cpus_has(&threads, thread))
            continue;
        topology->core[cpu] = (uint16_t)thread; /* the lowest is the last that is seen */
        if (!bl_cpus_has(&topology->usable, thread))
            bl_cpus_put(&topology->foreign, cpu);
    }
}

struct bl_slots_options bl_slots_default_options(void)
{
    return (struct bl_slots_options){.worker_cores = 1};
}

static uint32_t fastest(const struct bl_topology *topology)
{
    uint32_t most = 0;

    for (unsigned cpu = 0; cpu < BL_CGROUP_CPUS_MAX; cpu++) {
        if (bl_cpus_has(&topology->usable, cpu) && topology->capacity[cpu] > most)
            most = topology->capacity[cpu];
    }
    return most;
}

static unsigned core_of(const struct bl_topology *topology, unsigned cpu, bool share_cores)
{
    return share_cores ? cpu : topology->core[cpu];
}

/* Sorts the usable CPUs: slow ones to the worker, the others into cores that are all ours and cores
 * that are not. */
static void sort_cpus(struct bl_slots *slots, const struct bl_topology *topology, bool share_cores,
                      struct cores *own, struct cores *foreign)
{
    struct bl_cgroup_cpus seen = {{0}};
    uint32_t most = fastest(topology);

    for (unsigned cpu = 0; cpu < BL_CGROUP_CPUS_MAX; cpu++) {
        struct cores *cores = bl_cpus_has(&topology->foreign, cpu) ? foreign : own;
        unsigned core = core_of(topology, cpu, share_cores);

        if (!bl_cpus_has(&topology->usable, cpu))
            continue;
        if (!SAME_KIND(topology->capacity[cpu], most)) {
            bl_cpus_put(&slots->worker_cpus, cpu);
            slots->slow++;
        } else if (!bl_cpus_has(&seen, core)) {
            bl_cpus_put(&seen, core);
            cores->cpus[cores->count++] = (uint16_t)cpu;
        }
    }
}

static void give_to_worker(struct bl_slots *slots, const struct bl_topology *topology,
                           bool share_cores, unsigned first)
{
    for (unsigned cpu = 0; cpu < BL_CGROUP_CPUS_MAX; cpu++) {
        if (bl_cpus_has(&topology->usable, cpu) &&
            core_of(topology, cpu, share_cores) == core_of(topology, first, share_cores))
            bl_cpus_put(&slots->worker_cpus, cpu);
    }
}

static void take(struct bl_slots *slots, const struct cores *cores, unsigned from, unsigned most)
{
    for (unsigned i = from; i < cores->count && slots->count < most; i++)
        slots->cpus[slots->count++] = cores->cpus[i];
}

/* The worker gets the cores on which times are the least sure: first those that are not all ours,
 * then the lowest numbers, which serve most interrupts. */
static void divide(struct bl_slots *slots, const struct bl_topology *topology,
                   const struct bl_slots_options *options, const struct cores *own,
                   const struct cores *foreign)
{
    unsigned all = own->count + foreign->count;
    unsigned most =
        options->slots_max && options->slots_max < BL_SLOTS_MAX ? options->slots_max : BL_SLOTS_MAX;
    unsigned worker = options->worker_cores > slots->slow ? options->worker_cores - slots->slow : 0;
    unsigned of_foreign, of_own;

    if (worker > all - 1)
        worker = all - 1;
    of_foreign = worker < foreign->count ? worker : foreign->count;
    of_own = worker - of_foreign;
    for (unsigned i = 0; i < of_foreign; i++)
        give_to_worker(slots, topology, options->share_cores, foreign->cpus[i]);
    for (unsigned i = 0; i < of_own; i++)
        give_to_worker(slots, topology, options->share_cores, own->cpus[i]);
    take(slots, own, of_own, most);
    slots->foreign = slots->count;
    take(slots, foreign, of_foreign, most);
    slots->foreign = slots->count - slots->foreign;
    if (worker == 0 && slots->slow == 0)
        slots->worker_cpus = topology->usable;
}

int bl_slots_plan(struct bl_slots *slots, const struct bl_topology *topology,
                  const struct bl_slots_options *options, struct bl_err *err)
{
    struct cores own = {.count = 0}, foreign = {.count = 0};

    memset(slots, 0, sizeof(*slots));
    sort_cpus(slots, topology, options->share_cores, &own, &foreign);
    if (own.count + foreign.count == 0)
        return bl_fail(err, BL_STEP_FIELD, 0, "slots: no CPU that may be used");
    divide(slots, topology, options, &own, &foreign);
    return 0;
}

unsigned bl_slots_cpu_count(const struct bl_slots *slots)
{
    struct bl_cgroup_cpus all = slots->worker_cpus;
    unsigned count = 0;

    for (unsigned slot = 0; slot < slots->count; slot++)
        bl_cpus_put(&all, slots->cpus[slot]);
    for (unsigned word = 0; word < BL_CGROUP_CPUS_MAX / 64; word++)
        count += (unsigned)__builtin_popcountll(all.bits[word]);
    return count;
}

bool bl_slots_leave_worker_alone(const struct bl_slots *slots)
{
    for (unsigned slot = 0; slot < slots->count; slot++)
        if (bl_cpus_has(&slots->worker_cpus, slots->cpus[slot]))
            return false;
    return true;
}

/* Appends "first" or "first-last". */
static bool append(char text[BL_CPUSET_MAX], size_t *length, unsigned first, unsigned last)
{
    char range[2 * BL_TEXT_NUMBER_MAX + 2], *end = range;

    if (*length)
        *end++ = ',';
    end = bl_text_number(end, first);
    if (first < last) {
        *end++ = '-';
        end = bl_text_number(end, last);
    }
    if (!bl_text_copy(text + *length, BL_CPUSET_MAX - *length, range))
        return false;
    *length += (size_t)(end - range);
    return true;
}

/* The first one in the set from `from` on; BL_CGROUP_CPUS_MAX: none. By words, because this is done
 * for each job and few machines have as many CPUs as the set has room for. */
static unsigned next_cpu(const struct bl_cgroup_cpus *cpus, unsigned from)
{
    for (unsigned word = from / 64; word < BL_CGROUP_CPUS_MAX / 64; word++, from = 0) {
        uint64_t bits = cpus->bits[word] >> (from % 64) << (from % 64);

        if (bits)
            return word * 64 + (unsigned)__builtin_ctzll(bits);
    }
    return BL_CGROUP_CPUS_MAX;
}

int bl_slots_cpuset(const struct bl_slots *slots, const struct bl_slot_set *set,
                    char text[BL_CPUSET_MAX], struct bl_err *err)
{
    struct bl_cgroup_cpus cpus = {{0}};
    size_t length = 0;

    for (unsigned slot = 0; slot < slots->count; slot++) {
        if (bl_slot_set_has(set, slot))
            bl_cpus_put(&cpus, slots->cpus[slot]);
    }
    text[0] = '\0';
    for (unsigned cpu = next_cpu(&cpus, 0); cpu < BL_CGROUP_CPUS_MAX;
         cpu = next_cpu(&cpus, cpu + 1)) {
        unsigned first = cpu;

        while (cpu + 1 < BL_CGROUP_CPUS_MAX && bl_cpus_has(&cpus, cpu + 1))
            cpu++;
        if (!append(text, &length, first, cpu))
            return bl_fail(err, BL_STEP_FIELD, 0, "cpus: their list is longer than %d characters",
                           BL_CPUSET_MAX - 1);
    }
    return 0;
}
