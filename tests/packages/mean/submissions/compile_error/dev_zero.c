/* An endless source: the compiler's limits end it. */
#include "/dev/zero"

int main(void)
{
    return 0;
}
