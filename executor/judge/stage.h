/* stage.h - a program's files into the spool and out of the package; private to compile.c.
 *
 * Sources are copied, so that a package with any permissions can be judged and nothing of the
 * package but these files is seen inside. */
#ifndef BL_JUDGE_STAGE_H
#define BL_JUDGE_STAGE_H

#include "executor/judge/compile.h"

/* bl_stage_sources - a new folder for app with the program's files and the included ones; sets
 * app->words.program to all of them. */
int bl_stage_sources(struct bl_app *app, const struct bl_compile_order *order, struct bl_err *err);

/* bl_stage_products - what a compiler left, in a new folder that takes the place of the app's, with
 * the sources beside it where no product has their name. Without products: nothing. */
int bl_stage_products(struct bl_app *app, const struct bl_result *result, struct bl_err *err);

/* bl_stage_main_class - reads the staged main source and settles app->words.main_class. */
int bl_stage_main_class(struct bl_app *app, struct bl_err *err);

#endif
