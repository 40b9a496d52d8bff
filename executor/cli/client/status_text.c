#include "executor/cli/client/status_text.h"

#include <string.h>

#include "bailiff/units.h"
#include "executor/cli/printable.h"

enum { SHOWN_MAX = 200 };

static const char *shown(const char *text, char out[SHOWN_MAX])
{
    (void)bl_printable(out, SHOWN_MAX, text, strlen(text));
    return out;
}

/* A worker that doesn't tell has a room of nothing. */
static uint64_t used(const Bailiff__V1__Room *room)
{
    return room ? room->used : 0;
}

static uint64_t total(const Bailiff__V1__Room *room)
{
    return room ? room->total : 0;
}

static void print_count(FILE *to, const char *name, const Bailiff__V1__Room *room)
{
    fprintf(to, "%-10s %llu of %llu", name, (unsigned long long)used(room),
            (unsigned long long)total(room));
}

static void print_size(FILE *to, const char *name, const Bailiff__V1__Room *room)
{
    char some[BL_UNITS_TEXT_MAX], all[BL_UNITS_TEXT_MAX];

    fprintf(to, "%-10s %s of %s\n", name, bl_format_size(used(room), some),
            bl_format_size(total(room), all));
}

static void print_languages(FILE *to, const Bailiff__V1__WorkerStatus *status)
{
    char code[SHOWN_MAX], name[SHOWN_MAX];

    fprintf(to, "languages ");
    for (size_t i = 0; i < status->n_languages; i++) {
        const Bailiff__V1__LanguageStatus *language = status->languages[i];

        fprintf(to, " %s (%s%s)", shown(language->code, code), shown(language->name, name),
                language->installed ? "" : ", not installed");
    }
    (void)fputc('\n', to);
}

void bl_status_print(FILE *to, const Bailiff__V1__WorkerStatus *status)
{
    char text[BL_UNITS_TEXT_MAX], version[SHOWN_MAX], host[SHOWN_MAX], name[SHOWN_MAX];

    fprintf(to, "bailiffd %s on %s, up %s%s\n", shown(status->version, version),
            shown(status->host, host),
            bl_format_time(status->uptime_ns / BL_NS_PER_S * BL_NS_PER_S, text),
            status->draining ? ", DRAINING: takes no new jobs" : "");
    print_count(to, "slots", status->slots);
    fprintf(to, ", %u sandboxes warm\n", status->warm_sandboxes);
    print_count(to, "queue", status->queue);
    fprintf(to, "%s%s\n", used(status->queue) ? ", the oldest for " : "",
            used(status->queue) ? bl_format_time(status->oldest_queued_ns, text) : "");
    fprintf(to, "%-10s %.3g of %.3g\n", "cpus", (double)used(status->cpus_milli) / 1000,
            (double)total(status->cpus_milli) / 1000);
    print_size(to, "memory", status->memory_bytes);
    print_size(to, "store", status->store_bytes);
    for (size_t i = 0; i < status->n_tenants; i++)
        fprintf(to, "%-10s %s: %u running, %u queued\n", "tenant",
                shown(status->tenants[i]->name, name), status->tenants[i]->running,
                status->tenants[i]->queued);
    fprintf(to, "profiles  ");
    for (size_t i = 0; i < status->n_profiles; i++)
        fprintf(to, " %s", shown(status->profiles[i], name));
    (void)fputc('\n', to);
    print_languages(to, status);
}

void bl_status_print_line(FILE *to, const Bailiff__V1__WorkerStatus *status)
{
    char text[BL_UNITS_TEXT_MAX], memory[BL_UNITS_TEXT_MAX];

    fprintf(to, "slots %llu/%llu  queue %llu/%llu  oldest %s  memory %s%s\n",
            (unsigned long long)used(status->slots), (unsigned long long)total(status->slots),
            (unsigned long long)used(status->queue), (unsigned long long)total(status->queue),
            bl_format_time(status->oldest_queued_ns, text),
            bl_format_size(used(status->memory_bytes), memory),
            status->draining ? "  DRAINING" : "");
}
