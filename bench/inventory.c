#include "bench/inventory.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/settle.h"
#include "tests/support/census.h"
#include "tests/support/mounts.h"

static unsigned count_entries(pid_t pid, const char *name)
{
    char path[48];
    unsigned count = 0;

    (void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
    DIR *folder = opendir(path);
    while (folder && readdir(folder))
        count++;
    if (folder)
        (void)closedir(folder); /* read only */
    return count;
}

/* Of single-threaded processes, as all of ours are: the main thread's children are all there are.
 */
static FILE *open_children(pid_t pid)
{
    char path[64];

    (void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)pid);
    return fopen(path, "re");
}

/* Zombies are among them. */
static unsigned count_children(pid_t pid)
{
    FILE *file = open_children(pid);
    unsigned count = 0;
    int child;

    while (file && fscanf(file, "%d", &child) == 1)
        count++;
    if (file)
        (void)fclose(file); /* read only */
    return count;
}

static unsigned long read_memory_kib(pid_t pid, const char *name)
{
    char path[48], line[256];
    unsigned long kib = 0;

    (void)snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid);
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof(line), file))
        if (strncmp(line, name, strlen(name)) == 0) {
            kib = strtoul(line + strlen(name), NULL, 10);
            break;
        }
    if (file)
        (void)fclose(file); /* read only */
    return kib;
}

/* Each child of the warden is an init, whose only child is the program's process. */
static unsigned long spare_kib(pid_t warden)
{
    FILE *inits = open_children(warden);
    unsigned long kib = 0, spares = 0;
    int init, program;

    while (inits && fscanf(inits, "%d", &init) == 1) {
        FILE *file = open_children(init);
        if (file && fscanf(file, "%d", &program) == 1)
            kib += read_memory_kib(program, "Pss:");
        if (file)
            (void)fclose(file); /* read only */
        kib += read_memory_kib(init, "Pss:");
        spares++;
    }
    if (inits)
        (void)fclose(inits); /* read only */
    return spares > 0 ? kib / spares : 0;
}

void bl_inventory_take(const struct bl_stage *stage, struct bl_inventory *inventory)
{
    const pid_t worker = getpid(), warden = stage->warden_pid;

    *inventory = (struct bl_inventory){
        .worker_fds = count_entries(worker, "fd"),
        .warden_fds = count_entries(warden, "fd"),
        .warden_mounts = bl_mounts_count(warden),
        .worker_children = count_children(worker),
        .warden_children = count_children(warden),
        .groups = bl_census_groups("", bl_warden_index(stage->warden)),
        .worker_pss_kib = read_memory_kib(worker, "Pss:"),
        .warden_pss_kib = read_memory_kib(warden, "Pss:"),
        .worker_anonymous_kib = read_memory_kib(worker, "Anonymous:"),
        .warden_anonymous_kib = read_memory_kib(warden, "Anonymous:"),
        .spare_pss_kib = spare_kib(warden),
        .namespaces = bl_namespaces_alive(),
    };
}

bool bl_inventory_same(const struct bl_inventory *a, const struct bl_inventory *b)
{
#define X(name) &&a->name == b->name
    return true BL_INVENTORY_COUNTS(X);
#undef X
}

json_t *bl_inventory_json(const struct bl_inventory *inventory)
{
    json_t *json = json_object();
    int failed = 0;

#define X(name) failed |= json_object_set_new(json, #name, json_integer(inventory->name));
    BL_INVENTORY_COUNTS(X)
#undef X
#define X(name) \
    failed |= json_object_set_new(json, #name, json_integer((json_int_t)inventory->name));
    BL_INVENTORY_MEMORY(X)
#undef X
    failed |= json_object_set_new(json, "namespaces", json_integer(inventory->namespaces));
    if (failed)
        return json_decref(json), NULL;
    return json;
}
