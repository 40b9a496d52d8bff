/* @EXPECTED_RESULTS@: TIMELIMIT, MEMORY-LIMIT
 * Every process that can be made is made, and all of them spend one budget. Forks that fail take
 * memory, too, until the kernel comes to freeing it: on a busy machine that may be spent first. */
#include <unistd.h>

int main(void)
{
    for (;;)
        (void)fork();
}
