/* quiet.c - does nothing, as /bin/true, but static: without a dynamic linker's work. */
int main(void)
{
    return 0;
}
