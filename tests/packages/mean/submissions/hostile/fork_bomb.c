/* @EXPECTED_RESULTS@: TIMELIMIT
 * Every process that can be made is made, and all of them spend one budget. */
#include <unistd.h>

int main(void)
{
    for (;;)
        (void)fork();
}
