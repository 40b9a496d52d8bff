/* hello - writes its arguments, one a line, and exits with 0. */
#include <stdio.h>

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        (void)puts(argv[i]);
    return 0;
}
