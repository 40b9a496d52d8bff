/* nothing.c - the least program there is: one system call, without any of libc's start (static,
 * -nostartfiles). What starting it costs is what a start costs. */
#include <sys/syscall.h>

void _start(void);

__attribute__((noreturn)) void _start(void)
{
#if defined(__x86_64__)
    __asm__ volatile("xor %%edi, %%edi; syscall" : : "a"(SYS_exit_group) : "rdi");
#elif defined(__aarch64__)
    register long call __asm__("x8") = SYS_exit_group;
    register long status __asm__("x0") = 0;
    __asm__ volatile("svc 0" : : "r"(call), "r"(status));
#else
#error "no _start for this machine"
#endif
    __builtin_unreachable();
}
