/* The message must not quote the host's passwords: inside there is no such file. */
#include "/etc/shadow"

int main(void)
{
    return 0;
}
