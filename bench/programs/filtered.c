/* filtered.c PROGRAM [ARGUMENT...] - executes the program under a seccomp filter of one
 * instruction, which allows everything: the least that any filter costs, for telling the kernel's
 * part of what a sandbox's system calls cost from the policy's. */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    const struct sock_fprog program = {.len = 1, .filter = &allow};

    if (argc < 2 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
        return EXIT_FAILURE;
    (void)execv(argv[1], argv + 1); /* returns only where it failed */
    return EXIT_FAILURE;
}
