/* wait_status.h - wait statuses as the kernel packs them. */
#ifndef BL_TESTS_UNIT_WAIT_STATUS_H
#define BL_TESTS_UNIT_WAIT_STATUS_H

#define EXITED(code) ((code) << 8)
#define KILLED_BY(signo) (signo)
#define DUMPED_BY(signo) ((signo) | 0x80)
#define STOPPED_BY(signo) (((signo) << 8) | 0x7f)

#endif
