/* settle.h - waiting until the kernel has put away what the last contender left.
 *
 * A network namespace dies in a kernel thread, some tens of milliseconds after its last process,
 * and takes CPU time then: it must not be the next contender's. */
#ifndef BL_BENCH_SETTLE_H
#define BL_BENCH_SETTLE_H

#include <stdbool.h>

/* bl_namespaces_alive - network namespaces of the whole machine, dying ones included; -1 where the
 * kernel does not tell (no /proc/slabinfo, or not for us). */
long bl_namespaces_alive(void);

/* bl_settle - returns when there are no more of them than `few` beyond `before`, after three
 * seconds at the latest; false then. At once, and true, where the kernel does not tell. */
bool bl_settle(long before, long few);

#endif
