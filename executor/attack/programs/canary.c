/* canary WORD - the honest program that must be served right after each attack: writes the word,
 * its input, and what it was left with by whoever ran before it. */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct rlimit files;
    char input[64];
    ssize_t length = read(0, input, sizeof(input));

    if (argc != 2 || length < 0 || getrlimit(RLIMIT_NOFILE, &files) != 0)
        return 2;
    (void)printf("%s sings, %zd bytes read, pid %s, %s\n", argv[1], length,
                 getpid() == 2 ? "2" : "another",
                 access("/box/left", F_OK) == 0 ? "dirty" : "clean");
    return 0;
}
