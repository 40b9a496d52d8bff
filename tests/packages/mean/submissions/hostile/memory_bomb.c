/* @EXPECTED_RESULTS@: MEMORY-LIMIT
 * A child takes the memory and is killed; the parent says that all is well. */
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    if (fork() == 0) {
        size_t size = 512UL << 20;
        char *block = mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        memset(block, 1, size);
        _exit(0);
    }
    wait(0);
    return 0;
}
