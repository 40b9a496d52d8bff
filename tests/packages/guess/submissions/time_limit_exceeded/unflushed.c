/* The guess stays in the buffer. */
#include <stdio.h>

int main(void)
{
    char answer[16];

    printf("500\n");
    while (scanf("%15s", answer) == 1)
        ;
    return 0;
}
