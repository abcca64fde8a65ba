/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* cmd.h - the commands, each in a file cmd-NAME.c; main.c has their table. */
#ifndef CORE_CLI_CMD_H
#define CORE_CLI_CMD_H

/* argv[0] is the command's name. Each returns an exit status of error.h. */
int cmd_run(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_check_plugin(int argc, char **argv);
int cmd_plugins(int argc, char **argv);
int cmd_points(int argc, char **argv);
int cmd_model(int argc, char **argv);
int cmd_tokenize(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_new_plugin(int argc, char **argv);
int cmd_doctor(int argc, char **argv);

#endif
