/* census.h - what a warden's sandboxes have on this host, counted by those who want to see that
 * nothing is left (tests/support/footprint.c, bench/inventory.c). */
#ifndef TEST_SUPPORT_CENSUS_H
#define TEST_SUPPORT_CENSUS_H

/* bl_census_groups - cgroup directories of the sandboxes of instance `index`, in all hierarchies
 * together. Only where a warden that this process started may have made them: its place in each
 * hierarchy, and what lies above, to which v2 may have climbed. Elsewhere an instance of the same
 * number is somebody else's.
 * place: of the plan, "" for the process's own. UINT_MAX where there is no hierarchy to be found:
 * nothing was counted. */
unsigned bl_census_groups(const char *place, unsigned index);

#endif
