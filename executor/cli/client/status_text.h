/* status_text.h - what a worker says about itself, for people. */
#ifndef BL_CLIENT_STATUS_TEXT_H
#define BL_CLIENT_STATUS_TEXT_H

#include <bailiff/v1/executor.pb-c.h>
#include <stdio.h>

void bl_status_print(FILE *to, const Bailiff__V1__WorkerStatus *status);      /* all of it */
void bl_status_print_line(FILE *to, const Bailiff__V1__WorkerStatus *status); /* what changes */

#endif
